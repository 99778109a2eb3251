/**
 * ServiceAccount tokens from order to refusal: who signed them, until when, and for what they count.
 */
import { createPrivateKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Pod } from '../../helper/api/core/pod';
import type { ServiceAccount } from '../../helper/api/core/service-account';
import type { Status } from '../../helper/api/status-error';
import { signJwt } from '../../master/apiserver/auth/jwt';
import { makeDefaultAccount, PODS, pod } from './objects';
import { startTestServer, type TestServer } from './test-server';

const ACCOUNTS = '/api/v1/namespaces/default/serviceaccounts';

interface TokenRequest {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace: string };
  readonly spec: { readonly audiences: readonly string[]; readonly expirationSeconds: number };
  readonly status: { readonly token: string; readonly expirationTimestamp: string };
}
interface Claims {
  readonly aud: readonly string[];
  readonly exp: number;
  readonly iat: number;
  readonly nbf: number;
  readonly sub: string;
}

let server: TestServer;
let signingKey: KeyObject;

beforeAll(async () => {
  server = await startTestServer();
  await makeDefaultAccount(server);
  signingKey = createPrivateKey(readFileSync(join(server.settings.home, 'pki', 'sa.key')));
});
afterAll(() => server.stop());

async function order(account: string, spec: object = {}): Promise<TokenRequest> {
  const answer = await server.send('POST', `${ACCOUNTS}/${account}/token`, { spec });
  expect(answer.code).toBe(201);
  return answer.json<TokenRequest>();
}
const partOf = (token: string, index: number) =>
  JSON.parse(Buffer.from(token.split('.')[index] ?? '', 'base64url').toString()) as Claims & { kid: string };
/** Discovery is open to everybody who is somebody. */
const codeWith = async (token: string) => (await server.send('GET', '/api', undefined, { token })).code;

test('an ordered token names its account and authenticates', async () => {
  const { kind, metadata, spec, status } = await order('default');
  expect({ kind, metadata, spec }).toMatchObject({
    kind: 'TokenRequest',
    metadata: { name: 'default', namespace: 'default' },
    spec: { audiences: ['https://kubernetes.default.svc.cluster.local'], expirationSeconds: 3600 },
  });
  const claims = partOf(status.token, 1);
  expect(claims.sub).toBe('system:serviceaccount:default:default');
  expect(new Date(claims.exp * 1000).toISOString().replace('.000', '')).toBe(status.expirationTimestamp);
  expect(await codeWith(status.token)).toBe(200);
});

test('a token out of its time, of another key or for another audience is 401', async () => {
  const { token } = (await order('default')).status;
  const [{ kid }, claims] = [partOf(token, 0), partOf(token, 1)];
  expect(await codeWith(signJwt(claims, signingKey, kid))).toBe(200);
  const foreign = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
  const now = Math.floor(Date.now() / 1000);
  const refused: Record<string, string> = {
    'of another key': signJwt(claims, foreign, kid),
    expired: signJwt({ ...claims, iat: now - 700, nbf: now - 700, exp: now - 1 }, signingKey, kid),
    'not valid yet': signJwt({ ...claims, nbf: now + 300 }, signingKey, kid),
    'for another audience': signJwt({ ...claims, aud: ['vault'] }, signingKey, kid),
    'without a signature': `${token.slice(0, token.lastIndexOf('.'))}.`,
    'of no algorithm': `${Buffer.from('{"alg":"none"}').toString('base64url')}.${token.split('.')[1]}.`,
  };
  for (const [what, other] of Object.entries(refused)) {
    const answer = await server.send('GET', PODS, undefined, { token: other });
    expect([what, answer.code, answer.json<Status>().reason]).toEqual([what, 401, 'Unauthorized']);
  }
});

test('a token ends with its account, and a new account of the same name is another one', async () => {
  await server.send('POST', ACCOUNTS, { metadata: { name: 'robot' } });
  const { token } = (await order('robot')).status;
  expect(await codeWith(token)).toBe(200);
  const deleted = (await server.send('DELETE', `${ACCOUNTS}/robot`)).json<ServiceAccount>();
  expect([deleted.kind, deleted.metadata.name]).toEqual(['ServiceAccount', 'robot']);
  expect(await codeWith(token)).toBe(401);
  await server.send('POST', ACCOUNTS, { metadata: { name: 'robot' } });
  expect(await codeWith(token)).toBe(401);
  expect(await codeWith((await order('robot')).status.token)).toBe(200);
});

test('a token bound to a pod needs that pod, by uid, and ends with it', async () => {
  const { metadata } = (await server.send('POST', PODS, pod('bound'))).json<Pod>();
  const bind = (uid: string) => ({ boundObjectRef: { kind: 'Pod', apiVersion: 'v1', name: 'bound', uid } });
  const wrong = await server.send('POST', `${ACCOUNTS}/default/token`, { spec: bind('another') });
  expect(wrong.code).toBe(409);
  const { token } = (await order('default', bind(metadata.uid ?? ''))).status;
  expect(await codeWith(token)).toBe(200);
  await server.send('DELETE', `${PODS}/bound`);
  expect(await codeWith(token)).toBe(401);
  const none = await server.send('POST', `${ACCOUNTS}/nobody/token`, { spec: {} });
  expect([none.code, none.json<Status>().reason]).toEqual([404, 'NotFound']);
});
