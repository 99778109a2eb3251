import { createAuthority } from '../../../helper/pki/certificate-authority';
import { certificateHash } from '../../../helper/pki/certificate-hash';
import { clusterInfo, KUBECONFIG_KEY, SIGNATURE_PREFIX, signDetached } from '../../../helper/pki/cluster-info';
import { ttlSeconds } from '../commands/token';
import { trustedCa } from './discover';

const TOKEN = { id: 'abcdef', secret: '0123456789abcdef' };
const server = 'https://192.0.2.1:6443';
let ca: string;
let signed: ReturnType<typeof clusterInfo>;

beforeAll(async () => {
  ca = (await createAuthority('test', new Date())).certificate;
  const info = clusterInfo(server, ca);
  const signature = signDetached(info.data?.[KUBECONFIG_KEY] ?? '', TOKEN);
  signed = { ...info, data: { ...info.data, [`${SIGNATURE_PREFIX}abcdef`]: signature } };
});

describe('trustedCa()', () => {
  const discovery = (change: object = {}) => ({ server, token: TOKEN, caHashes: [], ...change });

  test('is the CA of what the token signed', () => expect(trustedCa(signed, discovery())).toBe(ca));

  test('is the CA with the expected hash', () => {
    expect(trustedCa(signed, discovery({ caHashes: [certificateHash(ca)] }))).toBe(ca);
  });

  test('refuses a CA with another hash', () => {
    const caHashes = [`sha256:${'0'.repeat(64)}`];
    expect(() => trustedCa(signed, discovery({ caHashes }))).toThrow('somebody is in between');
  });

  test('refuses what another token’s holder signed', () => {
    expect(() => trustedCa(signed, discovery({ token: { ...TOKEN, secret: 'x'.repeat(16) } }))).toThrow(
      'does not know this token',
    );
  });

  test('refuses what was changed after it was signed', () => {
    const other = clusterInfo('https://192.0.2.66:6443', ca).data?.[KUBECONFIG_KEY] ?? '';
    const changed = { ...signed, data: { ...signed.data, [KUBECONFIG_KEY]: other } };
    expect(() => trustedCa(changed, discovery())).toThrow('does not know this token');
  });

  test('waits while nothing is signed', () => {
    expect(trustedCa(clusterInfo(server, ca), discovery())).toBeUndefined();
  });
});

test.each([
  ['24h', 86_400],
  ['90m', 5400],
  ['1h30m', 5400],
  ['10s', 10],
  ['0', 0],
])('ttlSeconds(%j) is %i', (text, expected) => expect(ttlSeconds(text)).toBe(expected));

test.each(['', 'h', '24', '1d', '-1h', '1h 30m'])('ttlSeconds(%j) is refused', (text) => {
  expect(() => ttlSeconds(text)).toThrow('expected a time such as 24h');
});
