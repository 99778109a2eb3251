/**
 * Server-side apply and managedFields over a real api-server: who owns what after which write, conflicts, force, dry run.
 */
import type { Deployment } from '../../helper/api/apps/deployment';
import type { ConfigMap } from '../../helper/api/core/config-map';
import type { Status } from '../../helper/api/status-error';
import { CONFIG_MAPS, configMap, DEPLOYMENTS, deployment, MERGE } from './objects';
import { startTestServer, type TestServer } from './test-server';

jest.setTimeout(30_000);

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server?.stop());

const applyTo = (path: string, query: string, body: object | string) =>
  server.send('PATCH', `${path}?${query}`, typeof body === 'string' ? body : JSON.stringify(body), {
    headers: { 'content-type': 'application/apply-patch+yaml' },
  });
const applied = (name: string, data: Record<string, unknown>) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name },
  data,
});
const merge = (path: string, manager: string, body: object) =>
  server.send('PATCH', `${path}?fieldManager=${manager}`, body, MERGE);

/** `manager operation subresource` -> the keys below the given path of its fieldsV1 */
const owners = (object: { metadata: { managedFields?: readonly object[] } }, ...path: string[]) =>
  Object.fromEntries(
    (object.metadata.managedFields ?? []).map((entry) => {
      const { manager, operation, subresource, fieldsV1 } = entry as Record<string, string> & { fieldsV1: object };
      const fields = path.reduce<Record<string, object>>(
        (at, key) => (at[key] ?? {}) as Record<string, object>,
        fieldsV1 as Record<string, object>,
      );
      return [`${manager} ${operation}${subresource ? ` ${subresource}` : ''}`, Object.keys(fields)];
    }),
  );

describe('server-side apply', () => {
  test('creates what is not there with 201, and answers 200 afterwards, at the same revision when nothing changes', async () => {
    const first = await applyTo(
      `${CONFIG_MAPS}/made`,
      'fieldManager=m',
      'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: made}\ndata: {a: "1"}\n',
    );
    expect(first.code).toBe(201);
    const made = first.json<ConfigMap>();
    expect(owners(made, 'f:data')).toEqual({ 'm Apply': ['f:a'] });
    const again = await applyTo(`${CONFIG_MAPS}/made`, 'fieldManager=m', applied('made', { a: '1' }));
    expect(again.code).toBe(200);
    expect(again.json()).toEqual(made);
  });

  test('refuses a field of another manager with 409 that names manager and field, unless it is forced', async () => {
    await applyTo(`${CONFIG_MAPS}/held`, 'fieldManager=a', applied('held', { x: '1', y: '1' }));
    const answer = await applyTo(`${CONFIG_MAPS}/held`, 'fieldManager=b', applied('held', { x: '2' }));
    expect(answer.json<Status>()).toEqual({
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message: 'Apply failed with 1 conflict: conflict with "a": .data.x',
      reason: 'Conflict',
      details: { causes: [{ reason: 'FieldManagerConflict', message: 'conflict with "a"', field: '.data.x' }] },
      code: 409,
    });
    const forced = await applyTo(`${CONFIG_MAPS}/held`, 'fieldManager=b&force=true', applied('held', { x: '2' }));
    expect(forced.json<ConfigMap>().data).toEqual({ x: '2', y: '1' });
    expect(owners(forced.json(), 'f:data')).toEqual({ 'a Apply': ['f:y'], 'b Apply': ['f:x'] });
  });

  test('removes what the manager applies no more, and leaves what others own too', async () => {
    const path = `${CONFIG_MAPS}/dropped`;
    await applyTo(path, 'fieldManager=a', applied('dropped', { mine: '1', shared: '1' }));
    await applyTo(path, 'fieldManager=b', applied('dropped', { shared: '1' }));
    const left = await applyTo(path, 'fieldManager=a', applied('dropped', {}));
    expect(left.json<ConfigMap>().data).toEqual({ shared: '1' });
  });

  test('with dryRun=All changes nothing', async () => {
    const answer = await applyTo(`${CONFIG_MAPS}/never`, 'fieldManager=m&dryRun=All', applied('never', { a: '1' }));
    expect(answer.code).toBe(201);
    expect((await server.send('GET', `${CONFIG_MAPS}/never`)).code).toBe(404);
  });

  test.each([
    [
      'no manager',
      'x=y',
      {},
      422,
      'PatchOptions.meta.k8s.io "" is invalid: fieldManager: Required value: is required for apply patch',
    ],
    ['another kind', 'fieldManager=m', { kind: 'Secret' }, 400, 'invalid object type: v1, Kind=Secret'],
    [
      'a uid of nothing',
      'fieldManager=m',
      { metadata: { name: 'odd', uid: 'u' } },
      409,
      'Operation cannot be fulfilled on configmaps "odd": uid mismatch: the provided object specified uid u, and no existing object was found',
    ],
    [
      'another name',
      'fieldManager=m',
      { metadata: { name: 'other' } },
      400,
      'the name of the object (other) does not match the name on the URL (odd)',
    ],
    [
      'an unknown field',
      'fieldManager=m',
      { foo: 1 },
      400,
      'failed to create typed patch object (/odd; v1, Kind=ConfigMap): .foo: field not declared in schema',
    ],
    [
      'managedFields',
      'fieldManager=m',
      { metadata: { name: 'odd', managedFields: [{}] } },
      400,
      'metadata.managedFields must be nil',
    ],
  ])('refuses %s', async (_, query, change, code, message) => {
    const answer = await applyTo(`${CONFIG_MAPS}/odd`, query, { ...applied('odd', { a: '1' }), ...change });
    expect(answer.json<Status>()).toMatchObject({ code, message });
  });

  test('a key that is given twice is refused, warned about or passed over as fieldValidation says', async () => {
    const yaml = 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: twice\ndata:\n  a: "1"\n  a: "2"\n';
    const problem = 'error converting YAML to JSON: yaml: unmarshal errors:\n  line 7: key "a" already set in map';
    const strict = await applyTo(`${CONFIG_MAPS}/twice`, 'fieldManager=m&fieldValidation=Strict', yaml);
    expect(strict.json<Status>()).toMatchObject({ code: 400, message: `error strict decoding YAML: ${problem}` });
    const warned = await applyTo(`${CONFIG_MAPS}/twice`, 'fieldManager=m&fieldValidation=Warn', yaml);
    expect(warned.headers.warning).toContain('key \\"a\\" already set in map');
    expect(
      (await applyTo(`${CONFIG_MAPS}/twice`, 'fieldManager=m&fieldValidation=Ignore', yaml)).headers.warning,
    ).toBeUndefined();
  });

  test('16 managers that apply to an object that is not there all get in', async () => {
    const path = `${CONFIG_MAPS}/crowd`;
    const names = Array.from({ length: 16 }, (_, index) => `m${index}`);
    const answers = await Promise.all(
      names.map((name) => applyTo(path, `fieldManager=${name}`, applied('crowd', { [name]: '1' }))),
    );
    expect(answers.map(({ code }) => code).sort()).toEqual([...Array(15).fill(200), 201]);
    const crowd = (await server.send('GET', path)).json<ConfigMap>();
    expect(Object.keys(crowd.data ?? {}).sort()).toEqual([...names].sort());
  });
});

