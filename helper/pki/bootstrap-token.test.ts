import { newTokenText, parseToken, tokenOf, tokenSecret } from './bootstrap-token';
import { clusterInfo, isSignedBy, KUBECONFIG_KEY, readClusterInfo, signDetached } from './cluster-info';

const EXPIRES = new Date('2030-01-01T00:00:00Z');
const TOKEN = { id: 'abcdef', secret: '0123456789abcdef' };

test.each([
  ['abcdef.0123456789abcdef', TOKEN],
  ['abcde.0123456789abcdef', undefined],
  ['ABCDEF.0123456789abcdef', undefined],
  ['abcdef.0123456789abcdef0', undefined],
  ['', undefined],
])('parseToken(%j)', (text, expected) => expect(parseToken(text)).toEqual(expected));

test('newTokenText() makes tokens, and never the same', () => {
  const texts = Array.from({ length: 20 }, newTokenText);
  expect(texts.every((text) => parseToken(text) !== undefined)).toBe(true);
  expect(new Set(texts).size).toBe(20);
});

test('tokenOf() reads what tokenSecret() wrote', () => {
  expect(tokenOf(tokenSecret('abcdef.0123456789abcdef', { expires: EXPIRES, description: 'lab' }))).toEqual({
    ...TOKEN,
    expires: EXPIRES,
    signing: true,
    authentication: true,
    description: 'lab',
    groups: ['system:bootstrappers:kubeadm:default-node-token'],
  });
});

test('tokenOf() takes no Secret of another name, type or form', () => {
  const secret = tokenSecret('abcdef.0123456789abcdef', {});
  expect(tokenOf({ ...secret, metadata: { ...secret.metadata, name: 'other' } })).toBeUndefined();
  expect(tokenOf({ ...secret, type: 'Opaque' })).toBeUndefined();
  expect(tokenOf({ ...secret, data: {} })).toBeUndefined();
});

describe('isSignedBy()', () => {
  const signature = signDetached('content', TOKEN);
  test.each([
    ['knows what signDetached() signed', 'content', signature, TOKEN, true],
    ['refuses another content', 'Content', signature, TOKEN, false],
    ['refuses another secret', 'content', signature, { ...TOKEN, secret: 'x'.repeat(16) }, false],
    ['refuses another token', 'content', signature, { ...TOKEN, id: 'zzzzzz' }, false],
    ['refuses a signature with a payload', 'content', signature.replace('..', '.eA.'), TOKEN, false],
    ['refuses no signature', 'content', '', TOKEN, false],
    ['refuses what is no JSON', 'content', 'x..y', TOKEN, false],
  ])('%s', (_name, content, given, token, expected) => expect(isSignedBy(content, given, token)).toBe(expected));
});

test('signDetached() is the JWS the standard describes', () => {
  const [header, payload] = signDetached('content', TOKEN).split('.');
  expect([Buffer.from(header ?? '', 'base64url').toString(), payload]).toEqual(['{"alg":"HS256","kid":"abcdef"}', '']);
});

test('readClusterInfo() finds server and CA', () => {
  const kubeconfig = clusterInfo('https://192.0.2.1:6443', 'PEM').data?.[KUBECONFIG_KEY] ?? '';
  expect(readClusterInfo(kubeconfig, JSON.parse)).toEqual({ server: 'https://192.0.2.1:6443', ca: 'PEM' });
  expect(() => readClusterInfo('{}', JSON.parse)).toThrow('names no server');
});
