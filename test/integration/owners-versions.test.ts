/**
 * Owners across versions of a kind: who wrote in one version keeps what is his when others write in another.
 */
import { until } from '../../helper/process/until';
import { startTestServer, type TestServer } from './test-server';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
}, 30_000);
afterAll(() => server.stop());

const autoscalers = (version: string) => `/apis/autoscaling/${version}/namespaces/default/horizontalpodautoscalers`;
const TARGET = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' };

function applyAutoscaler(version: string, manager: string, spec: object, force = false) {
  const kind = 'HorizontalPodAutoscaler';
  const configuration = { apiVersion: `autoscaling/${version}`, kind, metadata: { name: 'web' }, spec };
  const headers = { 'content-type': 'application/apply-patch+yaml' };
  const path = `${autoscalers(version)}/web?fieldManager=${manager}&force=${force}`;
  return server.send('PATCH', path, JSON.stringify(configuration), { headers });
}

const cpuMetric = (averageUtilization: number) => ({
  type: 'Resource',
  resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization } },
});

test('PATCH apply finds a conflict with a manager of another version of an autoscaler, in the words of that version', async () => {
  const base = { scaleTargetRef: TARGET, maxReplicas: 5 };
  expect((await applyAutoscaler('v1', 'old', { ...base, targetCPUUtilizationPercentage: 60 })).code).toBe(201);
  const same = await applyAutoscaler('v2', 'new', { ...base, metrics: [cpuMetric(60)] });
  expect(same.code).toBe(200);
  const refused = await applyAutoscaler('v2', 'new', { ...base, metrics: [cpuMetric(70)] });
  expect([refused.code, refused.json<{ message: string }>().message]).toEqual([
    409,
    'Apply failed with 1 conflict: conflict with "old": .spec.targetCPUUtilizationPercentage',
  ]);
  const forced = await applyAutoscaler('v2', 'new', { ...base, metrics: [cpuMetric(70)] }, true);
  const { managedFields } = forced.json<{ metadata: { managedFields: { manager: string; fieldsV1: object }[] } }>()
    .metadata;
  const old = managedFields.find(({ manager }) => manager === 'old');
  expect(old?.fieldsV1).toMatchObject({ 'f:spec': { 'f:maxReplicas': {} } });
  expect(JSON.stringify(old?.fieldsV1)).not.toContain('targetCPU');
});

test('an update in one version of a custom resource takes from a manager of the other what it changes, and no more', async () => {
  const text = { type: 'string' };
  const schema = {
    openAPIV3Schema: { type: 'object', properties: { spec: { type: 'object', properties: { a: text, b: text } } } },
  };
  const version = (name: string, storage: boolean) => ({ name, served: true, storage, schema });
  await server.send('POST', '/apis/apiextensions.k8s.io/v1/customresourcedefinitions', {
    metadata: { name: 'things.example.com' },
    spec: {
      group: 'example.com',
      scope: 'Namespaced',
      names: { plural: 'things', kind: 'Thing' },
      versions: [version('v1', true), version('v2', false)],
    },
  });
  const things = (name: string) => `/apis/example.com/${name}/namespaces/default/things`;
  await until(async () => (await server.send('GET', things('v2'))).code === 200);
  const thing = { apiVersion: 'example.com/v1', kind: 'Thing', metadata: { name: 'x' }, spec: { a: '1', b: '1' } };
  await server.send('PATCH', `${things('v1')}/x?fieldManager=first`, JSON.stringify(thing), {
    headers: { 'content-type': 'application/apply-patch+yaml' },
  });
  const patched = await server.send('PATCH', `${things('v2')}/x?fieldManager=second`, '{"spec":{"b":"2"}}', {
    headers: { 'content-type': 'application/merge-patch+json' },
  });
  const { metadata } = patched.json<{ metadata: { managedFields: Record<string, unknown>[] } }>();
  expect(
    metadata.managedFields.map(({ manager, apiVersion, fieldsV1 }) => ({ manager, apiVersion, fieldsV1 })),
  ).toEqual([
    { manager: 'first', apiVersion: 'example.com/v1', fieldsV1: { 'f:spec': { 'f:a': {} } } },
    { manager: 'second', apiVersion: 'example.com/v2', fieldsV1: { 'f:spec': { 'f:b': {} } } },
  ]);
});
