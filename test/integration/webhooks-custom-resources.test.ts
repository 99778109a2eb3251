/**
 * Admission webhooks over definitions and custom resources: the cases of Kubernetes' conformance tests.
 */
import { until } from '../../helper/process/until';
import { MERGE } from './objects';
import { startTestServer, type TestServer } from './test-server';
import { startWebhookServer, type WebhookServer } from './webhook-server';

let server: TestServer;
let hooks: WebhookServer;

const GROUP = 'webhook.example.com';
const DEFINITIONS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
const ADMISSION = '/apis/admissionregistration.k8s.io/v1';
const THINGS = (version: string) => `/apis/${GROUP}/${version}/namespaces/default/things`;

interface Thing {
  readonly metadata: { readonly name: string };
  readonly data?: Readonly<Record<string, string>>;
}

const data = {
  type: 'object',
  properties: { 'mutation-start': { type: 'string' }, 'mutation-stage-1': { type: 'string' } },
};
const closed = { openAPIV3Schema: { type: 'object', properties: { data } } };
const open = { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } };

const definition = (stored: 'v1' | 'v2', schema: object) => ({
  metadata: { name: `things.${GROUP}` },
  spec: {
    group: GROUP,
    scope: 'Namespaced',
    names: { plural: 'things', kind: 'Thing' },
    versions: ['v1', 'v2'].map((name) => ({ name, served: true, storage: name === stored, schema })),
  },
});

beforeAll(async () => {
  server = await startTestServer();
  hooks = await startWebhookServer();
}, 30_000);
afterAll(async () => {
  await hooks?.stop();
  await server?.stop();
});

async function define(stored: 'v1' | 'v2', schema: object): Promise<void> {
  expect((await server.send('POST', DEFINITIONS, definition(stored, schema))).code).toBe(201);
  await until(async () => (await server.send('GET', THINGS('v2'))).code === 200);
}

const made: string[] = [];
afterEach(async () => {
  for (const path of made.splice(0)) await server.send('DELETE', path);
  await server.send('DELETE', `${DEFINITIONS}/things.${GROUP}`);
  await until(async () => (await server.send('GET', `${DEFINITIONS}/things.${GROUP}`)).code === 404);
  hooks.asked.length = 0;
});

async function configure(sort: 'mutating' | 'validating', name: string, webhook: object): Promise<void> {
  const path = `${ADMISSION}/${sort}webhookconfigurations`;
  const rules = [{ operations: ['*'], apiGroups: [GROUP], apiVersions: ['*'], resources: ['things'] }];
  const complete = {
    name: `${name}.${GROUP}`,
    rules,
    admissionReviewVersions: ['v1'],
    sideEffects: 'None',
    ...webhook,
  };
  expect((await server.send('POST', path, { metadata: { name }, webhooks: [complete] })).code).toBe(201);
  made.push(`${path}/${name}`);
}

const thing = (name: string, version = 'v1', values: object = { 'mutation-start': 'yes' }) => ({
  apiVersion: `${GROUP}/${version}`,
  kind: 'Thing',
  metadata: { name },
  data: values,
});
const stage = (from: string, to: string) => (question: { object: Record<string, unknown> | null }) => {
  const values = question.object?.data as Record<string, string> | undefined;
  return values?.[from] === 'yes' ? { patch: [{ op: 'add', path: `/data/${to}`, value: 'yes' }] } : {};
};

it('creation, update and deletion of a custom resource are denied until it complies', async () => {
  await define('v1', open);
  const clientConfig = hooks.on('/custom', ({ object, oldObject }) => {
    const of = (value: Record<string, unknown> | null) => (value?.data as Record<string, string> | undefined)?.key;
    const isBad = [object, oldObject].some((value) => of(value) === 'bad');
    return { allowed: !isBad, status: { message: 'the custom resource contains unwanted data' } };
  });
  const post = (name: string, key: string) => server.send('POST', THINGS('v1'), thing(name, 'v1', { key }));
  expect((await post('kept', 'bad')).code).toBe(201);
  await configure('validating', 'deny', { clientConfig });
  expect((await post('new', 'bad')).text).toContain('the custom resource contains unwanted data');
  expect((await post('good', 'fine')).code).toBe(201);
  const worse = await server.send('PATCH', `${THINGS('v1')}/good`, { data: { key: 'bad' } }, MERGE);
  expect(worse.text).toContain('unwanted data');
  expect((await server.send('DELETE', `${THINGS('v1')}/kept`)).text).toContain('unwanted data');
  await server.send('DELETE', made.pop() ?? '');
  expect((await server.send('PATCH', `${THINGS('v1')}/kept`, { data: { key: 'fine' } }, MERGE)).code).toBe(200);
  expect((await server.send('DELETE', `${THINGS('v1')}/kept`)).code).toBe(200);
});

it.each([
  ['keeps all', open, { 'mutation-start': 'yes', 'mutation-stage-1': 'yes', 'mutation-stage-2': 'yes' }],
  ['prunes what its schema lacks', closed, { 'mutation-start': 'yes', 'mutation-stage-1': 'yes' }],
])('what webhooks add to a custom resource that %s', async (_what, schema, expected) => {
  await define('v1', schema);
  await configure('mutating', 'first', {
    clientConfig: hooks.on('/first', stage('mutation-start', 'mutation-stage-1')),
  });
  await configure('mutating', 'second', {
    clientConfig: hooks.on('/second', stage('mutation-stage-1', 'mutation-stage-2')),
  });
  const created = await server.send('POST', THINGS('v1'), thing('changed'));
  expect(created.json<Thing>().data).toEqual(expected);
});

it('webhooks go on when another version comes to be stored', async () => {
  await define('v1', open);
  const clientConfig = hooks.on('/versions', stage('mutation-start', 'mutation-stage-1'));
  await configure('mutating', 'versions', { clientConfig });
  expect((await server.send('POST', THINGS('v1'), thing('old'))).code).toBe(201);
  const versions = [
    { op: 'replace', path: '/spec/versions/0/storage', value: false },
    { op: 'replace', path: '/spec/versions/1/storage', value: true },
  ];
  const type = { headers: { 'content-type': 'application/json-patch+json' } };
  expect((await server.send('PATCH', `${DEFINITIONS}/things.${GROUP}`, versions, type)).code).toBe(200);
  const patched = async () => server.send('PATCH', `${THINGS('v1')}/old`, { data: { dummy: 'test' } }, MERGE);
  await until(async () => (await patched()).code === 200);
  expect((await server.send('GET', `${THINGS('v2')}/old`)).json<Thing>().data).toMatchObject({
    'mutation-stage-1': 'yes',
    dummy: 'test',
  });
});

it('the creation of a definition is denied', async () => {
  const clientConfig = hooks.on('/crd', ({ object }) => ({
    allowed: object?.metadata.name !== `things.${GROUP}`,
    status: { message: 'the crd contains unwanted label' },
  }));
  const rules = [
    {
      operations: ['CREATE'],
      apiGroups: ['apiextensions.k8s.io'],
      apiVersions: ['*'],
      resources: ['customresourcedefinitions'],
    },
  ];
  await configure('validating', 'definitions', { clientConfig, rules });
  const refused = await server.send('POST', DEFINITIONS, definition('v1', open));
  expect(refused.text).toContain('the crd contains unwanted label');
});
