import { TestObject } from './apply.fixture';
import { customType } from './custom-type';
import { typeOfKind } from './field-type';
import { ignoredFields } from './update-managers';

const DEPLOYMENT = typeOfKind('io.k8s.api.apps.v1.Deployment');
const deployment = () => new TestObject(DEPLOYMENT, 'apps/v1', 'Deployment');
const configMap = () => new TestObject(typeOfKind('io.k8s.api.core.v1.ConfigMap'), 'v1', 'ConfigMap');
const containers = (...list: object[]) => ({ spec: { template: { spec: { containers: list } } } });
const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';

describe('applyServerSide()', () => {
  test('creates an object and owns what it was given', () => {
    const object = configMap();
    object.apply('a', { metadata: { labels: { l: 'x' } }, data: { k: 'v' } });
    expect(object.content()).toEqual({ metadata: { labels: { l: 'x' } }, data: { k: 'v' } });
    expect(object.live?.metadata.managedFields).toEqual([
      {
        manager: 'a',
        operation: 'Apply',
        apiVersion: 'v1',
        time: '1970-01-01T00:00:01Z',
        fieldsType: 'FieldsV1',
        fieldsV1: { 'f:data': { 'f:k': {} }, 'f:metadata': { 'f:labels': { 'f:l': {} } } },
      },
    ]);
  });

  test('applied again changes nothing, not even the time', () => {
    const object = deployment();
    object.apply('a', containers({ name: 'c', image: 'i', ports: [{ containerPort: 80 }] }));
    const before = JSON.stringify(object.live);
    object.apply('a', containers({ name: 'c', image: 'i', ports: [{ containerPort: 80 }] }));
    expect(JSON.stringify(object.live)).toBe(before);
  });

  test('refuses to take a field from another manager, naming both', () => {
    const object = deployment();
    object.update('kubectl-client-side-apply', () => ({ spec: { replicas: 3 } }));
    const error = object.refused('kubectl', { spec: { replicas: 1 } });
    expect(error.toStatus()).toEqual({
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message: 'Apply failed with 1 conflict: conflict with "kubectl-client-side-apply" using apps/v1: .spec.replicas',
      reason: 'Conflict',
      details: {
        causes: [
          {
            reason: 'FieldManagerConflict',
            message: 'conflict with "kubectl-client-side-apply" using apps/v1',
            field: '.spec.replicas',
          },
        ],
      },
      code: 409,
    });
  });

  test('lists several conflicts by manager', () => {
    const object = configMap();
    object.apply('b', { data: { x: '1', y: '1' } });
    object.update('a', (live) => ({ ...live, data: { ...(live.data as object), z: '1' } }), { subresource: 'status' });
    const error = object.refused('c', { data: { x: '2', y: '2', z: '2' } });
    expect(error.message).toBe(
      'Apply failed with 3 conflicts: conflicts with "a" with subresource "status" using v1:\n- .data.z\nconflicts with "b":\n- .data.x\n- .data.y',
    );
    expect(error.details?.causes?.map(({ field }) => field)).toEqual(['.data.z', '.data.x', '.data.y']);
  });

  test('takes the field when forced', () => {
    const object = configMap();
    object.apply('a', { data: { x: '1', y: '1' } });
    object.apply('b', { data: { x: '2' } }, { force: true });
    expect(object.content()).toEqual({ data: { x: '2', y: '1' } });
    expect(object.owners()).toEqual({ 'a Apply': ['.data.y'], 'b Apply': ['.data.x'] });
    expect(object.refused('a', { data: { x: '1', y: '1' } }).message).toBe(
      'Apply failed with 1 conflict: conflict with "b": .data.x',
    );
  });

  test('shares a field of the same value, and removes it only when the last owner drops it', () => {
    const object = configMap();
    object.apply('a', { data: { x: '1', y: '1' } });
    object.apply('b', { data: { x: '1' } });
    expect(object.owners()).toEqual({ 'a Apply': ['.data.x', '.data.y'], 'b Apply': ['.data.x'] });
    object.apply('a', { data: { y: '1' } });
    expect(object.content()).toEqual({ data: { x: '1', y: '1' } });
    object.apply('b', {});
    expect(object.content()).toEqual({ data: { y: '1' } });
    expect(object.owners()).toEqual({ 'a Apply': ['.data.y'] });
  });

  test('gives a field away: dropped by one after the other took it over', () => {
    const object = deployment();
    object.apply('user', { spec: { replicas: 3 } });
    object.apply('hpa', { spec: { replicas: 5 } }, { force: true });
    object.apply('user', { metadata: { labels: { a: 'b' } } });
    expect(object.content()).toEqual({ metadata: { labels: { a: 'b' } }, spec: { replicas: 5 } });
  });

  test('leaves fields alone that nobody applied', () => {
    const object = deployment();
    object.apply('a', containers({ name: 'c', image: 'i', tty: true }));
    object.update('b', (live) => ({ ...live, spec: { ...(live.spec as object), replicas: 1 } }));
    object.apply('a', containers({ name: 'c', image: 'i' }));
    expect(object.content()).toEqual({
      spec: { replicas: 1, template: { spec: { containers: [{ name: 'c', image: 'i' }] } } },
    });
  });

  test('removes a list item with the defaults that were filled in, others stay', () => {
    const object = deployment();
    object.apply('a', containers({ name: 'c', image: 'i' }, { name: 'd', image: 'i' }));
    object.live = structuredClone({
      ...object.live,
      ...containers({ name: 'c', image: 'i', imagePullPolicy: 'Always' }, { name: 'd', image: 'i' }),
    } as never);
    object.apply('a', containers({ name: 'd', image: 'i' }));
    expect(object.content()).toEqual(containers({ name: 'd', image: 'i' }));
  });

  test('removes a struct with the defaults in it when nothing in it has an owner', () => {
    const object = deployment();
    object.apply('a', { spec: { strategy: { type: 'RollingUpdate' }, paused: true } });
    object.live = structuredClone({
      ...object.live,
      spec: { strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1 } }, paused: true },
    } as never);
    object.apply('a', { spec: { paused: true } });
    expect(object.content()).toEqual({ spec: { paused: true } });
  });

  test('takes atomic lists and maps as a whole', () => {
    const object = new TestObject(typeOfKind('io.k8s.api.core.v1.Service'), 'v1', 'Service');
    object.apply('a', { spec: { selector: { app: 'x', tier: 'y' } } });
    expect(object.refused('b', { spec: { selector: { app: 'x' } } }).details?.causes).toMatchObject([
      { field: '.spec.selector' },
    ]);
    object.apply('a', { spec: { selector: { app: 'x' } } });
    expect(object.content()).toEqual({ spec: { selector: { app: 'x' } } });
  });

  test('merges a set', () => {
    const object = configMap();
    object.apply('a', { metadata: { finalizers: ['a/a', 'c/c'] } });
    object.apply('b', { metadata: { finalizers: ['b/b'] } });
    expect(object.content()).toEqual({ metadata: { finalizers: ['a/a', 'c/c', 'b/b'] } });
    object.apply('a', { metadata: { finalizers: ['a/a'] } });
    expect(object.content()).toEqual({ metadata: { finalizers: ['a/a', 'b/b'] } });
  });

  test('finds the item that leaves out a defaulted key', () => {
    const object = new TestObject(typeOfKind('io.k8s.api.core.v1.Service'), 'v1', 'Service');
    object.apply('a', { spec: { ports: [{ port: 80, protocol: 'TCP', name: 'http' }] } });
    object.apply('b', {
      spec: {
        ports: [
          { port: 80, nodePort: 30080 },
          { port: 80, protocol: 'UDP' },
        ],
      },
    });
    expect(object.content()).toEqual({
      spec: {
        ports: [
          { port: 80, protocol: 'TCP', name: 'http', nodePort: 30080 },
          { port: 80, protocol: 'UDP' },
        ],
      },
    });
  });

  test('gives what was there before managers were kept to before-first-apply', () => {
    const object = configMap();
    object.update('a', () => ({ data: { x: '1' } }));
    object.update('a', (live) => ({ ...live, metadata: { managedFields: [] } }));
    expect(object.owners()).toEqual({});
    expect(object.refused('b', { data: { x: '2' } }).message).toBe(
      'Apply failed with 1 conflict: conflict with "before-first-apply" using v1: .data.x',
    );
    object.apply('b', { data: { x: '1', y: '1' } });
    expect(object.owners()).toEqual({
      'b Apply': ['.data.x', '.data.y'],
      'before-first-apply Update': ['.data', '.data.x'],
    });
  });

  test('does not own what the endpoint cannot write', () => {
    const object = deployment();
    const configuration = { spec: { replicas: 1 }, status: { replicas: 1 } };
    object.apply('a', configuration, { ignored: ignoredFields('', true) });
    object.apply('a', configuration, { subresource: 'status', ignored: ignoredFields('status', true) });
    expect(object.owners()).toEqual({ 'a Apply': ['.spec.replicas'], 'a Apply/status': ['.status.replicas'] });
  });

  test('a null takes a leaf away from its owner only when forced, and is owned', () => {
    const object = deployment();
    object.apply('a', { spec: { replicas: 1 } });
    expect(object.refused('b', { spec: { replicas: null } }).code).toBe(409);
    object.apply('b', { spec: { replicas: null } }, { force: true });
    expect(object.owners()).toEqual({ 'b Apply': ['.spec.replicas'] });
  });

  test.each([
    ['another version', { apiVersion: 'apps/v2' }, 'invalid object type: apps/v2, Kind=Deployment'],
    ['another kind', { kind: 'Pod' }, 'invalid object type: apps/v1, Kind=Pod'],
    ['managedFields', { metadata: { managedFields: [] } }, 'metadata.managedFields must be nil'],
    [
      'unknown fields',
      { metadata: { name: 'n', namespace: 's' }, spec: { foo: 1 } },
      'failed to create typed patch object (s/n; apps/v1, Kind=Deployment): .spec.foo: field not declared in schema',
    ],
    [
      'items told apart by nothing',
      { ...containers({ name: 'a' }, { name: 'a' }), bar: 1 },
      'failed to create typed patch object (/; apps/v1, Kind=Deployment): errors:\n  .spec.template.spec.containers: duplicate entries for key [name="a"]\n  .bar: field not declared in schema',
    ],
  ])('refuses %s', (_, configuration, message) => {
    expect(deployment().refused('a', configuration)).toMatchObject({ code: 400, message });
  });
});

