/**
 * Kinds of the user's own, from the definition to the last object, through the real server and stock kubectl.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { until } from '../../helper/process/until';
import { MERGE } from './objects';
import { hasStockKubectl, StockKubectl } from './stock-kubectl';
import { startTestServer, type TestServer } from './test-server';
import { openWatch } from './watch-client';

jest.setTimeout(60_000);

const SAMPLE = readFileSync(join(__dirname, '../../yaml_default/custom-resource-definition.yaml'), 'utf8');
const DEFINITIONS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
const NAME = 'crontabs.stable.example.com';
const CRONTABS = '/apis/stable.example.com/v1/namespaces/default/crontabs';
const YAML = { headers: { 'content-type': 'application/yaml' } };

const cronTab = (name: string, spec: object = { cronSpec: '* * * * */5', image: 'my-image' }, more: object = {}) => ({
  apiVersion: 'stable.example.com/v1',
  kind: 'CronTab',
  metadata: { name },
  spec,
  ...more,
});

interface Definition {
  metadata: { resourceVersion: string; finalizers?: string[]; deletionTimestamp?: string };
  spec: { versions: { name: string; served: boolean; storage: boolean; schema: { openAPIV3Schema: object } }[] };
  status: { conditions: { type: string; status: string; reason: string }[]; storedVersions: string[] };
}

let server: TestServer;
beforeEach(async () => {
  server = await startTestServer();
});
afterEach(() => server.stop());

const conditionOf = (definition: Definition, type: string) =>
  definition.status.conditions.find((condition) => condition.type === type);

/** Asks again until there is an answer, and returns it. */
async function eventually<T>(ask: () => Promise<T | undefined | false>): Promise<T> {
  let answer: T | undefined | false;
  await until(async () => {
    answer = await ask();
    return Boolean(answer);
  });
  return answer as T;
}

async function define(body: unknown = SAMPLE, name = NAME): Promise<Definition> {
  const options = typeof body === 'string' ? YAML : {};
  const { code, text } = await server.send('POST', DEFINITIONS, body, options);
  expect([code, text]).toEqual([201, expect.any(String)]);
  return eventually(async () => {
    const found = (await server.send('GET', `${DEFINITIONS}/${name}`)).json<Definition>();
    return conditionOf(found, 'Established')?.status === 'True' ? found : undefined;
  });
}

