/**
 * Server-side apply of custom objects: the schema decides what is known, what is merged and who owns it.
 */
import { until } from '../../helper/process/until';
import { startTestServer, type TestServer } from './test-server';

jest.setTimeout(60_000);

const DEFINITIONS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
const NOXUS = '/apis/example.com/v1/noxus';
const OPEN = { 'x-kubernetes-preserve-unknown-fields': true };
const PORTS = {
  type: 'array',
  'x-kubernetes-list-type': 'map',
  'x-kubernetes-list-map-keys': ['containerPort', 'protocol'],
  items: {
    type: 'object',
    required: ['containerPort', 'protocol'],
    properties: {
      containerPort: { type: 'integer', format: 'int32' },
      protocol: { type: 'string' },
      name: { type: 'string' },
    },
  },
};
const TEMPLATE = {
  type: 'object',
  'x-kubernetes-embedded-resource': true,
  properties: { metadata: { type: 'object', properties: { name: { type: 'string' } } }, spec: { type: 'object' } },
};

const specOf = (more: object, properties: object = {}) => ({
  type: 'object',
  properties: {
    spec: { type: 'object', ...more, properties: { foo: { type: 'string' }, ports: PORTS, ...properties } },
  },
});

let server: TestServer;
beforeEach(async () => {
  server = await startTestServer();
});
afterEach(() => server.stop());

async function define(schema: object): Promise<void> {
  await server.send('POST', DEFINITIONS, {
    metadata: { name: 'noxus.example.com' },
    spec: {
      group: 'example.com',
      scope: 'Cluster',
      names: { plural: 'noxus', kind: 'Noxu' },
      versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: schema } }],
    },
  });
  await until(async () => (await server.send('GET', NOXUS)).code === 200);
}

/** Applies YAML with strict validation. */
function apply(lines: string, manager = 'tester', query = '') {
  const body = `\napiVersion: example.com/v1\nkind: Noxu\nmetadata:\n  name: mytest\n${lines}`;
  const headers = { 'content-type': 'application/apply-patch+yaml' };
  const path = `${NOXUS}/mytest?fieldManager=${manager}&fieldValidation=Strict${query}`;
  return server.send('PATCH', path, body, { headers });
}

const SPEC = `spec:
  foo: foo1
  ports:
  - name: x
    containerPort: 80
    protocol: TCP
`;

it('takes unknown fields where the schema is open', async () => {
  await define({ type: 'object', ...OPEN });
  expect((await apply(`${SPEC}  unknown: uk1\n`)).code).toBe(201);
});

it('refuses fields the schema does not have', async () => {
  await define(specOf({}));
  expect((await apply(`unknownField: unknown\n${SPEC}`)).text).toContain('.unknownField: field not declared in schema');
});

it('refuses unknown metadata, of the object and of those embedded in it', async () => {
  await define(specOf(OPEN, { template: TEMPLATE }));
  const template =
    '  template:\n    apiVersion: foo/v1\n    kind: Sub\n    metadata:\n      name: sub\n      unknownSubMeta: unknown\n';
  expect((await apply(SPEC + template)).text).toContain(
    '.spec.template.metadata.unknownSubMeta: field not declared in schema',
  );
  expect((await apply(`  unknownMeta: unknown\n${SPEC}`)).text).toContain(
    '.metadata.unknownMeta: field not declared in schema',
  );
});

it('refuses fields that are given twice, even where the schema is open', async () => {
  await define(specOf(OPEN));
  const { text } = await apply('spec:\n  unknown: uk1\n  foo: foo1\n  foo: foo2\n');
  expect(text).toContain(String.raw`line 9: key \"foo\" already set in map`);
});

it('merges keyed lists and tells managers apart', async () => {
  await define(specOf({}));
  await apply(SPEC, 'first');
  const second = await apply('spec:\n  ports:\n  - name: y\n    containerPort: 81\n    protocol: TCP\n', 'second');
  expect(second.json()).toMatchObject({ spec: { foo: 'foo1', ports: [{ containerPort: 80 }, { containerPort: 81 }] } });
  const conflict = await apply('spec:\n  foo: other\n', 'second');
  expect([conflict.code, conflict.text]).toEqual([
    409,
    expect.stringContaining('conflict with \\"first\\": .spec.foo'),
  ]);
  expect((await apply('spec:\n  foo: other\n', 'second', '&force=true')).json()).toMatchObject({
    spec: { foo: 'other', ports: [{ containerPort: 80 }] },
  });
});
