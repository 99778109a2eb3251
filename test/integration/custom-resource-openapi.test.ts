/**
 * What the API says about custom kinds: OpenAPI v2 and v3 while definitions come, change and go, and kubectl's view of it.
 */
import { until } from '../../helper/process/until';
import { hasStockKubectl, StockKubectl } from './stock-kubectl';
import { startTestServer, type TestServer } from './test-server';

jest.setTimeout(60_000);

const DEFINITIONS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
const text = (description: string) => ({ type: 'string', description });
const FOO = {
  description: 'Foo CRD for Testing',
  type: 'object',
  properties: {
    spec: {
      type: 'object',
      description: 'Specification of Foo',
      properties: {
        bars: {
          description: 'List of Bars and their specs.',
          type: 'array',
          items: {
            type: 'object',
            required: ['name'],
            properties: {
              name: text('Name of Bar.'),
              feeling: { ...text('Whether Bar is feeling great.'), enum: ['Great', 'Down'] },
              bazs: { description: 'List of Bazs.', type: 'array', items: { type: 'string' } },
            },
          },
        },
      },
    },
  },
};
const OPEN = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };
const NESTED = {
  type: 'object',
  description: 'open below',
  properties: { spec: { ...OPEN, properties: { a: { type: 'object' } } } },
};

function definition(schema: object, versions = ['v1']) {
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: 'foos.example.com' },
    spec: {
      group: 'example.com',
      scope: 'Namespaced',
      names: { plural: 'foos', singular: 'foo', kind: 'Foo', listKind: 'FooList' },
      versions: versions.map((name, index) => ({
        name,
        served: true,
        storage: index === 0,
        schema: { openAPIV3Schema: schema },
      })),
    },
  };
}

let server: TestServer;
beforeEach(async () => {
  server = await startTestServer();
});
afterEach(() => server.stop());

/** The v2 definition of a kind, without what every object has; undefined when it is not there. */
async function published(name: string): Promise<object | undefined> {
  const { definitions } = (await server.send('GET', '/openapi/v2')).json<{
    definitions: Record<string, { properties?: Record<string, object> }>;
  }>();
  const found = definitions[name];
  if (!found) return undefined;
  const { properties, ...rest } = found;
  const { apiVersion: _a, kind: _k, metadata: _m, ...own } = properties ?? {};
  const gvk = 'x-kubernetes-group-version-kind';
  return Object.fromEntries(
    Object.entries({ ...rest, properties: properties && own }).filter(([key, value]) => key !== gvk && value),
  );
}

const isPublished = (name: string, schema: object) => async () =>
  JSON.stringify(sorted(await published(name))) === JSON.stringify(sorted(schema));

function sorted(value: unknown): unknown {
  if (Array.isArray(value) || typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, inner]) => [key, sorted(inner)]),
  );
}

describe('/openapi/v2', () => {
  it('has each served version of a definition as long as it is served', async () => {
    const given = definition(FOO, ['v2', 'v3']);
    await server.send('POST', DEFINITIONS, given);
    await until(isPublished('com.example.v2.Foo', FOO));
    await until(isPublished('com.example.v3.Foo', FOO));
    const rename = [{ op: 'replace', path: '/spec/versions/1/name', value: 'v4' }];
    const headers = { 'content-type': 'application/json-patch+json' };
    await server.send('PATCH', `${DEFINITIONS}/foos.example.com`, rename, { headers });
    await until(isPublished('com.example.v4.Foo', FOO));
    expect(await published('com.example.v3.Foo')).toBeUndefined();
    const unserve = [{ op: 'replace', path: '/spec/versions/1/served', value: false }];
    await server.send('PATCH', `${DEFINITIONS}/foos.example.com`, unserve, { headers });
    await until(async () => (await published('com.example.v4.Foo')) === undefined);
    expect(await isPublished('com.example.v2.Foo', FOO)()).toBe(true);
    await server.send('DELETE', `${DEFINITIONS}/foos.example.com`);
    await until(async () => (await published('com.example.v2.Foo')) === undefined);
  });

  it('says no more than "object" of a kind that takes everything', async () => {
    await server.send('POST', DEFINITIONS, definition(OPEN));
    await until(isPublished('com.example.v1.Foo', { type: 'object' }));
  });

  it('answers 304 to a client that has the document', async () => {
    const { headers } = await server.send('GET', '/openapi/v2');
    const again = await server.send('GET', '/openapi/v2', undefined, {
      headers: { 'if-none-match': headers.etag ?? '' },
    });
    expect(again.code).toBe(304);
  });
});