describe('applyServerSide() for kubectl', () => {
  const lastApplied = (spec: object) => JSON.stringify({ apiVersion: 'apps/v1', kind: 'Deployment', spec });

  function clientSide(spec: object, live: object = spec): TestObject {
    const object = deployment();
    const metadata = { annotations: { [LAST_APPLIED]: lastApplied(spec) } };
    object.update('kubectl-client-side-apply', () => ({ metadata, spec: live }));
    return object;
  }

  test('takes over from client-side apply without a conflict, and keeps the annotation in step', () => {
    const object = clientSide({ replicas: 1 });
    object.apply('kubectl', { spec: { replicas: 2 } });
    expect(object.content()).toMatchObject({ spec: { replicas: 2 } });
    expect(object.live?.metadata.annotations?.[LAST_APPLIED]).toBe(`${lastApplied({ replicas: 2 })}\n`);
    expect(object.owners()['kubectl Apply']).toEqual(['.spec.replicas']);
  });

  test('still conflicts over what changed since', () => {
    const object = clientSide({ replicas: 1, paused: true }, { replicas: 5, paused: true });
    expect(object.refused('kubectl', { spec: { replicas: 2, paused: false } }).message).toBe(
      'Apply failed with 1 conflict: conflict with "kubectl-client-side-apply" using apps/v1: .spec.replicas',
    );
  });

  test.each([['other'], ['kubectl-2']])('does none of it for the manager %s', (manager) => {
    expect(clientSide({ replicas: 1 }).refused(manager, { spec: { replicas: 2 } }).code).toBe(409);
  });

  test('is not irritated by an annotation that is no configuration', () => {
    const object = deployment();
    const metadata = { annotations: { [LAST_APPLIED]: '{' } };
    object.update('kubectl-client-side-apply', () => ({ metadata, spec: { replicas: 1 } }));
    expect(object.refused('kubectl', { spec: { replicas: 2 } }).code).toBe(409);
  });
});