describe('a custom resource definition', () => {
  it('is established, and its kind is served, listed, found and gone again', async () => {
    const definition = await define();
    expect(definition.status).toMatchObject({
      acceptedNames: {
        plural: 'crontabs',
        singular: 'crontab',
        kind: 'CronTab',
        listKind: 'CronTabList',
        shortNames: ['ct'],
      },
      storedVersions: ['v1'],
    });
    const created = await server.send('POST', CRONTABS, cronTab('a'));
    expect(created.code).toBe(201);
    expect(created.json()).toMatchObject({ metadata: { generation: 1 }, spec: { replicas: 1 } });
    const list = (await server.send('GET', CRONTABS)).json<{ kind: string; items: unknown[] }>();
    expect([list.kind, list.items.length]).toEqual(['CronTabList', 1]);
    const discovery = (await server.send('GET', '/apis/stable.example.com/v1')).json<{
      resources: { name: string }[];
    }>();
    expect(discovery.resources.map(({ name }) => name)).toEqual(['crontabs', 'crontabs/scale', 'crontabs/status']);

    expect((await server.send('DELETE', `${DEFINITIONS}/${NAME}`)).code).toBe(200);
    await eventually(async () => (await server.send('GET', `${DEFINITIONS}/${NAME}`)).code === 404 || undefined);
    expect((await server.send('GET', CRONTABS)).code).toBe(404);
    await define();
    expect((await server.send('GET', CRONTABS)).json<{ items: unknown[] }>().items).toEqual([]);
  });

  it('waits for objects that have finalizers, and takes no new ones meanwhile', async () => {
    await define();
    const held = cronTab('held');
    await server.send('POST', CRONTABS, { ...held, metadata: { name: 'held', finalizers: ['example.com/wait'] } });
    await server.send('DELETE', `${DEFINITIONS}/${NAME}`);
    const object = await eventually(async () => {
      const found = (await server.send('GET', `${CRONTABS}/held`)).json<Definition>();
      return found.metadata.deletionTimestamp ? found : undefined;
    });
    expect(object.metadata.finalizers).toEqual(['example.com/wait']);
    const refused = await server.send('POST', CRONTABS, cronTab('late'));
    expect(refused.json()).toMatchObject({
      code: 405,
      message: 'create not allowed while custom resource definition is terminating',
    });
    const definition = (await server.send('GET', `${DEFINITIONS}/${NAME}`)).json<Definition>();
    expect(conditionOf(definition, 'Terminating')).toMatchObject({
      status: 'True',
      reason: 'InstanceDeletionInProgress',
    });
    await server.send('PATCH', `${CRONTABS}/held`, { metadata: { finalizers: null } }, MERGE);
    await eventually(async () => (await server.send('GET', `${DEFINITIONS}/${NAME}`)).code === 404 || undefined);
  });

  it('is served again after a restart, with all its objects', async () => {
    await define();
    await server.send('POST', CRONTABS, cronTab('kept'));
    await server.startAgain();
    expect((await server.send('GET', `${CRONTABS}/kept`)).json()).toMatchObject({ spec: { replicas: 1 } });
  });

  it('does not get names that another one has', async () => {
    await define();
    const other = SAMPLE.replaceAll('crontabs', 'tabs')
      .replace('kind: CronTab', 'kind: Tab')
      .replace('singular: crontab', 'singular: tab');
    await server.send('POST', DEFINITIONS, other, YAML);
    const found = await eventually(async () => {
      const read = (await server.send('GET', `${DEFINITIONS}/tabs.stable.example.com`)).json<Definition>();
      return conditionOf(read, 'NamesAccepted') ? read : undefined;
    });
    expect(conditionOf(found, 'NamesAccepted')).toMatchObject({
      status: 'False',
      reason: 'ShortNamesConflict',
      message: '"ct" is already in use',
    });
    expect(conditionOf(found, 'Established')).toMatchObject({ status: 'False', reason: 'NotAccepted' });
    await server.send('DELETE', `${DEFINITIONS}/${NAME}`);
    await eventually(async () => {
      const read = (await server.send('GET', `${DEFINITIONS}/tabs.stable.example.com`)).json<Definition>();
      return conditionOf(read, 'Established')?.status === 'True' || undefined;
    });
  });

  it('changes what is served when it changes, and ends the watches', async () => {
    const definition = await define();
    await server.send('POST', CRONTABS, cronTab('a'));
    const watch = await openWatch(server, `${CRONTABS}?watch=1`);
    await watch.waitFor(1);
    const [version] = definition.spec.versions;
    const next = {
      ...definition,
      spec: {
        ...definition.spec,
        versions: [
          { ...version, storage: false },
          { ...version, name: 'v2', storage: true },
        ],
      },
    };
    const { code } = await server.send('PUT', `${DEFINITIONS}/${NAME}`, next);
    expect(code).toBe(200);
    await until(() => watch.ended());
    const v2 = CRONTABS.replace('v1', 'v2');
    const read = await eventually(async () => {
      const answer = await server.send('GET', `${v2}/a`);
      return answer.code === 200 ? answer : undefined;
    });
    expect(read.json()).toMatchObject({ apiVersion: 'stable.example.com/v2', spec: { replicas: 1 } });
    await server.send('POST', v2, { ...cronTab('b'), apiVersion: 'stable.example.com/v2' });
    expect((await server.send('GET', `${CRONTABS}/b`)).json()).toMatchObject({ apiVersion: 'stable.example.com/v1' });
    const after = (await server.send('GET', `${DEFINITIONS}/${NAME}`)).json<Definition>();
    expect(after.status.storedVersions).toEqual(['v1', 'v2']);
  });
});

