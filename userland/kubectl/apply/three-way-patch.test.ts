import { lastApplied, withLastApplied } from './last-applied';
import { schemaNameOf } from './schema-name';
import { threeWayPatch } from './three-way-patch';

const POD = 'io.k8s.api.core.v1.Pod';
const containers = (...list: object[]) => ({ spec: { containers: list } });

describe('threeWayPatch()', () => {
  it.each<[string, object, object, object, object]>([
    ['nothing for what is there', { a: 1 }, { a: 1 }, { a: 1, b: 2 }, {}],
    ['what differs', { a: 1 }, { a: 2 }, { a: 1 }, { a: 2 }],
    ['what somebody else changed back', { a: 1 }, { a: 1 }, { a: 9 }, { a: 1 }],
    ['the removal of what is wanted no more', { a: 1, b: 2 }, { a: 1 }, { a: 1, b: 2 }, { b: null }],
    ['nothing about what is gone already', { a: 1, b: 2 }, { a: 1 }, { a: 1 }, {}],
    [
      'nested fields only',
      { m: { x: 1, y: 1 } },
      { m: { x: 2 } },
      { m: { x: 1, y: 1, z: 1 } },
      { m: { x: 2, y: null } },
    ],
    ['whole lists without a schema', { l: [1] }, { l: [1, 2] }, { l: [1] }, { l: [1, 2] }],
    ['the removal of an empty field', {}, { a: null }, { a: 1 }, { a: null }],
  ])('holds %s', (_, before, wanted, current, patch) => {
    expect(threeWayPatch(before, wanted, current)).toEqual(patch);
  });

  it('compares lists item by item where the schema has a merge key', () => {
    const web = { name: 'web', image: 'nginx:1' };
    const side = { name: 'side', image: 'busybox' };
    const current = containers({ ...web, imagePullPolicy: 'Always' }, side, { name: 'injected', image: 'x' });
    const wanted = containers({ name: 'web', image: 'nginx:2' });
    expect(threeWayPatch(containers(web, side), wanted, current, POD)).toEqual({
      spec: {
        '$setElementOrder/containers': [{ name: 'web' }],
        containers: [
          { image: 'nginx:2', name: 'web' },
          { $patch: 'delete', name: 'side' },
        ],
      },
    });
  });

  it('adds an item whole and leaves alone what others added', () => {
    const web = { name: 'web', image: 'nginx' };
    const added = { name: 'b', image: 'y' };
    const patch = threeWayPatch(
      containers(web),
      containers(web, added),
      containers(web, { name: 'c', image: 'z' }),
      POD,
    );
    expect(patch).toEqual({
      spec: { '$setElementOrder/containers': [{ name: 'web' }, { name: 'b' }], containers: [added] },
    });
  });

  it('is empty when a keyed list is as wanted', () => {
    const list = containers({ name: 'web', image: 'nginx' });
    expect(threeWayPatch(list, list, list, POD)).toEqual({});
  });

  it('adds and removes scalars of a merged list', () => {
    const finalizers = (...list: string[]) => ({ metadata: { finalizers: list } });
    expect(threeWayPatch(finalizers('a', 'b'), finalizers('a', 'c'), finalizers('a', 'b', 'x'), POD)).toEqual({
      metadata: { finalizers: ['c'], '$deleteFromPrimitiveList/finalizers': ['b'] },
    });
  });
});

describe('withLastApplied()', () => {
  it('remembers the object without the memory itself', () => {
    const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a' } };
    const once = withLastApplied(object);
    expect(lastApplied(once)).toEqual({ ...object, metadata: { name: 'a', annotations: {} } });
    expect(withLastApplied(once)).toEqual(once);
  });

  it('has no memory of objects never applied, nor of damaged ones', () => {
    const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a', annotations: {} } };
    expect(lastApplied(object)).toBeUndefined();
  });
});

describe('schemaNameOf()', () => {
  it('knows built-in kinds and no others', () => {
    expect(schemaNameOf({ group: 'apps', version: 'v1', kind: 'Deployment' })).toBe('io.k8s.api.apps.v1.Deployment');
    expect(schemaNameOf({ group: 'example.com', version: 'v1', kind: 'Thing' })).toBeUndefined();
  });
});
