/**
 * Extension servers behind APIServices: the scenario of Kubernetes' aggregator conformance test, and what happens when the server is not well.
 */
import { connect } from 'node:tls';
import { until } from '../../helper/process/until';
import {
  API_SERVICE,
  API_SERVICES,
  apiService,
  type ExtensionServer,
  GROUP,
  makeService,
  ROOT,
  setReady,
  startExtensionServer,
} from './extension-server';
import { MERGE } from './objects';
import { startTestServer, type TestServer } from './test-server';

const FLUNDERS = `${ROOT}/namespaces/default/flunders`;
const AGGREGATED = { headers: { accept: 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList' } };

interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason: string;
  readonly message: string;
}

let server: TestServer;
let extension: ExtensionServer;

beforeAll(async () => {
  server = await startTestServer();
  extension = await startExtensionServer(server);
  await makeService(server, extension.port);
}, 30_000);
afterAll(async () => {
  await extension?.stop();
  await server?.stop();
});
afterEach(async () => {
  extension.answerWith(undefined);
  extension.knowsAggregated = true;
  await server.send('DELETE', `${API_SERVICES}/${API_SERVICE}`);
});

const flunder = (name: string) => ({ apiVersion: `${GROUP}/v1alpha1`, kind: 'Flunder', metadata: { name } });

async function register(spec: object = { caBundle: extension.caBundle }): Promise<void> {
  expect(await server.send('POST', API_SERVICES, apiService(spec))).toMatchObject({ code: 201 });
}

async function available(name = API_SERVICE): Promise<Condition | undefined> {
  const answer = await server.send('GET', `${API_SERVICES}/${name}`);
  const { status } = answer.json<{ status?: { conditions?: Condition[] } }>();
  return status?.conditions?.find(({ type }) => type === 'Available');
}

const untilReason = (reason: string) => until(async () => (await available())?.reason === reason);

async function discovered() {
  const { items } = (await server.send('GET', '/apis', undefined, AGGREGATED)).json<{
    items: { metadata: { name: string }; versions: { version: string; resources: object[]; freshness: string }[] }[];
  }>();
  return items.find(({ metadata }) => metadata.name === GROUP)?.versions[0];
}

it('an extension server is found, asked and forgotten like any part of the API', async () => {
  expect((await server.send('GET', FLUNDERS)).code).toBe(404);
  await register();
  await untilReason('Passed');
  expect(await available()).toMatchObject({ status: 'True', message: 'all checks passed' });

  expect((await server.send('POST', FLUNDERS, flunder('one'))).code).toBe(201);
  expect((await server.send('GET', FLUNDERS)).json<{ items: object[] }>().items).toHaveLength(1);
  expect((await server.send('GET', `${FLUNDERS}/one`)).json()).toMatchObject({ kind: 'Flunder' });
  expect((await server.send('DELETE', `${FLUNDERS}/one`)).code).toBe(200);
  expect((await server.send('GET', `${FLUNDERS}/one`)).json()).toMatchObject({ reason: 'NotFound' });

  await server.send('DELETE', `${API_SERVICES}/${API_SERVICE}`);
  expect((await server.send('GET', FLUNDERS)).code).toBe(404);
  expect((await server.send('GET', `/apis/${GROUP}`)).code).toBe(404);
});

it('discovery shows the group in both forms, by its priority, and the server answers for its resources', async () => {
  await register();
  await until(async () => (await discovered())?.freshness === 'Current');
  expect(await discovered()).toMatchObject({ resources: [{ resource: 'flunders', categories: ['fish'] }] });
  const { groups } = (await server.send('GET', '/apis')).json<{ groups: { name: string }[] }>();
  // Behind it comes only what has less priority still.
  expect(groups.map(({ name }) => name).slice(-2)).toEqual([GROUP, 'metrics.k8s.io']);
  const version = { groupVersion: `${GROUP}/v1alpha1`, version: 'v1alpha1' };
  expect((await server.send('GET', `/apis/${GROUP}`)).json()).toMatchObject({ preferredVersion: version });
  expect((await server.send('GET', ROOT)).json()).toMatchObject({ resources: [{ name: 'flunders' }] });
  await server.send('PATCH', `${API_SERVICES}/${API_SERVICE}`, { spec: { groupPriorityMinimum: 17_900 } }, MERGE);
  const reordered = (await server.send('GET', '/apis')).json<{ groups: { name: string }[] }>().groups;
  expect(reordered.map(({ name }) => name).slice(0, 3)).toEqual(['apiregistration.k8s.io', GROUP, 'apps']);
});

it('discovery translates what an older server says', async () => {
  extension.knowsAggregated = false;
  await register();
  await until(async () => (await discovered())?.freshness === 'Current');
  expect(await discovered()).toMatchObject({ resources: [{ resource: 'flunders', scope: 'Namespaced' }] });
});

it('OpenAPI v2 and v3 have its schemas', async () => {
  await register();
  await until(async () => (await discovered())?.freshness === 'Current');
  const index = (await server.send('GET', '/openapi/v3')).json<{
    paths: Record<string, { serverRelativeURL: string }>;
  }>();
  const url = index.paths[ROOT.slice(1)]?.serverRelativeURL ?? '';
  expect((await server.send('GET', url)).text).toContain('what it is');
  const v2 = (await server.send('GET', '/openapi/v2')).json<{ paths: object; definitions: object }>();
  expect(v2.paths).toHaveProperty([`${ROOT}/flunders`]);
  expect(v2.definitions).toHaveProperty(['example.Flunder']);
  expect(v2.definitions).toHaveProperty(['io.k8s.api.core.v1.Pod']);
});

it('the server is told who asks, also as whom, and never by the client; who may not is refused here', async () => {
  await register();
  await untilReason('Passed');
  const rule = { apiGroups: [GROUP], resources: ['flunders'], verbs: ['get', 'list'] };
  await server.send('POST', '/apis/rbac.authorization.k8s.io/v1/clusterroles', {
    metadata: { name: 'fl' },
    rules: [rule],
  });
  await server.send('POST', '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings', {
    metadata: { name: 'fl' },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'fl' },
    subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: 'jane' }],
  });
  const headers = {
    'impersonate-user': 'jane',
    'impersonate-group': 'dev',
    'impersonate-extra-scopes': 'a',
    'x-remote-user': 'mallory',
    'x-remote-group': 'system:masters',
  };
  expect((await server.send('GET', FLUNDERS, undefined, { headers })).code).toBe(200);
  const seen = extension.asked.at(-1)?.headers ?? {};
  expect(seen).toMatchObject({ 'x-remote-user': 'jane', 'x-remote-extra-scopes': 'a' });
  expect(seen['x-remote-group']).toBe('dev, system:authenticated');
  expect(Object.keys(seen).filter((name) => name === 'authorization' || name.startsWith('impersonate-'))).toEqual([]);
  const before = extension.asked.length;
  const refused = await server.send('POST', FLUNDERS, flunder('x'), { headers });
  expect(refused.json()).toMatchObject({
    code: 403,
    message: expect.stringContaining(`cannot create resource "flunders" in API group "${GROUP}"`),
  });
  expect(extension.asked).toHaveLength(before);
});

