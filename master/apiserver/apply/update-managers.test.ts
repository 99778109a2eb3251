import { TestObject } from './apply.fixture';
import { typeOfKind } from './field-type';
import { managerName, validateFieldManager } from './manager-name';
import type { ManagedFieldsEntry } from './managers';
import { ignoredFields, keepTimes } from './update-managers';

const POD = typeOfKind('io.k8s.api.core.v1.Pod');
const pod = () => new TestObject(POD, 'v1', 'Pod');
const configMap = () => new TestObject(typeOfKind('io.k8s.api.core.v1.ConfigMap'), 'v1', 'ConfigMap');
const data = (values: object) => () => ({ data: values });
const setManagedFields = (managedFields: unknown[]) => (live: object) => ({
  ...live,
  metadata: { name: 'it', managedFields },
});
const entry = (more: object = {}): ManagedFieldsEntry => ({
  manager: 'm',
  operation: 'Update',
  apiVersion: 'v1',
  fieldsType: 'FieldsV1',
  fieldsV1: { 'f:data': { 'f:x': {} } },
  ...more,
});

describe('updateManagers()', () => {
  test('gives a creator all it created, in the form Kubernetes shows', () => {
    const object = pod();
    object.update('kubectl-run', () => ({
      metadata: { labels: { run: 'web' } },
      spec: {
        containers: [{ name: 'web', image: 'nginx', resources: {}, ports: [{ containerPort: 80, protocol: 'TCP' }] }],
        restartPolicy: 'Always',
        securityContext: {},
      },
    }));
    expect(object.live?.metadata.managedFields?.[0]?.fieldsV1).toEqual({
      'f:metadata': { 'f:labels': { '.': {}, 'f:run': {} } },
      'f:spec': {
        'f:containers': {
          'k:{"name":"web"}': {
            '.': {},
            'f:image': {},
            'f:name': {},
            'f:ports': {
              '.': {},
              'k:{"containerPort":80,"protocol":"TCP"}': { '.': {}, 'f:containerPort': {}, 'f:protocol': {} },
            },
            'f:resources': {},
          },
        },
        'f:restartPolicy': {},
        'f:securityContext': {},
      },
    });
  });

  test('moves changed fields to who changed them, and forgets removed ones', () => {
    const object = configMap();
    object.update('a', data({ x: '1', y: '1', z: '1' }));
    object.update('b', data({ x: '2', y: '1' }));
    expect(object.owners()).toEqual({ 'a Update': ['.data', '.data.y'], 'b Update': ['.data.x'] });
    object.update('b', data({}));
    expect(object.owners()).toEqual({ 'a Update': ['.data'] });
    object.update('b', () => ({}));
    expect(object.owners()).toEqual({});
  });

  test('leaves managedFields alone when nothing changed, and moves only the time when values did', () => {
    const object = configMap();
    object.update('a', data({ x: '1' }));
    object.update('a', data({ x: '2' }));
    expect(object.live?.metadata.managedFields).toMatchObject([{ manager: 'a', time: '1970-01-01T00:00:02Z' }]);
    const before = JSON.stringify(object.live);
    object.update('b', data({ x: '2' }));
    expect(JSON.stringify(object.live)).toBe(before);
  });

  test('does not move the time of who only removes', () => {
    const object = configMap();
    object.update('a', data({ x: '1', y: '1' }));
    object.update('a', data({ x: '1' }));
    expect(object.live?.metadata.managedFields).toMatchObject([{ time: '1970-01-01T00:00:01Z' }]);
  });

  test('takes fields from appliers too, and tells managers apart by subresource', () => {
    const object = pod();
    object.apply('a', { metadata: { labels: { l: '1' } }, spec: { hostname: 'h' } });
    object.update('a', (live) => ({ ...live, spec: { hostname: 'other' } }), { ignored: ignoredFields('', true) });
    object.update('a', (live) => ({ ...live, status: { phase: 'Running' } }), {
      subresource: 'status',
      ignored: ignoredFields('status', true),
    });
    expect(object.owners()).toEqual({
      'a Apply': ['.metadata.labels.l'],
      'a Update': ['.spec.hostname'],
      'a Update/status': ['.status.phase'],
    });
  });

  test('ignores what the endpoint cannot write', () => {
    const object = pod();
    object.update('a', () => ({ spec: { hostname: 'h' }, status: { phase: 'x' } }), {
      ignored: ignoredFields('', true),
    });
    object.update('b', (live) => ({ ...live, spec: { hostname: 'i' }, status: { phase: 'y' } }), {
      subresource: 'status',
      ignored: ignoredFields('status', true),
    });
    expect(object.owners()).toEqual({ 'a Update': ['.spec.hostname'], 'b Update/status': ['.status.phase'] });
  });

  test.each([[[]], [[{}]]])('managedFields: %j resets them, and they stay away until an apply', (managedFields) => {
    const object = configMap();
    object.update('a', data({ x: '1' }));
    object.update('a', setManagedFields(managedFields));
    expect(object.live?.metadata.managedFields).toBeUndefined();
    object.update('a', data({ x: '2' }));
    expect(object.live?.metadata.managedFields).toBeUndefined();
  });

  test('whoever sends managedFields may rewrite them, in any spelling', () => {
    const object = configMap();
    object.update('a', data({ x: '1' }));
    object.update('a', setManagedFields([entry({ fieldsV1: { 'f:data': { 'f:x': { '.': {} } } } })]));
    expect(object.live?.metadata.managedFields).toEqual([entry()]);
  });

  test('not through a subresource', () => {
    const object = configMap();
    object.update('a', data({ x: '1' }));
    object.update('a', setManagedFields([entry()]), { subresource: 'status' });
    expect(object.owners()).toEqual({ 'a Update': ['.data', '.data.x'] });
  });

  test.each([
    ['an operation nobody knows', entry({ operation: 'Create' })],
    ['no version', entry({ apiVersion: '' })],
    ['another fieldsType', entry({ fieldsType: 'FieldsV2' })],
    ['malformed steps', entry({ fieldsV1: { 'k:{': {} } })],
    ['fields that are no object', entry({ fieldsV1: [] })],
  ])('managedFields with %s count as not sent', (_, invalid) => {
    const object = configMap();
    object.update('a', data({ x: '1' }));
    object.update('b', setManagedFields([entry(), invalid]));
    expect(object.owners()).toEqual({ 'a Update': ['.data', '.data.x'] });
  });

  test('keeps ten managers that update; the oldest become ancient-changes', () => {
    const object = configMap();
    const values: Record<string, string> = {};
    for (let index = 0; index < 13; index++) {
      values[`k${index}`] = 'v';
      object.update(`m${index}`, data({ ...values }));
    }
    const entries = object.live?.metadata.managedFields ?? [];
    expect(entries.map(({ manager }) => manager)).toEqual([
      'ancient-changes',
      ...[4, 5, 6, 7, 8, 9, 10, 11, 12].map((n) => `m${n}`),
    ]);
    expect(object.owners()['ancient-changes Update']).toEqual([
      '.data',
      '.data.k0',
      '.data.k1',
      '.data.k2',
      '.data.k3',
    ]);
    expect(entries[0]?.time).toBe('1970-01-01T00:00:04Z');
  });
});