(hasStockKubectl ? describe : describe.skip)('stock kubectl', () => {
  let kubectl: StockKubectl;
  beforeEach(() => {
    kubectl = new StockKubectl(server);
  });
  afterEach(() => kubectl.stop());

  async function define(schema: object) {
    await server.send('POST', DEFINITIONS, definition(schema));
    await until(async () => (await server.send('GET', '/apis/example.com/v1')).code === 200);
  }
  const foo = (rest: object) =>
    JSON.stringify({ kind: 'Foo', apiVersion: 'example.com/v1', metadata: { name: 'a' }, ...rest });

  it('explains a custom kind and refuses what its schema refuses', async () => {
    await define(FOO);
    const explain = async (path: string) => (await kubectl.run(['explain', path])).out;
    expect(await explain('foos')).toMatch(
      /DESCRIPTION:.*Foo CRD for Testing.*FIELDS:.*apiVersion.*<string>.*APIVersion defines.*spec.*<Object>.*Specification of Foo/s,
    );
    expect(await explain('foos.metadata')).toMatch(
      /DESCRIPTION:.*Standard object's metadata.*FIELDS:.*creationTimestamp.*<string>.*CreationTimestamp is a timestamp/s,
    );
    expect(await explain('foos.spec')).toMatch(
      /DESCRIPTION:.*Specification of Foo.*FIELDS:.*bars.*<\[\]Object>.*List of Bars and their specs/s,
    );
    expect(await explain('foos.spec.bars')).toMatch(
      /bars.*<\[\]Object>.*DESCRIPTION:.*List of Bars and their specs.*FIELDS:.*bazs.*<\[\]string>.*List of Bazs.*name.*<string>.*Name of Bar/s,
    );
    expect((await kubectl.run(['explain', 'foos.spec.bars2'])).err).toContain('field "bars2" does not exist');

    for (const verb of ['create', 'apply']) {
      const attempt = async (spec: object) => (await kubectl.run([verb, '-f', '-'], foo({ spec }))).err;
      expect(await attempt({ foo: true })).toContain('unknown field "spec.foo"');
      expect(await attempt({ bars: [{ bazs: [] }] })).toContain('spec.bars[0].name: Required value');
      expect(await attempt({ bars: [{ name: 'x', feeling: 'Bored' }] })).toContain(
        'Unsupported value: "Bored": supported values: "Great", "Down"',
      );
      expect((await kubectl.run([verb, '-f', '-'], foo({ spec: { bars: [{ name: 'x' }] } }))).code).toBe(0);
      expect((await kubectl.run(['delete', 'foos', 'a'])).code).toBe(0);
    }
  });

  it('takes anything where the schema is open', async () => {
    await define(OPEN);
    const open = foo({ a: { b: [{ c: 'd' }] } });
    expect((await kubectl.run(['create', '-f', '-'], open)).err).toBe('');
    expect((await kubectl.run(['apply', '-f', '-'], open)).code).toBe(0);
    expect((await kubectl.run(['explain', 'foos'])).out).toMatch(/DESCRIPTION:.*<empty>/s);
  });

  it('takes anything below an open field', async () => {
    await define(NESTED);
    expect((await kubectl.run(['create', '-f', '-'], foo({ spec: { a: null, b: [{ c: 'd' }] } }))).err).toBe('');
    expect((await kubectl.run(['explain', 'foos'])).out).toMatch(/DESCRIPTION:.*open below/s);
  });
});
