/**
 * Quotas over a real api-server with the controller beside it: booked at the door, counted anew when things go, exact at any time.
 */
import { type ResourceQuota, resourceQuotaResource } from '../../helper/api/core/resource-quota';
import { createClient, type RestClient } from '../../helper/client/rest-client';
import type { RunningComponent } from '../../helper/process/component';
import { until } from '../../helper/process/until';
import { component } from '../../master/controllers/resourcequota/main';
import { configMap, MERGE, makeDefaultAccount, pod, service } from './objects';
import { startBeside } from './start-beside';
import { startTestServer, type TestServer } from './test-server';

jest.setTimeout(60_000);

let server: TestServer;
let client: RestClient;
let controller: RunningComponent;
let spaces = 0;

beforeAll(async () => {
  server = await startTestServer();
  client = createClient(
    { server: `https://127.0.0.1:${server.port}`, ca: server.ca.toString(), token: server.token },
    { userAgent: 'test' },
  );
  controller = await startBeside(server, component);
});
afterAll(async () => {
  await controller?.stop();
  client?.close();
  await server?.stop();
});

const post = async (path: string, body: object) => {
  const { code, json } = await server.send('POST', path, body);
  return { code, message: json<{ message: string }>().message };
};

/** A namespace of its own with a quota that has been counted. */
async function limit(hard: Record<string, string>, more: object = {}): Promise<{ namespace: string; base: string }> {
  spaces += 1;
  const namespace = `limited-${spaces}`;
  const base = `/api/v1/namespaces/${namespace}`;
  await server.send('POST', '/api/v1/namespaces', { metadata: { name: namespace } });
  await makeDefaultAccount(server, namespace);
  await server.send('POST', `${base}/resourcequotas`, { metadata: { name: 'q' }, spec: { hard, ...more } });
  await until(
    async () => Object.keys((await quotaIn(namespace)).status?.used ?? {}).length === Object.keys(hard).length,
  );
  return { namespace, base };
}

const quotaIn = (namespace: string): Promise<ResourceQuota> => client.get(resourceQuotaResource, namespace, 'q');
const usedIn = async (namespace: string) => (await quotaIn(namespace)).status?.used;
const usedBecomes = (namespace: string, expected: Record<string, string>) =>
  until(async () => {
    const used = (await usedIn(namespace)) ?? {};
    return Object.entries(expected).every(([name, amount]) => used[name] === amount);
  });

const podAsking = (name: string, resources: object, spec: object = {}) => {
  const plain = pod(name);
  return { ...plain, spec: { containers: [{ name: 'c', image: 'busybox', resources }], ...spec } };
};

test('a pod is booked with all it asks for, refused when it does not fit, and given back when it goes or ends', async () => {
  const hard = { pods: '2', cpu: '1', memory: '500Mi', 'requests.example.com/dongle': '3' };
  const { namespace, base } = await limit(hard);
  const resources = {
    requests: { cpu: '500m', memory: '252Mi', 'example.com/dongle': '2' },
    limits: { 'example.com/dongle': '2' },
  };
  expect((await post(`${base}/pods`, podAsking('first', resources))).code).toBe(201);
  const full = { pods: '1', cpu: '500m', memory: '252Mi', 'requests.example.com/dongle': '2' };
  expect(await usedIn(namespace)).toEqual(full);
  expect(await post(`${base}/pods`, podAsking('second', { requests: { cpu: '600m', memory: '100Mi' } }))).toEqual({
    code: 403,
    message: 'pods "second" is forbidden: exceeded quota: q, requested: cpu=600m, used: cpu=500m, limited: cpu=1',
  });
  expect(await post(`${base}/pods`, pod('silent'))).toEqual({
    code: 403,
    message: 'pods "silent" is forbidden: failed quota: q: must specify cpu for: c; memory for: c',
  });
  // Refused for another reason: what was booked is taken back.
  expect((await post(`${base}/pods`, podAsking('first', { requests: { cpu: '1m', memory: '1Mi' } }))).code).toBe(409);
  expect(await usedIn(namespace)).toEqual(full);
  await server.send('PATCH', `${base}/pods/first/status`, { status: { phase: 'Succeeded' } }, MERGE);
  await usedBecomes(namespace, { pods: '0', cpu: '0', memory: '0' });
  await server.send('DELETE', `${base}/pods/first?gracePeriodSeconds=0`);
  await usedBecomes(namespace, { pods: '0', 'requests.example.com/dongle': '0' });
});