test('updateManagers() is quick with a map of many keys', () => {
  const object = configMap();
  const values = Object.fromEntries(Array.from({ length: 20_000 }, (_, index) => [`key-${index}`, 'v']));
  object.update('a', data(values));
  object.update('b', data({ ...values, other: 'v' }));
  expect(object.owners()['b Update']).toEqual(['.data.other']);
});

describe('keepTimes()', () => {
  const live = {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'it', managedFields: [entry({ time: 'old' })] },
  };

  test('returns the stored entries when only times differ', () => {
    expect(keepTimes([entry({ time: 'new' })], live)).toBe(live.metadata.managedFields);
    const other = [entry({ time: 'new', manager: 'n' })];
    expect(keepTimes(other, live)).toBe(other);
    expect(keepTimes(undefined, live)).toBeUndefined();
  });
});

describe('managerName()', () => {
  test.each([
    ['given', 'kubectl/v1.32', 'given'],
    ['', 'kubectl/v1.32.4 (linux/amd64)', 'kubectl'],
    [null, 'a\u0007b\tc d/1', 'abc d'],
    [null, undefined, ''],
    [null, 'é'.repeat(100), 'é'.repeat(64)],
  ])('of %j and %j is %j', (parameter, userAgent, name) => {
    expect(managerName(parameter, userAgent)).toBe(name);
  });
});

describe('validateFieldManager()', () => {
  test.each([
    ['nobody in particular', '', []],
    ['a name', 'my-controller', []],
    ['a long one', 'x'.repeat(129), ['fieldManager: Too long: may not be more than 128 bytes']],
    [
      'one that cannot be printed',
      'a\n',
      ['fieldManager: Invalid value: "a\\n": should only contain printable characters'],
    ],
  ])('judges %s', (_, manager, problems) => {
    expect(validateFieldManager(manager).map(({ field, message }) => `${field}: ${message}`)).toEqual(problems);
  });
});
