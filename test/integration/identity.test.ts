/**
 * Who may ask: certificates, tokens, ServiceAccount tokens, nobody; and what is written down of it.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ConfigMap } from '../../helper/api/core/config-map';
import type { Namespace } from '../../helper/api/core/namespace';
import { namespaceResource } from '../../helper/api/core/namespace';
import type { Pod } from '../../helper/api/core/pod';
import type { Status } from '../../helper/api/status-error';
import { loadKubeconfig } from '../../helper/client/kubeconfig';
import { createClient } from '../../helper/client/rest-client';
import { CONFIG_MAPS, configMap, makeDefaultAccount, PODS, pod } from './objects';
import { startTestServer, type TestServer } from './test-server';

interface TokenRequest {
  readonly status: { readonly token: string; readonly expirationTimestamp: string };
}

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
  await makeDefaultAccount(server);
});
afterAll(() => server.stop());

test('anonymous sees health and version only', async () => {
  for (const path of ['/healthz', '/livez', '/readyz', '/version']) {
    expect([path, (await server.send('GET', path, undefined, { token: null })).code]).toEqual([path, 200]);
  }
  for (const path of [PODS, '/readyz/store', '/metrics', '/api', '/openapi/v3']) {
    const answer = await server.send('GET', path, undefined, { token: null });
    expect([answer.code, answer.json<Status>().reason]).toEqual([403, 'Forbidden']);
  }
  expect((await server.send('GET', '/version', undefined, { token: 'wrong' })).code).toBe(401);
});

test('a client certificate of the cluster names its user', async () => {
  const config = loadKubeconfig(join(server.settings.home, 'admin.kubeconfig'));
  const client = createClient({ ...config, server: `https://127.0.0.1:${server.port}` });
  const { items } = await client.list(namespaceResource);
  expect(items.map(({ metadata }) => metadata.name)).toEqual([
    'default',
    'kube-node-lease',
    'kube-public',
    'kube-system',
  ]);
  client.close();
});

test('a ServiceAccount token ends with the pod it is bound to', async () => {
  const { metadata } = (await server.send('POST', PODS, pod('bearer'))).json<Pod>();
  const tokenPath = '/api/v1/namespaces/default/serviceaccounts/default/token';
  const order = {
    apiVersion: 'authentication.k8s.io/v1',
    kind: 'TokenRequest',
    spec: {
      expirationSeconds: 600,
      boundObjectRef: { kind: 'Pod', apiVersion: 'v1', name: 'bearer', uid: metadata.uid },
    },
  };
  const answer = await server.send('POST', tokenPath, order);
  expect(answer.code).toBe(201);
  const { token, expirationTimestamp } = answer.json<TokenRequest>().status;
  expect(Date.parse(expirationTimestamp)).toBeGreaterThan(Date.now());
  expect((await server.send('GET', '/api', undefined, { token })).code).toBe(200);
  expect((await server.send('GET', '/api', undefined, { token: `${token.slice(0, -4)}AAAA` })).code).toBe(401);
  await server.send('DELETE', `${PODS}/bearer`);
  expect((await server.send('GET', '/api', undefined, { token })).code).toBe(401);
  expect((await server.send('POST', tokenPath, { spec: { expirationSeconds: 5 } })).code).toBe(422);
  const elsewhere = await server.send('POST', tokenPath, { spec: { audiences: ['vault'] } });
  const { token: foreign } = elsewhere.json<TokenRequest>().status;
  expect((await server.send('GET', '/api', undefined, { token: foreign })).code).toBe(401);
});

test('readyz?verbose names the checks; metrics count requests', async () => {
  expect((await server.send('GET', '/readyz?verbose')).text).toContain('[+]store ok');
  const { text } = await server.send('GET', '/metrics');
  expect(text).toMatch(
    /apiserver_request_total\{verb="POST",group="",version="v1",resource="pods",subresource="",code="201"\} \d+/,
  );
});

test('every write leaves an audit line with user, object, revision and cause', async () => {
  const headers = { 'minik8s-cause': 'deployments.apps/default/web@7' };
  const made = (await server.send('POST', CONFIG_MAPS, configMap('audited'), { headers })).json<ConfigMap>();
  await server.send('GET', `${CONFIG_MAPS}/audited`);
  await server.startAgain();
  const lines = readFileSync(join(server.settings.home, 'log', 'audit.log'), 'utf8')
    .trim()
    .split('\n');
  const events = lines.map((line) => JSON.parse(line)).filter(({ objectRef }) => objectRef?.name === 'audited');
  expect(events).toMatchObject([
    {
      apiVersion: 'audit.k8s.io/v1',
      level: 'Metadata',
      verb: 'create',
      user: { username: 'minik8s-admin' },
      objectRef: { resource: 'configmaps', namespace: 'default', resourceVersion: made.metadata.resourceVersion },
      responseStatus: { code: 201 },
      annotations: { 'minik8s.io/cause': 'deployments.apps/default/web@7' },
    },
  ]);
});

test('a namespace that is being deleted takes nothing new and goes when it is finalized', async () => {
  await server.send('POST', '/api/v1/namespaces', { metadata: { name: 'going' } });
  const going = (await server.send('DELETE', '/api/v1/namespaces/going')).json<Namespace>();
  expect(going.status?.phase).toBe('Terminating');
  const refused = await server.send('POST', '/api/v1/namespaces/going/configmaps', configMap('x'));
  expect(refused.json<Status>()).toMatchObject({
    code: 403,
    details: { causes: [{ reason: 'NamespaceTerminating' }] },
  });
  const finalized = await server.send('PUT', '/api/v1/namespaces/going/finalize', {
    ...going,
    spec: { finalizers: [] },
  });
  expect(finalized.code).toBe(200);
  expect((await server.send('GET', '/api/v1/namespaces/going')).code).toBe(404);
});