describe('a custom resource', () => {
  beforeEach(() => define());

  it('is judged by its schema, in the words of Kubernetes', async () => {
    const { code, text } = await server.send('POST', CRONTABS, cronTab('bad', { cronSpec: '* * * *', replicas: 15 }));
    expect(code).toBe(422);
    const { message, details } = JSON.parse(text);
    expect(message).toBe(
      'CronTab.stable.example.com "bad" is invalid: [' +
        String.raw`spec.cronSpec: Invalid value: "* * * *": spec.cronSpec in body should match '^(\d+|\*)(/\d+)?(\s+(\d+|\*)(/\d+)?){4}$', ` +
        'spec.replicas: Invalid value: 15: spec.replicas in body should be less than or equal to 10]',
    );
    expect(details).toMatchObject({ name: 'bad', group: 'stable.example.com', kind: 'CronTab' });
    const missing = await server.send('POST', CRONTABS, cronTab('bad', {}));
    expect(missing.text).toContain('spec.cronSpec: Required value');
  });

  it('loses unknown fields, with a warning or a refusal for who wants it', async () => {
    const object = cronTab('a', { cronSpec: '* * * * *', other: 1 });
    const strict = await server.send('POST', `${CRONTABS}?fieldValidation=Strict`, object);
    expect(strict.json()).toMatchObject({
      code: 400,
      message: expect.stringContaining('strict decoding error: unknown field "spec.other"'),
    });
    const warned = await server.send('POST', CRONTABS, object);
    expect([warned.code, warned.headers.warning]).toEqual([201, '299 - "unknown field \\"spec.other\\""']);
    expect(warned.json<{ spec: object }>().spec).toEqual({ cronSpec: '* * * * *', replicas: 1 });
  });

  it('has a status of its own and counts the changes of its spec', async () => {
    const created = await server.send('POST', CRONTABS, cronTab('a', undefined, { status: { replicas: 5 } }));
    expect(created.json()).not.toHaveProperty('status');
    const patch = { metadata: { labels: { a: 'b' } }, spec: { image: 'other' }, status: { replicas: 3 } };
    const status = await server.send('PATCH', `${CRONTABS}/a/status`, patch, MERGE);
    expect(status.json()).toMatchObject({
      metadata: { generation: 1 },
      spec: { image: 'my-image' },
      status: { replicas: 3 },
    });
    expect(status.json<{ metadata: object }>().metadata).not.toHaveProperty('labels');
    const spec = await server.send('PATCH', `${CRONTABS}/a`, patch, MERGE);
    expect(spec.json()).toMatchObject({
      metadata: { generation: 2 },
      spec: { image: 'other' },
      status: { replicas: 3 },
    });
  });

  it('can be scaled', async () => {
    await server.send('POST', CRONTABS, cronTab('a'));
    await server.send('PATCH', `${CRONTABS}/a/status`, { status: { replicas: 1, labelSelector: 'app=a' } }, MERGE);
    const scale = await server.send('GET', `${CRONTABS}/a/scale`);
    expect(scale.json()).toMatchObject({
      kind: 'Scale',
      spec: { replicas: 1 },
      status: { replicas: 1, selector: 'app=a' },
    });
    await server.send('PATCH', `${CRONTABS}/a/scale`, { spec: { replicas: 4 } }, MERGE);
    expect((await server.send('GET', `${CRONTABS}/a`)).json()).toMatchObject({
      metadata: { generation: 2 },
      spec: { replicas: 4 },
    });
  });

  it('takes no strategic merge patch', async () => {
    await server.send('POST', CRONTABS, cronTab('a'));
    const headers = { 'content-type': 'application/strategic-merge-patch+json' };
    expect((await server.send('PATCH', `${CRONTABS}/a`, {}, { headers })).code).toBe(415);
  });

  it('may keep a value that a newer schema refuses, as long as nobody touches it', async () => {
    await server.send('POST', CRONTABS, cronTab('a', { cronSpec: '* * * * *', replicas: 9 }));
    const definition = (await server.send('GET', `${DEFINITIONS}/${NAME}`)).text;
    await server.send('PUT', `${DEFINITIONS}/${NAME}`, JSON.parse(definition.replace('"maximum":10', '"maximum":5')));
    await eventually(
      async () =>
        (await server.send('POST', `${CRONTABS}?dryRun=All`, cronTab('b', { cronSpec: '* * * * *', replicas: 9 })))
          .code === 422 || undefined,
    );
    expect((await server.send('PATCH', `${CRONTABS}/a`, { spec: { image: 'x' } }, MERGE)).code).toBe(200);
    expect((await server.send('PATCH', `${CRONTABS}/a`, { spec: { replicas: 8 } }, MERGE)).code).toBe(422);
  });
});

