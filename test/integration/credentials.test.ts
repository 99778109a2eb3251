/**
 * Credentials beyond people's: bootstrap tokens, token Secrets of ServiceAccounts, and the certificate of a node that was broken into.
 */
import { readFileSync } from 'node:fs';
import { request as httpsRequest } from 'node:https';
import { join } from 'node:path';
import { loadKubeconfig } from '../../helper/client/kubeconfig';
import { until } from '../../helper/process/until';
import { makeDefaultAccount, PODS, pod } from './objects';
import { startTestServer, type TestServer } from './test-server';

const SECRETS = '/api/v1/namespaces/default/secrets';
const ACCOUNTS = '/api/v1/namespaces/default/serviceaccounts';
const REVIEWS = '/apis/authentication.k8s.io/v1/selfsubjectreviews';

interface Secret {
  readonly data?: Readonly<Record<string, string>>;
  readonly metadata: { readonly annotations?: Readonly<Record<string, string>> };
}

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
  await makeDefaultAccount(server);
}, 30_000);
afterAll(() => server.stop());

const codeWith = async (token: string) => (await server.send('GET', '/api', undefined, { token })).code;

test('a bootstrap token names its user until it expires, is changed or goes', async () => {
  const path = '/api/v1/namespaces/kube-system/secrets';
  const token = 'abcdef.0123456789abcdef';
  const stringData = {
    'token-id': 'abcdef',
    'token-secret': '0123456789abcdef',
    'usage-bootstrap-authentication': 'true',
    'auth-extra-groups': 'system:bootstrappers:lab',
    expiration: new Date(Date.now() + 60_000).toISOString(),
  };
  expect(await codeWith(token)).toBe(401);
  const metadata = { name: 'bootstrap-token-abcdef' };
  await server.send('POST', path, { metadata, type: 'bootstrap.kubernetes.io/token', stringData });
  const review = await server.send('POST', REVIEWS, {}, { token });
  expect(review.json<{ status: object } & Record<string, never>>().status).toEqual({
    userInfo: {
      username: 'system:bootstrap:abcdef',
      groups: ['system:bootstrappers', 'system:bootstrappers:lab', 'system:authenticated'],
    },
  });
  expect((await server.send('GET', PODS, undefined, { token })).code).toBe(403);
  expect(await codeWith('abcdef.0123456789abcdeg')).toBe(401);
  const merge = { headers: { 'content-type': 'application/merge-patch+json' } };
  const expired = { stringData: { expiration: '2020-01-01T00:00:00Z' } };
  await server.send('PATCH', `${path}/bootstrap-token-abcdef`, expired, merge);
  expect(await codeWith(token)).toBe(401);
});

test('a token Secret is filled, counts while it is there, and goes with its account', async () => {
  await server.send('POST', ACCOUNTS, { metadata: { name: 'robot' } });
  const annotations = { 'kubernetes.io/service-account.name': 'robot' };
  const order = { metadata: { name: 'robot-token', annotations }, type: 'kubernetes.io/service-account-token' };
  await server.send('POST', SECRETS, order);
  const find = async (name: string) =>
    (await server.send('GET', `${SECRETS}/${name}`)).json<Secret & Record<string, never>>();
  await until(async () => Boolean((await find('robot-token')).data?.token));
  const { data } = await find('robot-token');
  const text = (key: string) => Buffer.from((data as Record<string, string>)[key] ?? '', 'base64').toString();
  expect([text('namespace'), text('ca.crt')]).toEqual(['default', server.ca.toString()]);
  const token = text('token');
  const review = await server.send('POST', REVIEWS, {}, { token });
  expect(review.text).toContain('"username":"system:serviceaccount:default:robot"');
  await server.send('DELETE', `${SECRETS}/robot-token`);
  expect(await codeWith(token)).toBe(401);
  await server.send('POST', SECRETS, order);
  await until(async () => Boolean((await find('robot-token')).data?.token));
  await server.send('DELETE', `${ACCOUNTS}/robot`);
  await until(async () => (await server.send('GET', `${SECRETS}/robot-token`)).code === 404);
});

test('a node that was broken into reaches nothing of others, with its own certificate', async () => {
  const { certificate: cert = '', key = '' } = loadKubeconfig(
    join(server.settings.home, 'kubeconfig', 'kubelet.kubeconfig'),
  );
  const call = (method: string, path: string, body?: object) =>
    new Promise<number>((resolve, reject) => {
      const bytes = body ? JSON.stringify(body) : '';
      const type = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json';
      const headers = body ? { 'content-type': type, 'content-length': Buffer.byteLength(bytes) } : {};
      const { port, ca } = server;
      httpsRequest({ host: '127.0.0.1', port, ca, cert, key, method, path, headers, agent: false }, (response) => {
        response.resume().on('end', () => resolve(response.statusCode ?? 0));
      })
        .on('error', reject)
        .end(bytes);
    });
  await server.send('POST', '/api/v1/nodes', { metadata: { name: 'other' } });
  await server.send('POST', SECRETS, { metadata: { name: 'theirs' } });
  const { spec } = pod('theirs');
  const volumes = [{ name: 's', secret: { secretName: 'theirs' } }];
  await server.send('POST', PODS, { ...pod('theirs'), spec: { ...spec, nodeName: 'other', volumes } });
  expect(await call('POST', '/api/v1/nodes', { metadata: { name: 'node1' } })).toBe(201);
  const denied: [string, string, object?][] = [
    ['GET', `${SECRETS}/theirs`],
    ['GET', SECRETS],
    ['GET', '/api/v1/secrets'],
    ['GET', `${PODS}/theirs`],
    ['GET', '/api/v1/nodes'],
    ['PATCH', `${PODS}/theirs/status`, { status: { phase: 'Failed' } }],
    ['PATCH', '/api/v1/nodes/other/status', { status: { phase: 'Running' } }],
    ['PATCH', '/api/v1/nodes/node1', { metadata: { labels: { 'node-restriction.kubernetes.io/x': 'y' } } }],
    ['DELETE', '/api/v1/nodes/other'],
    ['DELETE', `${PODS}/theirs`],
    ['POST', '/api/v1/nodes', { metadata: { name: 'third' } }],
    ['POST', `${ACCOUNTS}/default/token`, { spec: {} }],
    ['POST', '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings', {}],
    ['POST', PODS, pod('fresh')],
  ];
  for (const [method, path, body] of denied) {
    expect([method, path, await call(method, path, body)]).toEqual([method, path, 403]);
  }
});

test('no kubeconfig of a component is an administrator’s', () => {
  const folder = join(server.settings.home, 'kubeconfig');
  const { X509Certificate } = require('node:crypto') as typeof import('node:crypto');
  for (const name of ['kubelet', 'scheduler', 'kube-proxy', 'garbage-collector', 'certificate-controller']) {
    const { certificate = '', token } = loadKubeconfig(join(folder, `${name}.kubeconfig`));
    expect([name, token, new X509Certificate(certificate).subject]).toEqual([
      name,
      undefined,
      expect.not.stringContaining('system:masters'),
    ]);
  }
  const api = readFileSync(join(server.settings.home, 'pki', 'apiserver-kubelet-client.crt'));
  expect(new X509Certificate(api).subject).toBe('CN=kube-apiserver-kubelet-client');
});
