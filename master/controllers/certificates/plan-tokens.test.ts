import type { Secret } from '../../../helper/api/core/secret';
import { tokenSecret } from '../../../helper/pki/bootstrap-token';
import { clusterInfo, isSignedBy, KUBECONFIG_KEY } from '../../../helper/pki/cluster-info';
import { planTokens } from './plan-tokens';

const NOW = new Date('2030-01-02T00:00:00Z');
const later = (minutes: number) => new Date(NOW.getTime() + minutes * 60_000);
const good = tokenSecret('aaaaaa.0123456789abcdef', { expires: later(5) });
const old = tokenSecret('bbbbbb.0123456789abcdef', { expires: later(-1) });
const forEver = tokenSecret('cccccc.0123456789abcdef', {});
const info = clusterInfo('https://192.0.2.1:6443', 'PEM');
const keys = (secrets: Secret[], given = info) => Object.keys(planTokens(secrets, given, NOW).signed?.data ?? {});

describe('planTokens()', () => {
  test('removes what is over and says when to look again', () => {
    const plan = planTokens([good, old, forEver], info, NOW);
    expect(plan.expired).toEqual([old]);
    expect(plan.nextExpiry).toEqual(later(5));
  });

  test('signs with every good token', () => {
    expect(keys([good, old, forEver])).toEqual(['kubeconfig', 'jws-kubeconfig-aaaaaa', 'jws-kubeconfig-cccccc']);
    const data = planTokens([good], info, NOW).signed?.data ?? {};
    const token = { id: 'aaaaaa', secret: '0123456789abcdef' };
    expect(isSignedBy(data[KUBECONFIG_KEY] ?? '', data['jws-kubeconfig-aaaaaa'] ?? '', token)).toBe(true);
  });

  test('has nothing to do when all is signed', () => {
    const signed = planTokens([good], info, NOW).signed;
    expect(planTokens([good], signed, NOW)).toEqual({ expired: [], signed: undefined, nextExpiry: later(5) });
  });

  test('takes back the signature of a token that is gone', () => {
    expect(keys([], planTokens([good], info, NOW).signed)).toEqual(['kubeconfig']);
  });

  test('signs anew what was changed', () => {
    const signed = planTokens([good], info, NOW).signed;
    const changed = { ...info, data: { ...signed?.data, [KUBECONFIG_KEY]: 'other' } };
    expect(planTokens([good], changed, NOW).signed?.data).not.toEqual(changed.data);
  });

  test('signs nothing without cluster-info', () => {
    expect(planTokens([good], undefined, NOW).signed).toBeUndefined();
  });
});