describe('validation rules', () => {
  const integer = { type: 'integer' };
  const withSpec = (spec: object) => ({
    metadata: { name: 'boxes.example.com' },
    spec: {
      group: 'example.com',
      scope: 'Namespaced',
      names: { plural: 'boxes', kind: 'Box' },
      versions: [
        {
          name: 'v1',
          served: true,
          storage: true,
          schema: { openAPIV3Schema: { type: 'object', properties: { spec } } },
        },
      ],
    },
  });
  const withRules = (...rules: object[]) =>
    withSpec({ type: 'object', properties: { x: integer, y: integer }, 'x-kubernetes-validations': rules });
  const BOXES = '/apis/example.com/v1/namespaces/default/boxes';
  const box = (x: number, y: number) => ({ metadata: { name: 'a' }, spec: { x, y } });

  it('judge objects, and changes of objects', async () => {
    const rules = withRules(
      { rule: 'self.x + self.y > 0' },
      { rule: 'self.x >= oldSelf.x', message: 'x may only grow', fieldPath: '.x' },
    );
    await define(rules, 'boxes.example.com');
    const refused = await server.send('POST', BOXES, box(0, 0));
    expect([refused.code, refused.json<{ message: string }>().message]).toEqual([
      422,
      'Box.example.com "a" is invalid: spec: Invalid value: "object": failed rule: self.x + self.y > 0',
    ]);
    expect((await server.send('POST', BOXES, box(1, 0))).code).toBe(201);
    const shrunk = await server.send('PATCH', `${BOXES}/a`, { spec: { x: 0, y: 5 } }, MERGE);
    expect(shrunk.json<{ message: string }>().message).toContain('spec.x: Invalid value: "object": x may only grow');
    expect((await server.send('PATCH', `${BOXES}/a`, { spec: { x: 2 } }, MERGE)).code).toBe(200);
  });

  it('are refused when they cannot be compiled', async () => {
    const { code, text } = await server.send('POST', DEFINITIONS, withRules({ rule: 'self.z == 100' }));
    expect(code).toBe(422);
    expect(text).toContain("undefined field 'z'");
  });

  it('are refused when they could run for too long, by what is judged or by how often', async () => {
    const cells = { type: 'array', items: { type: 'string' } };
    const table = (limits: object) => ({
      type: 'object',
      properties: {
        x: {
          type: 'array',
          ...limits,
          items: { ...cells, ...limits, 'x-kubernetes-validations': [{ rule: "self.all(s, s == 'a')" }] },
        },
      },
    });
    const at = 'spec.validation.openAPIV3Schema';
    const rule = `${at}.properties[spec].properties[x].items.x-kubernetes-validations[0].rule`;
    const { code, json } = await server.send('POST', DEFINITIONS, withSpec(table({})));
    expect([code, json<{ details: { causes: object[] } }>().details.causes]).toEqual([
      422,
      [
        {
          reason: 'FieldValueForbidden',
          message: expect.stringMatching(
            /^Forbidden: estimated rule cost exceeds budget by factor of more than 100x \(/,
          ),
          field: rule,
        },
        {
          reason: 'FieldValueForbidden',
          message:
            'Forbidden: contributed to estimated rule cost total exceeding cost limit for entire OpenAPIv3 schema',
          field: rule,
        },
        {
          reason: 'FieldValueForbidden',
          message: expect.stringContaining('estimated rule cost total for entire OpenAPIv3 schema exceeds budget'),
          field: at,
        },
      ],
    ]);
    expect((await server.send('POST', `${DEFINITIONS}?dryRun=All`, withSpec(table({ maxItems: 100 })))).code).toBe(201);
  });
});

(hasStockKubectl ? describe : describe.skip)('stock kubectl', () => {
  let kubectl: StockKubectl;
  beforeEach(() => {
    kubectl = new StockKubectl(server);
  });
  afterEach(() => kubectl.stop());

  it('defines, waits, applies, shows, explains and deletes', async () => {
    const run = async (line: string, stdin = '') => {
      const { out, err, code } = await kubectl.run(line.split(' '), stdin);
      expect([line, code, err]).toEqual([line, 0, expect.any(String)]);
      return out;
    };
    await run('apply -f -', SAMPLE);
    await run(`wait --for=condition=established crd/${NAME} --timeout=10s`);
    const object = JSON.stringify(cronTab('mine'));
    expect(await run('apply -f -', object)).toBe('crontab.stable.example.com/mine created\n');
    expect(await run('apply -f -', object.replace('my-image', 'new'))).toBe(
      'crontab.stable.example.com/mine configured\n',
    );
    expect(await run('get ct')).toMatch(/^NAME +SPEC +REPLICAS +AGE\nmine +\* \* \* \* \*\/5 +1 +\d+s\n$/);
    expect(await run('explain ct.spec')).toMatch(/cronSpec\s+<string> -required-/);
    expect(await run('scale ct/mine --replicas=3')).toContain('scaled');
    const refused = await kubectl.run(['apply', '-f', '-'], object.replace('"image"', '"imge"'));
    expect(refused.err).toContain('strict decoding error: unknown field "spec.imge"');
    expect(await run(`delete crd ${NAME}`)).toContain('deleted');
    expect((await kubectl.run(['get', 'ct'])).err).toContain('the server could not find the requested resource');
  });
});
