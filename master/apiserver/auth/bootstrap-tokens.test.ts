import type { Secret } from '../../../helper/api/core/secret';
import { userOfBootstrapSecret } from './bootstrap-tokens';

const NOW = new Date('2030-01-01T00:00:00Z');
const TOKEN = 'abcdef.0123456789abcdef';
const GOOD = { 'token-id': 'abcdef', 'token-secret': '0123456789abcdef', 'usage-bootstrap-authentication': 'true' };

function secret(fields: Record<string, string>, type = 'bootstrap.kubernetes.io/token'): Secret {
  const data = Object.entries(fields).map(([key, value]) => [key, Buffer.from(value).toString('base64')]);
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'bootstrap-token-abcdef', namespace: 'kube-system' },
    type,
    data: Object.fromEntries(data),
  };
}

test('userOfBootstrapSecret() names the user and the groups the Secret gives', () => {
  const extra = { ...GOOD, 'auth-extra-groups': 'system:bootstrappers:lab', expiration: '2030-01-01T01:00:00Z' };
  expect(userOfBootstrapSecret(secret(extra), TOKEN, NOW)).toEqual({
    name: 'system:bootstrap:abcdef',
    groups: ['system:bootstrappers', 'system:bootstrappers:lab', 'system:authenticated'],
  });
});

test.each<[string, Secret, string]>([
  ['another secret', secret(GOOD), 'abcdef.fedcba9876543210'],
  ['another id', secret({ ...GOOD, 'token-id': 'zzzzzz' }), TOKEN],
  ['another type', secret(GOOD, 'Opaque'), TOKEN],
  ['a token that has expired', secret({ ...GOOD, expiration: '2029-12-31T23:59:59Z' }), TOKEN],
  ['a time nobody can read', secret({ ...GOOD, expiration: 'tomorrow' }), TOKEN],
  ['a token for signing only', secret({ ...GOOD, 'usage-bootstrap-authentication': 'false' }), TOKEN],
  ['groups that are no bootstrappers', secret({ ...GOOD, 'auth-extra-groups': 'system:masters' }), TOKEN],
  ['what is no token', secret(GOOD), 'abcdef'],
])('userOfBootstrapSecret() refuses %s', (_name, stored, token) => {
  expect(userOfBootstrapSecret(stored, token, NOW)).toBeUndefined();
});
