/**
 * Updates and patches: optimistic concurrency, no-op suppression, generation, dry run, field validation, scale.
 */
import type { Deployment } from '../../helper/api/apps/deployment';
import type { ConfigMap } from '../../helper/api/core/config-map';
import type { Endpoints } from '../../helper/api/core/endpoints';
import type { Service } from '../../helper/api/core/service';
import type { KubeObject } from '../../helper/api/meta';
import type { Status } from '../../helper/api/status-error';
import { CONFIG_MAPS, configMap, DEPLOYMENTS, deployment, MERGE, SERVICES, service } from './objects';
import { startTestServer, type TestServer } from './test-server';

jest.setTimeout(30_000);

let server: TestServer;
const get = async <T extends KubeObject>(path: string) => (await server.send('GET', path)).json<T>();

beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.stop());

test('PUT with a stale resourceVersion is 409, without one it replaces what is there', async () => {
  const first = (await server.send('POST', CONFIG_MAPS, configMap('cm', { a: '1' }))).json<ConfigMap>();
  expect((await server.send('PUT', `${CONFIG_MAPS}/cm`, { ...first, data: { a: '2' } })).code).toBe(200);
  const stale = await server.send('PUT', `${CONFIG_MAPS}/cm`, { ...first, data: { a: '3' } });
  expect(stale.json<Status>()).toMatchObject({ code: 409, reason: 'Conflict' });
  expect((await server.send('PUT', `${CONFIG_MAPS}/cm`, configMap('cm', { a: '4' }))).code).toBe(200);
  expect((await get<ConfigMap>(`${CONFIG_MAPS}/cm`)).data).toEqual({ a: '4' });
});

test('PUT of what is there already keeps the resourceVersion', async () => {
  const before = await get<ConfigMap>(`${CONFIG_MAPS}/cm`);
  const { data, metadata } = before;
  const answer = await server.send('PUT', `${CONFIG_MAPS}/cm`, { data, metadata, kind: 'ConfigMap', apiVersion: 'v1' });
  expect(answer.json<ConfigMap>().metadata.resourceVersion).toBe(metadata.resourceVersion);
});

test('16 clients that count up one object in turns lose no step', async () => {
  await server.send('POST', CONFIG_MAPS, configMap('counter', { n: '0' }));
  const countUp = async (): Promise<void> => {
    const current = await get<ConfigMap>(`${CONFIG_MAPS}/counter`);
    const next = { ...current, data: { n: String(Number(current.data?.n) + 1) } };
    const answer = await server.send('PUT', `${CONFIG_MAPS}/counter`, next);
    if (answer.code === 409) return countUp();
    expect(answer.code).toBe(200);
  };
  await Promise.all(Array.from({ length: 16 }, countUp));
  expect((await get<ConfigMap>(`${CONFIG_MAPS}/counter`)).data?.n).toBe('16');
});

test('16 merge patches of one object at once all take effect', async () => {
  await server.send('POST', CONFIG_MAPS, configMap('many'));
  const keys = Array.from({ length: 16 }, (_, index) => `k${index}`);
  const codes = await Promise.all(
    keys.map(async (key) => (await server.send('PATCH', `${CONFIG_MAPS}/many`, { data: { [key]: 'x' } }, MERGE)).code),
  );
  expect(new Set(codes)).toEqual(new Set([200]));
  expect(Object.keys((await get<ConfigMap>(`${CONFIG_MAPS}/many`)).data ?? {})).toHaveLength(16);
});

test('PATCH with a stale resourceVersion is 409', async () => {
  const answer = await server.send('PATCH', `${CONFIG_MAPS}/many`, { metadata: { resourceVersion: '1' } }, MERGE);
  expect(answer.code).toBe(409);
});

test('PATCH takes JSON patches and strategic merge patches, and refuses others with 415', async () => {
  await server.send('POST', DEPLOYMENTS, deployment('patched'));
  const patch = (body: unknown, type: string) =>
    server.send('PATCH', `${DEPLOYMENTS}/patched`, body, { headers: { 'content-type': type } });
  const json = await patch([{ op: 'replace', path: '/spec/replicas', value: 5 }], 'application/json-patch+json');
  expect(json.json<Deployment>().spec?.replicas).toBe(5);
  const sidecar = { spec: { template: { spec: { containers: [{ name: 'd', image: 'x' }] } } } };
  const strategic = await patch(sidecar, 'application/strategic-merge-patch+json');
  expect(strategic.json<Deployment>().spec?.template.spec?.containers).toHaveLength(2);
  expect((await patch({}, 'application/apply-patch+cbor')).code).toBe(415);
  expect((await patch({}, 'text/plain')).code).toBe(415);
});

test('metadata.generation counts changes of the spec only', async () => {
  expect((await server.send('POST', DEPLOYMENTS, deployment('gen'))).json<Deployment>().metadata.generation).toBe(1);
  const label = await server.send('PATCH', `${DEPLOYMENTS}/gen`, { metadata: { labels: { a: 'b' } } }, MERGE);
  expect(label.json<Deployment>().metadata.generation).toBe(1);
  const spec = await server.send('PATCH', `${DEPLOYMENTS}/gen`, { spec: { replicas: 7 } }, MERGE);
  expect(spec.json<Deployment>().metadata.generation).toBe(2);
  const status = await server.send('PATCH', `${DEPLOYMENTS}/gen/status`, { status: { replicas: 7 } }, MERGE);
  expect(status.json<Deployment>()).toMatchObject({ metadata: { generation: 2 }, status: { replicas: 7 } });
});