it('watches and upgrades go through', async () => {
  await register();
  await untilReason('Passed');
  const tls = { host: '127.0.0.1', port: server.port, ca: server.ca };
  const talk = (head: string) => {
    const socket = connect(tls);
    const seen = { text: '' };
    socket.on('data', (data: Buffer) => {
      seen.text += data.toString();
    });
    socket.on('error', () => undefined);
    socket.write(`${head} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${server.token}\r\n`);
    return { socket, seen };
  };
  const watch = talk(`GET ${FLUNDERS}?watch=true`);
  watch.socket.write('\r\n');
  await until(() => watch.seen.text.includes('200 OK'));
  await server.send('POST', FLUNDERS, flunder('watched'));
  await until(() => watch.seen.text.includes('"ADDED"'));
  watch.socket.destroy();
  const echo = talk(`GET ${FLUNDERS}/watched/talk`);
  echo.socket.write('Connection: Upgrade\r\nUpgrade: echo\r\n\r\n');
  await until(() => echo.seen.text.includes('101 Switching Protocols'));
  echo.socket.write('hello through');
  await until(() => echo.seen.text.includes('hello through'));
  echo.socket.destroy();
});

it('what an extension server needs to know of us is in kube-system', async () => {
  const path = '/api/v1/namespaces/kube-system/configmaps/extension-apiserver-authentication';
  await until(async () => (await server.send('GET', path)).code === 200);
  expect((await server.send('GET', path)).json<{ data: object }>().data).toMatchObject({
    'client-ca-file': server.ca.toString(),
    'requestheader-allowed-names': '["front-proxy-client"]',
    'requestheader-client-ca-file': expect.stringContaining('BEGIN CERTIFICATE'),
    'requestheader-extra-headers-prefix': '["X-Remote-Extra-"]',
    'requestheader-group-headers': '["X-Remote-Group"]',
    'requestheader-username-headers': '["X-Remote-User"]',
  });
});

