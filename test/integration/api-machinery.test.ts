/**
 * Scenarios of Kubernetes' conformance tests of SIG api-machinery that no other test here plays: what a typed Go client does, step by step.
 */

import type { RunningComponent } from '../../helper/process/component';
import { until } from '../../helper/process/until';
import { component as quotaController } from '../../master/controllers/resourcequota/main';
import { CONFIG_MAPS, configMap, DEPLOYMENTS, deployment, MERGE, makeDefaultAccount, PODS, pod } from './objects';
import { startBeside } from './start-beside';
import { startTestServer, type TestServer } from './test-server';

jest.setTimeout(30_000);

let server: TestServer;
let quotas: RunningComponent;

beforeAll(async () => {
  server = await startTestServer();
  await makeDefaultAccount(server);
  quotas = await startBeside(server, quotaController);
});
afterAll(async () => {
  await quotas?.stop();
  await server?.stop();
});

interface Meta {
  readonly name: string;
  readonly resourceVersion: string;
  readonly labels?: Readonly<Record<string, string>>;
}
interface Thing {
  readonly metadata: Meta;
  readonly spec: Readonly<Record<string, unknown>>;
  readonly status?: { readonly conditions?: readonly Readonly<Record<string, string>>[]; readonly hard?: object };
}
const STRATEGIC = { headers: { 'content-type': 'application/strategic-merge-patch+json' } };
const JSON_PATCH = { headers: { 'content-type': 'application/json-patch+json' } };
const TABLE = { headers: { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' } };
const API_SERVICES = '/apis/apiregistration.k8s.io/v1/apiservices';
const DEFINITIONS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';

const get = async (path: string) => (await server.send('GET', path)).json<Thing>();

/** Reads, changes and writes until nobody was in between. */
async function retried(path: string, write: string, change: (object: Thing) => object): Promise<Thing> {
  for (;;) {
    const answer = await server.send('PUT', write, change(await get(path)));
    if (answer.code === 409) continue;
    expect([answer.code, answer.text]).toEqual([200, expect.anything()]);
    return answer.json<Thing>();
  }
}

describe('client-go that prefers protobuf', () => {
  it.each(['application/vnd.kubernetes.protobuf,application/json', 'application/vnd.kubernetes.protobuf, */*'])(
    'gets JSON with Accept %s, wherever it asks',
    async (accept) => {
      const headers = { accept };
      await server.send('POST', CONFIG_MAPS, configMap('negotiated'));
      const asked: [string, string, unknown?][] = [
        ['GET', CONFIG_MAPS],
        ['GET', `${CONFIG_MAPS}/negotiated`],
        ['GET', `${CONFIG_MAPS}/missing`],
        ['GET', `${CONFIG_MAPS}?watch=true&timeoutSeconds=1`],
        ['PATCH', `${CONFIG_MAPS}/negotiated`, [{ op: 'add', path: '/data', value: { a: 'b' } }]],
        ['DELETE', `${CONFIG_MAPS}/negotiated`],
        ['DELETE', `${CONFIG_MAPS}?labelSelector=none%3Dsuch`],
        ['GET', '/version'],
        ['GET', '/api'],
        ['GET', '/apis/'],
        ['GET', '/apis/apps/'],
        ['GET', '/apis/apps/v1'],
        ['GET', '/openapi/v3'],
        ['POST', '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews', { spec: { nonResourceAttributes: {} } }],
        ['GET', '/apis/nobody.example.com/v1/things'],
      ];
      for (const [method, path, body] of asked) {
        const type = method === 'PATCH' ? JSON_PATCH.headers : {};
        const answer = await server.send(method, path, body, { headers: { ...headers, ...type } });
        expect([path, answer.code, answer.headers['content-type']]).toEqual([
          path,
          path.includes('missing') || path.includes('nobody') ? 404 : method === 'POST' ? 201 : 200,
          expect.stringContaining('application/json'),
        ]);
      }
    },
  );
});

it('a CustomResourceDefinition takes any condition in its status, and is served on', async () => {
  const name = 'noxus.mygroup.example.com';
  const schema = { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } };
  await server.send('POST', DEFINITIONS, {
    metadata: { name },
    spec: {
      group: 'mygroup.example.com',
      scope: 'Cluster',
      names: { plural: 'noxus', kind: 'Noxu' },
      versions: [{ name: 'v1', served: true, storage: true, schema }],
    },
  });
  await until(async () => (await server.send('GET', '/apis/mygroup.example.com/v1/noxus')).code === 200);
  const path = `${DEFINITIONS}/${name}`;
  const added = { type: '', status: '', message: 'updated' };
  const updated = await retried(`${path}/status`, `${path}/status`, (object) => ({
    ...object,
    status: { ...object.status, conditions: [...(object.status?.conditions ?? []), added] },
  }));
  expect(updated.status?.conditions).toContainEqual(expect.objectContaining({ message: 'updated' }));
  const patch = [{ op: 'add', path: '/status/conditions', value: [{ message: 'patched' }] }];
  const patched = await server.send('PATCH', `${path}/status`, patch, JSON_PATCH);
  expect(patched.json<Thing>().status?.conditions).toContainEqual(expect.objectContaining({ message: 'patched' }));
  await server.send('DELETE', path);
  await until(async () => (await server.send('GET', '/apis/mygroup.example.com/v1/noxus')).code === 404);
});

it('an APIService is patched, labelled, replaced, and deleted by its label; / no longer lists its group', async () => {
  const name = 'v1alpha1.gone.example.com';
  const path = `${API_SERVICES}/${name}`;
  const paths = async () => (await server.send('GET', '/')).json<{ paths: string[] }>().paths;
  const created = await server.send('POST', API_SERVICES, {
    apiVersion: 'apiregistration.k8s.io/v1',
    kind: 'APIService',
    metadata: { name },
    spec: {
      service: { namespace: 'default', name: 'nobody' },
      group: 'gone.example.com',
      version: 'v1alpha1',
      insecureSkipTLSVerify: true,
      groupPriorityMinimum: 2000,
      versionPriority: 200,
    },
  });
  expect(created.code).toBe(201);
  await until(async () => ((await get(`${path}/status`)).status?.conditions ?? []).length > 0);
  const priority = await server.send('PATCH', path, { spec: { versionPriority: 400 } }, MERGE);
  expect(priority.json<Thing>().spec.versionPriority).toBe(400);
  await retried(path, path, (object) => ({ ...object, metadata: { ...object.metadata, labels: { e2e: 'x' } } }));
  const condition = { type: 'StatusUpdated', status: 'True', reason: 'E2E', message: 'Set from e2e test' };
  const updated = await retried(path, `${path}/status`, (object) => ({
    ...object,
    status: { conditions: [...(object.status?.conditions ?? []), condition] },
  }));
  expect(updated.status?.conditions).toContainEqual(expect.objectContaining({ type: 'StatusUpdated' }));
  const patched = await server.send(
    'PATCH',
    `${path}/status`,
    { status: { conditions: [{ type: 'StatusPatched', status: 'True', reason: 'E2E', message: 'p' }] } },
    MERGE,
  );
  expect(patched.json<Thing>().status?.conditions).toContainEqual(expect.objectContaining({ type: 'StatusPatched' }));
  expect(await paths()).toEqual(expect.arrayContaining(['/apis/gone.example.com', '/apis/gone.example.com/v1alpha1']));
  const removed = await server.send('DELETE', `${API_SERVICES}?labelSelector=e2e%3Dx`);
  expect([removed.code, removed.json<{ items: object[] }>().items.length]).toEqual([200, 1]);
  expect((await server.send('GET', path)).code).toBe(404);
  expect(await paths()).not.toContain('/apis/gone.example.com');
  expect((await server.send('GET', `${API_SERVICES}?labelSelector=e2e%3Dx`)).json<{ items: object[] }>().items).toEqual(
    [],
  );
});

it('a backend without metadata answers 406 to who wants a Table', async () => {
  const review = { spec: { nonResourceAttributes: { path: '/', verb: 'get' } } };
  const answer = await server.send('POST', '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews', review, TABLE);
  expect(answer.json()).toMatchObject({ code: 406, reason: 'NotAcceptable' });
});

it('fields that are unknown or given twice are named, typed objects and their metadata alike', async () => {
  const { spec, ...rest } = deployment('strict');
  const text = JSON.stringify({ ...rest, spec: { ...spec, unknownField: 'foo' } }).replace(
    '"replicas":2',
    '"replicas":2,"replicas":3',
  );
  const refused = await server.send('POST', `${DEPLOYMENTS}?fieldManager=m&fieldValidation=Strict`, text);
  expect(refused.json<{ message: string }>().message).toContain('strict decoding error: ');
  expect(refused.text).toContain('unknown field \\"spec.unknownField\\"');
  expect(refused.text).toContain('duplicate field \\"spec.replicas\\"');
  const meta = { ...deployment('strict'), metadata: { name: 'strict', unknownMeta: 'foo' } };
  const second = await server.send('POST', `${DEPLOYMENTS}?fieldValidation=Strict`, meta);
  expect(second.text).toContain('strict decoding error: unknown field \\"metadata.unknownMeta\\"');
});

it('a namespace takes a patch, a status and a finalizer', async () => {
  const path = '/api/v1/namespaces/patched';
  await server.send('POST', '/api/v1/namespaces', { metadata: { name: 'patched' } });
  const labelled = await server.send('PATCH', path, { metadata: { labels: { testLabel: 'testValue' } } }, STRATEGIC);
  expect(labelled.json<Thing>().metadata.labels).toMatchObject({ testLabel: 'testValue' });
  const condition = { type: 'StatusPatch', status: 'True', reason: 'E2E', message: 'Patched by an e2e test' };
  const patched = await server.send('PATCH', `${path}/status`, { status: { conditions: [condition] } }, MERGE);
  expect(patched.json<Thing>().status?.conditions).toHaveLength(1);
  const second = { ...condition, type: 'StatusUpdate' };
  const updated = await retried(path, `${path}/status`, (object) => ({
    ...object,
    status: { ...object.status, conditions: [...(object.status?.conditions ?? []), second] },
  }));
  expect(updated.status?.conditions).toHaveLength(2);
  const finalized = await retried(path, `${path}/finalize`, (object) => ({
    ...object,
    spec: { finalizers: ['e2e.example.com/fakeFinalizer', 'kubernetes'] },
  }));
  expect(finalized.spec.finalizers).toContain('e2e.example.com/fakeFinalizer');
  const freed = await retried(path, `${path}/finalize`, (object) => ({
    ...object,
    spec: { finalizers: ['kubernetes'] },
  }));
  expect(freed.spec.finalizers).toEqual(['kubernetes']);
});

it('a ResourceQuota is selected over all namespaces, patched, and its status can be written until the controller counts anew', async () => {
  const collection = '/api/v1/namespaces/default/resourcequotas';
  const path = `${collection}/status`;
  const quota = {
    metadata: { name: 'status', labels: { e2e: 'q' } },
    spec: { hard: { cpu: '500m', memory: '500Mi' } },
  };
  expect((await server.send('POST', collection, quota)).code).toBe(201);
  const all = (await server.send('GET', '/api/v1/resourcequotas?labelSelector=e2e%3Dq')).json<{ items: Thing[] }>();
  expect(all.items).toHaveLength(1);
  const written = await retried(path, `${path}/status`, (object) => ({ ...object, status: { hard: quota.spec.hard } }));
  expect(written.status?.hard).toEqual(quota.spec.hard);
  const hard = { cpu: '1', memory: '1Gi' };
  const respecified = await server.send('PATCH', path, { spec: { hard } }, STRATEGIC);
  expect(respecified.json<Thing>().spec.hard).toEqual(hard);
  const patch = { status: { hard: { cpu: '2', memory: '2Gi' } } };
  const patched = await server.send('PATCH', `${path}/status`, patch, STRATEGIC);
  expect(patched.json<Thing>().status?.hard).toEqual({ cpu: '2', memory: '2Gi' });
  await until(async () => JSON.stringify((await get(path)).status?.hard) === JSON.stringify(hard));
  const removed = await server.send('DELETE', `${collection}?labelSelector=e2e%3Dq`);
  expect(removed.json<{ items: object[] }>().items).toHaveLength(1);
  expect((await server.send('GET', path)).code).toBe(404);
});

it('a policy is type-checked: what is right without, what is confused with both warnings', async () => {
  const group = '/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies';
  const policy = (name: string, validation: object) => ({
    metadata: { name },
    spec: {
      matchConstraints: {
        namespaceSelector: { matchLabels: { nobody: 'true' } },
        resourceRules: [
          { operations: ['CREATE', 'UPDATE'], apiGroups: ['apps'], apiVersions: ['v1'], resources: ['deployments'] },
        ],
      },
      validations: [validation],
    },
  });
  const warnings = async (name: string) => {
    const { status } = (await server.send('GET', `${group}/${name}`)).json<{
      status?: { typeChecking?: { expressionWarnings?: { fieldRef: string; warning: string }[] } };
    }>();
    return status?.typeChecking && (status.typeChecking.expressionWarnings ?? []);
  };
  await server.send('POST', group, policy('correct', { expression: 'object.spec.replicas > 1' }));
  const messageExpression = "'wants replicas > 1, got ' + object.spec.replicas";
  await server.send('POST', group, policy('confused', { expression: "object.spec.replicas > '1'", messageExpression }));
  await until(async () => (await warnings('correct')) !== undefined && (await warnings('confused')) !== undefined);
  expect(await warnings('correct')).toEqual([]);
  expect(await warnings('confused')).toEqual([
    {
      fieldRef: 'spec.validations[0].expression',
      warning: expect.stringContaining("found no matching overload for '_>_' applied to '(int, string)'"),
    },
    {
      fieldRef: 'spec.validations[0].messageExpression',
      warning: expect.stringContaining("found no matching overload for '_+_' applied to '(string, int)'"),
    },
  ]);
});

it('a large list is read in chunks, also as Tables, and a pod is shown as one', async () => {
  const templates = '/api/v1/namespaces/default/podtemplates';
  const template = { spec: { containers: [{ name: 'test', image: 'test2' }] } };
  for (let index = 0; index < 20; index++) {
    const name = `template-${String(index).padStart(4, '0')}`;
    expect((await server.send('POST', templates, { metadata: { name }, template })).code).toBe(201);
  }
  interface Page {
    readonly metadata: {
      readonly continue?: string;
      readonly remainingItemCount?: number;
      readonly resourceVersion: string;
    };
    readonly rows: { readonly cells: string[] }[];
  }
  const beta = { headers: { accept: 'application/json;as=Table;v=v1beta1;g=meta.k8s.io' } };
  const first = (await server.send('GET', `${templates}?limit=2`, undefined, beta)).json<Page>();
  expect(first.rows.map(({ cells }) => cells[0])).toEqual(['template-0000', 'template-0001']);
  expect(first.metadata).toMatchObject({ continue: expect.any(String), remainingItemCount: 18 });
  const token = encodeURIComponent(first.metadata.continue ?? '');
  const second = (await server.send('GET', `${templates}?continue=${token}`, undefined, beta)).json<Page>();
  expect(second.rows[0]?.cells[0]).toBe('template-0002');
  expect(second.rows).toHaveLength(18);
  await server.send('POST', PODS, pod('tabled'));
  const table = await server.send('GET', `${PODS}/tabled`, undefined, beta);
  expect(table.json()).toMatchObject({
    kind: 'Table',
    apiVersion: 'meta.k8s.io/v1beta1',
    rows: [{ cells: expect.anything() }],
  });
});

it('component statuses say who is well and who is not there, with a warning that they are deprecated', async () => {
  const answer = await server.send('GET', '/api/v1/componentstatuses');
  expect(answer.headers.warning).toContain('v1 ComponentStatus is deprecated in v1.19+');
  const { items } = answer.json<{ items: { metadata: Meta; conditions: object[] }[] }>();
  expect(items.map(({ metadata }) => metadata.name)).toEqual(['controller-manager', 'scheduler', 'etcd-0']);
  expect(items[2]?.conditions).toEqual([{ type: 'Healthy', status: 'True', message: 'ok' }]);
  expect(items[1]?.conditions).toMatchObject([{ type: 'Healthy', status: 'False' }]);
  const table = await server.send('GET', '/api/v1/componentstatuses/etcd-0', undefined, TABLE);
  expect(table.json<{ rows: { cells: string[] }[] }>().rows[0]?.cells).toEqual(['etcd-0', 'Healthy', 'ok', '']);
  expect((await server.send('GET', '/api/v1/componentstatuses/nobody')).code).toBe(404);
  expect((await server.send('DELETE', '/api/v1/componentstatuses/etcd-0')).code).toBe(405);
  expect((await server.send('GET', '/api/v1')).text).toContain('"shortNames":["cs"]');
});