test('the scale subresource reads and writes replicas', async () => {
  await server.send('POST', DEPLOYMENTS, deployment('scaled'));
  const scale = await get<Deployment>(`${DEPLOYMENTS}/scaled/scale`);
  expect(scale).toMatchObject({ kind: 'Scale', spec: { replicas: 2 }, status: { selector: 'app=scaled' } });
  const put = await server.send('PUT', `${DEPLOYMENTS}/scaled/scale`, { ...scale, spec: { replicas: 3 } });
  expect(put.json<Deployment>().spec?.replicas).toBe(3);
  await server.send('PATCH', `${DEPLOYMENTS}/scaled/scale`, { spec: { replicas: 4 } }, MERGE);
  expect((await get<Deployment>(`${DEPLOYMENTS}/scaled`)).spec?.replicas).toBe(4);
  expect((await server.send('GET', `${CONFIG_MAPS}/cm/scale`)).code).toBe(404);
});

test('dryRun=All answers like a write and stores nothing', async () => {
  const made = await server.send('POST', `${CONFIG_MAPS}?dryRun=All`, configMap('dry'));
  expect(made.code).toBe(201);
  expect((await server.send('GET', `${CONFIG_MAPS}/dry`)).code).toBe(404);
  await server.send('PATCH', `${CONFIG_MAPS}/cm?dryRun=All`, { data: { a: 'dry' } }, MERGE);
  await server.send('DELETE', `${CONFIG_MAPS}/cm?dryRun=All`);
  expect((await get<ConfigMap>(`${CONFIG_MAPS}/cm`)).data).toEqual({ a: '4' });
  expect((await server.send('POST', `${CONFIG_MAPS}?dryRun=Some`, configMap('dry'))).code).toBe(422);
});

test('unknown fields are warned about, refused when Strict, silent when Ignore; never stored', async () => {
  const body = '{"metadata":{"name":"odd"},"data":{"a":"1"},"dota":1,"data":{"a":"2"}}';
  const strict = await server.send('POST', `${CONFIG_MAPS}?fieldValidation=Strict`, body);
  expect(strict.code).toBe(400);
  expect(strict.json<Status>().message).toContain(
    'strict decoding error: unknown field "dota", duplicate field "data"',
  );
  const ignored = await server.send('POST', `${CONFIG_MAPS}?dryRun=All&fieldValidation=Ignore`, body);
  expect(ignored.headers.warning).toBeUndefined();
  const warned = await server.send('POST', CONFIG_MAPS, body);
  expect(warned.code).toBe(201);
  expect(warned.headers.warning).toContain('299 - "unknown field \\"dota\\""');
  expect(await get<ConfigMap>(`${CONFIG_MAPS}/odd`)).not.toHaveProperty('dota');
});

test('a YAML body is as good as JSON, and YAML comes back when asked for', async () => {
  const headers = { 'content-type': 'application/yaml', accept: 'application/yaml' };
  const answer = await server.send('POST', CONFIG_MAPS, 'metadata:\n  name: yaml\ndata:\n  a: "1"\n', { headers });
  expect(answer.code).toBe(201);
  expect(answer.text).toContain('kind: ConfigMap');
});

test('Services get different addresses, an asked one only once, and give them back', async () => {
  const made = await Promise.all(
    Array.from({ length: 20 }, async (_, index) =>
      (await server.send('POST', SERVICES, service(`s${index}`))).json<Service>(),
    ),
  );
  expect(new Set(made.map(({ spec }) => spec?.clusterIP)).size).toBe(20);
  const address = made[0]?.spec?.clusterIP;
  const taken = await server.send('POST', SERVICES, service('taken', { clusterIP: address }));
  expect(taken.code).toBe(422);
  expect(taken.json<Status>().message).toContain('provided IP is already allocated');
  await server.send('DELETE', `${SERVICES}/s0`);
  expect((await server.send('POST', SERVICES, service('reused', { clusterIP: address }))).code).toBe(201);
  expect((await server.send('POST', SERVICES, service('far', { clusterIP: '8.8.8.8' }))).code).toBe(422);
  const headless = await server.send('POST', SERVICES, service('headless', { clusterIP: 'None' }));
  expect(headless.json<Service>().spec?.clusterIPs).toEqual(['None']);
});

test('node ports are allocated, kept over updates and refused when taken', async () => {
  const made = (await server.send('POST', SERVICES, service('np', { type: 'NodePort' }))).json<Service>();
  const nodePort = made.spec?.ports?.[0]?.nodePort;
  expect(nodePort).toBeGreaterThanOrEqual(30000);
  const other = service('np2', { type: 'NodePort', ports: [{ port: 80, nodePort }] });
  expect((await server.send('POST', SERVICES, other)).json<Status>().message).toContain('port is already allocated');
  const updated = await server.send('PUT', `${SERVICES}/np`, service('np', { type: 'NodePort', selector: { a: 'b' } }));
  expect(updated.json<Service>().spec).toMatchObject({ clusterIP: made.spec?.clusterIP, ports: [{ nodePort }] });
  await server.send('PUT', `${SERVICES}/np`, service('np', { type: 'ClusterIP' }));
  expect((await server.send('POST', SERVICES, other)).code).toBe(201);
});

test('the API server is a Service of its own', async () => {
  const found = await get<Service>(`${SERVICES}/kubernetes`);
  expect(found.spec?.clusterIP).toBe('10.96.0.1');
  const endpoints = await get<Endpoints>('/api/v1/namespaces/default/endpoints/kubernetes');
  expect(endpoints.subsets?.[0]?.addresses).toEqual([{ ip: '127.0.0.1' }]);
});