describe('while the server is not well', () => {
  it.each([
    [
      'ServiceNotFound',
      { service: { namespace: 'default', name: 'nobody' } },
      'service/nobody in "default" is not present',
    ],
    [
      'ServicePortError',
      { service: { namespace: 'default', name: 'sample-api', port: 444 } },
      'service/sample-api in "default" is not listening on port 444',
    ],
  ])('%s is said, its requests are 503 and its discovery is stale', async (reason, spec, message) => {
    await register({ insecureSkipTLSVerify: true, ...spec });
    await untilReason(reason);
    expect(await available()).toMatchObject({ status: 'False', message });
    expect(await server.send('GET', FLUNDERS)).toMatchObject({ code: 503, text: 'service unavailable\n' });
    expect(await discovered()).toEqual({ version: 'v1alpha1', resources: [], freshness: 'Stale' });
    expect((await server.send('GET', '/apis')).text).toContain(GROUP);
    expect((await server.send('GET', ROOT)).code).toBe(503);
  });

  it('endpoints that come and go are noticed at once', async () => {
    const slices = '/apis/discovery.k8s.io/v1/namespaces/other/endpointslices';
    await server.send('POST', '/api/v1/namespaces', { metadata: { name: 'other' } });
    await register({
      caBundle: undefined,
      insecureSkipTLSVerify: true,
      service: { namespace: 'other', name: 'sample-api' },
    });
    await untilReason('ServiceNotFound');
    await makeService(server, extension.port, 'other');
    await untilReason('Passed');
    await setReady(server, 'other', false);
    await untilReason('MissingEndpoints');
    expect((await available())?.message).toBe(
      'endpoints for service/sample-api in "other" have no addresses with port name ""',
    );
    await server.send('DELETE', `${slices}/sample-api`);
    await untilReason('EndpointsNotFound');
  });

  it('a server that answers nonsense fails its check, and passes when it is well again', async () => {
    extension.answerWith(500);
    await register();
    await untilReason('FailedDiscoveryCheck');
    expect((await available())?.message).toMatch(
      /^failing or missing response from (https:.*v1alpha1): bad status from \1: 500$/,
    );
    extension.answerWith(undefined);
    await untilReason('Passed');
    await until(async () => (await discovered())?.freshness === 'Current');
  });

  it('a certificate of another CA is refused when a request is passed on', async () => {
    await register({ caBundle: server.ca.toString('base64') });
    await untilReason('Passed');
    const refused = await server.send('GET', FLUNDERS);
    expect(refused.code).toBe(503);
    expect(refused.text).toMatch(/^error trying to reach service: .*certificate/);
    expect(await discovered()).toMatchObject({ freshness: 'Stale' });
  });

  it('a redirect is not passed on, and an answer that never comes is a 504', async () => {
    await register();
    await untilReason('Passed');
    extension.answerWith('redirect');
    expect(await server.send('GET', FLUNDERS)).toMatchObject({
      code: 502,
      text: expect.stringContaining('attempted to redirect'),
    });
    extension.answerWith('never');
    expect((await server.send('GET', `${FLUNDERS}?timeout=1s`)).json()).toMatchObject({ code: 504, reason: 'Timeout' });
  });
});

it('local API services say that they are', async () => {
  await until(async () => (await available('v1.apps'))?.reason === 'Local');
  expect(await available('v1.apps')).toMatchObject({ message: 'Local APIServices are always available' });
});