describe('managedFields', () => {
  test('of a create and a patch name their writers; without fieldManager the program', async () => {
    const created = await server.send('POST', CONFIG_MAPS, configMap('owned', { a: '1', b: '1' }), {
      headers: { 'user-agent': 'maker/v1 (linux)' },
    });
    expect(created.json<ConfigMap>().metadata.managedFields).toEqual([
      {
        manager: 'maker',
        operation: 'Update',
        apiVersion: 'v1',
        time: expect.stringMatching(/Z$/),
        fieldsType: 'FieldsV1',
        fieldsV1: { 'f:data': { '.': {}, 'f:a': {}, 'f:b': {} } },
      },
    ]);
    const patched = await merge(`${CONFIG_MAPS}/owned`, 'patcher', { data: { a: '2' } });
    expect(owners(patched.json(), 'f:data')).toEqual({ 'maker Update': ['.', 'f:b'], 'patcher Update': ['f:a'] });
    const conflict = await applyTo(`${CONFIG_MAPS}/owned`, 'fieldManager=z', applied('owned', { a: '3' }));
    expect(conflict.json<Status>().message).toBe(
      'Apply failed with 1 conflict: conflict with "patcher" using v1: .data.a',
    );
  });

  test('tell status and scale apart from the object', async () => {
    await server.send('POST', `${DEPLOYMENTS}?fieldManager=maker`, deployment('web'));
    await merge(`${DEPLOYMENTS}/web/status`, 'controller', { status: { observedGeneration: 1 } });
    await merge(`${DEPLOYMENTS}/web/scale`, 'scaler', { spec: { replicas: 5 } });
    const object = (await server.send('GET', `${DEPLOYMENTS}/web`)).json<Deployment>();
    expect(owners(object)).toEqual({
      'controller Update status': ['f:status'],
      'maker Update': ['f:spec'],
      'scaler Update scale': ['f:spec'],
    });
    const mine = { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'web' }, spec: { replicas: 2 } };
    expect((await applyTo(`${DEPLOYMENTS}/web`, 'fieldManager=m', mine)).json<Status>().message).toBe(
      'Apply failed with 1 conflict: conflict with "scaler" with subresource "scale" using apps/v1: .spec.replicas',
    );
  });

  test('an applied Scale owns the replicas of the object', async () => {
    const scale = { apiVersion: 'autoscaling/v1', kind: 'Scale', metadata: { name: 'web' }, spec: { replicas: 7 } };
    expect((await applyTo(`${DEPLOYMENTS}/web/scale`, 'fieldManager=hpa', scale)).code).toBe(409);
    const forced = await applyTo(`${DEPLOYMENTS}/web/scale`, 'fieldManager=hpa&force=true', scale);
    expect(forced.json()).toMatchObject({ kind: 'Scale', spec: { replicas: 7 } });
    const object = (await server.send('GET', `${DEPLOYMENTS}/web`)).json<Deployment>();
    expect(owners(object, 'f:spec')['hpa Apply scale']).toEqual(['f:replicas']);
    expect(owners(object)['scaler Update scale']).toBeUndefined();
  });

  test('a PUT without them keeps them, one with an empty list forgets them', async () => {
    const path = `${CONFIG_MAPS}/reset`;
    await server.send('POST', `${CONFIG_MAPS}?fieldManager=maker`, configMap('reset', { a: '1' }));
    const kept = await server.send('PUT', `${path}?fieldManager=other`, configMap('reset', { a: '1' }));
    expect(Object.keys(owners(kept.json()))).toEqual(['maker Update']);
    const { metadata, ...rest } = configMap('reset', { a: '1' });
    const reset = await server.send('PUT', path, { ...rest, metadata: { ...metadata, managedFields: [] } });
    expect(reset.json<ConfigMap>().metadata.managedFields).toBeUndefined();
  });

  test('a write that changes nothing keeps revision and times', async () => {
    const created = await server.send('POST', CONFIG_MAPS, configMap('quiet', { a: '2' }));
    const before = created.json<ConfigMap>();
    const answer = await merge(`${CONFIG_MAPS}/quiet`, 'somebody', { data: { a: '2' } });
    expect(answer.json()).toEqual(before);
  });
});