describe('applyServerSide() in several versions', () => {
  const type = customType(undefined);
  /** v1 says `size`, v2 `length`. */
  const convert = (object: Record<string, unknown>, apiVersion: string) => {
    if (apiVersion !== 'g/v1' && apiVersion !== 'g/v2') return undefined;
    const { size, length, ...rest } = object;
    const value = size ?? length;
    const named = value === undefined ? {} : apiVersion === 'g/v1' ? { size: value } : { length: value };
    return { type, object: { ...rest, ...named, apiVersion } };
  };
  const inV2 = (object: TestObject) => {
    object.live = convert(object.live as never, 'g/v2')?.object as never;
  };

  function appliedInV1(): TestObject {
    const object = new TestObject(type, 'g/v1', 'Thing');
    object.apply('a', { size: 1, color: 'red' }, { convert });
    inV2(object);
    return object;
  }

  test('finds conflicts with managers of another version', () => {
    const error = appliedInV1().refused('b', { apiVersion: 'g/v2', length: 2 }, { convert, apiVersion: 'g/v2' });
    expect(error.message).toBe('Apply failed with 1 conflict: conflict with "a": .size');
  });

  test('removes what was applied in another version and is dropped in this one', () => {
    const object = appliedInV1();
    object.apply('a', { apiVersion: 'g/v2', color: 'red' }, { convert, apiVersion: 'g/v2' });
    expect(object.content()).toEqual({ color: 'red' });
    expect(object.owners()).toEqual({ 'a Apply': ['.color'] });
  });

  test('keeps what another manager owns in its version', () => {
    const object = appliedInV1();
    object.apply('b', { apiVersion: 'g/v2', length: 1 }, { convert, apiVersion: 'g/v2' });
    object.apply('a', { apiVersion: 'g/v2', color: 'red' }, { convert, apiVersion: 'g/v2' });
    expect(object.content()).toEqual({ color: 'red', length: 1 });
  });

  test('forgets managers of a version that is gone', () => {
    const object = appliedInV1();
    const gone = (value: Record<string, unknown>, version: string) =>
      version === 'g/v1' ? undefined : convert(value, version);
    object.apply('b', { apiVersion: 'g/v2', length: 2 }, { convert: gone, apiVersion: 'g/v2' });
    expect(object.owners()).toEqual({ 'b Apply': ['.length'] });
  });
});