test('services, objects by count and custom limits are booked and freed', async () => {
  const { namespace, base } = await limit({
    services: '3',
    'services.nodeports': '1',
    'services.loadbalancers': '1',
    configmaps: '1',
    'count/deployments.apps': '1',
    resourcequotas: '1',
  });
  expect(await usedIn(namespace)).toMatchObject({ resourcequotas: '1', services: '0' });
  expect((await post(`${base}/services`, service('node', { type: 'NodePort' }))).code).toBe(201);
  expect((await post(`${base}/services`, service('balanced', { type: 'LoadBalancer' }))).code).toBe(403);
  expect((await post(`${base}/services`, service('plain'))).code).toBe(201);
  expect((await server.send('PATCH', `${base}/services/plain`, { spec: { type: 'NodePort' } }, MERGE)).code).toBe(403);
  expect((await post(`${base}/configmaps`, configMap('one'))).code).toBe(201);
  expect((await post(`${base}/configmaps`, configMap('two'))).message).toContain(
    'exceeded quota: q, requested: configmaps=1, used: configmaps=1, limited: configmaps=1',
  );
  expect((await post(`${base}/resourcequotas`, { metadata: { name: 'r' }, spec: { hard: {} } })).code).toBe(403);
  await server.send('DELETE', `${base}/services/node`);
  await server.send('DELETE', `${base}/configmaps/one`);
  await usedBecomes(namespace, { services: '1', 'services.nodeports': '0', configmaps: '0' });
});

test.each([
  ['Terminating', { activeDeadlineSeconds: 3600 }, {}],
  ['BestEffort', {}, { containers: [{ name: 'c', image: 'busybox', resources: { requests: { cpu: '1m' } } }] }],
])('a quota with scope %s counts only pods in it', async (scope, inside, outside) => {
  const { namespace, base } = await limit({ pods: '5' }, { scopes: [scope] });
  expect((await post(`${base}/pods`, podAsking('in', {}, inside))).code).toBe(201);
  expect((await post(`${base}/pods`, podAsking('out', {}, outside))).code).toBe(201);
  expect(await usedIn(namespace)).toEqual({ pods: '1' });
  await server.send('DELETE', `${base}/pods/in?gracePeriodSeconds=0`);
  await usedBecomes(namespace, { pods: '0' });
});

test('the status follows a changed spec, and comes back to it when somebody wrote it', async () => {
  const { namespace, base } = await limit({ cpu: '500m', memory: '500Mi' });
  await server.send('PATCH', `${base}/resourcequotas/q/status`, { status: { hard: { cpu: '50m' } } }, MERGE);
  await until(async () => (await quotaIn(namespace)).status?.hard?.['cpu'] === '500m');
  await server.send('PATCH', `${base}/resourcequotas/q`, { spec: { hard: { cpu: '1' } } }, MERGE);
  await until(async () => (await quotaIn(namespace)).status?.hard?.['cpu'] === '1');
});

test('a dry run is judged and not booked', async () => {
  const { namespace, base } = await limit({ configmaps: '1' });
  expect((await post(`${base}/configmaps?dryRun=All`, configMap('one'))).code).toBe(201);
  expect(await usedIn(namespace)).toEqual({ configmaps: '0' });
});

test('100 creates at once take exactly what is left, while others go and are counted anew', async () => {
  const { namespace, base } = await limit({ configmaps: '30' });
  for (let index = 0; index < 10; index++) await post(`${base}/configmaps`, configMap(`old-${index}`));
  const creates = Array.from({ length: 100 }, (_, index) => post(`${base}/configmaps`, configMap(`new-${index}`)));
  const deletions = Array.from({ length: 10 }, (_, index) => server.send('DELETE', `${base}/configmaps/old-${index}`));
  let most = 0;
  let isOver = false;
  const look = async () => {
    while (!isOver) {
      const { items } = (await server.send('GET', `${base}/configmaps`)).json<{ items: unknown[] }>();
      most = Math.max(most, items.length);
    }
  };
  const looking = look();
  const answers = await Promise.all(creates);
  await Promise.all(deletions);
  isOver = true;
  await looking;
  expect(most).toBeLessThanOrEqual(30);
  expect(new Set(answers.map(({ code }) => code))).toEqual(new Set([201, 403]));
  const { items } = (await server.send('GET', `${base}/configmaps`)).json<{ items: unknown[] }>();
  await usedBecomes(namespace, { configmaps: String(items.length) });
  // Whatever was freed can be taken again, and nothing more.
  const rest = await Promise.all(
    Array.from({ length: 40 }, (_, index) => post(`${base}/configmaps`, configMap(`late-${index}`))),
  );
  expect(rest.filter(({ code }) => code === 201)).toHaveLength(30 - items.length);
});
