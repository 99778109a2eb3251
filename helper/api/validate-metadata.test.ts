import type { KubeObject, ObjectMeta } from './meta';
import { dnsSubdomain } from './names';
import { sameValue, validateMetadata, validateMetadataUpdate } from './validate-metadata';

const said = (errors: readonly { field: string; message: string }[]) =>
  errors.map(({ field, message }) => `${field}: ${message}`);
const check = (meta: Partial<ObjectMeta>, namespaced = true) =>
  said(
    validateMetadata(
      { name: 'web', ...(namespaced ? { namespace: 'default' } : {}), ...meta },
      { namespaced, nameRule: dnsSubdomain },
    ),
  );
const owner = { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'web', uid: 'u', controller: true };

describe('validateMetadata()', () => {
  test('accepts labels, annotations, owners and finalizers as they should be', () => {
    expect(
      check({
        labels: { 'example.com/app': 'web', empty: '' },
        annotations: { 'Example.com/Note': 'any text\n' },
        ownerReferences: [owner],
        finalizers: ['example.com/wait'],
      }),
    ).toEqual([]);
  });

  test.each<[Partial<ObjectMeta>, unknown[]]>([
    [{ name: '' }, ['metadata.name: Required value: name or generateName is required']],
    [{ name: 'Web' }, [expect.stringMatching(/^metadata.name: Invalid value: "Web": a lowercase RFC 1123 subdomain/)]],
    [{ generateName: 'Web-' }, [expect.stringMatching(/^metadata.generateName: Invalid value: "Web-": a lowercase/)]],
    [{ namespace: '' }, ['metadata.namespace: Required value']],
    [{ labels: { a: 'b c' } }, [expect.stringMatching(/^metadata.labels: Invalid value: "b c": a valid label must/)]],
    [{ labels: { 'a b': 'c' } }, [expect.stringMatching(/^metadata.labels: Invalid value: "a b": name part must/)]],
    [{ annotations: { a: 'x'.repeat(262144) } }, ['metadata.annotations: Too long: may not be more than 262144 bytes']],
    [
      { ownerReferences: [{ ...owner, uid: '' }] },
      ['metadata.ownerReferences.uid: Invalid value: "": must not be empty'],
    ],
    [
      { ownerReferences: [owner, { ...owner, name: 'other' }] },
      [expect.stringContaining('Only one reference can have Controller set to true')],
    ],
    [
      { finalizers: ['orphan', 'foregroundDeletion'] },
      [expect.stringContaining('finalizer foregroundDeletion and orphan cannot be both set')],
    ],
  ])('refuses %j', (meta, expected) => {
    expect(check(meta)).toEqual(expected);
  });

  test('refuses a namespace on a cluster-scoped object', () => {
    expect(check({ namespace: 'a' }, false)).toEqual(['metadata.namespace: Forbidden: not allowed on this type']);
  });
});

describe('validateMetadataUpdate()', () => {
  const old: KubeObject = {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'a', namespace: 'n', uid: 'u', resourceVersion: '1', generation: 2 },
  };
  const update = (meta: Partial<ObjectMeta>, before: Partial<ObjectMeta> = {}) => {
    const from = { ...old, metadata: { ...old.metadata, ...before } };
    return said(validateMetadataUpdate({ ...from, metadata: { ...from.metadata, ...meta } }, from));
  };

  test.each<[Partial<ObjectMeta>, string[]]>([
    [{ labels: { a: 'b' } }, []],
    [{ uid: 'v' }, ['metadata.uid: Invalid value: "v": field is immutable']],
    [{ generation: 1 }, ['metadata.generation: Invalid value: 1: must not be decremented']],
    [{ resourceVersion: '' }, ['metadata.resourceVersion: Invalid value: "": must be specified for an update']],
  ])('of %j says %j', (meta, expected) => {
    expect(update(meta)).toEqual(expected);
  });

  test('refuses new finalizers on an object that is being deleted', () => {
    const before = { deletionTimestamp: '2025-01-01T00:00:00Z', finalizers: ['a'] };
    expect(update({ finalizers: [] }, before)).toEqual([]);
    expect(update({ finalizers: ['a', 'b'] }, before)).toEqual([
      'metadata.finalizers: Forbidden: no new finalizers can be added if the object is being deleted, found new finalizers ["b"]',
    ]);
  });
});

test.each<[unknown, unknown, boolean]>([
  [undefined, null, true],
  [undefined, {}, true],
  [[], undefined, true],
  [{ a: { b: [] } }, {}, false],
  [{ a: undefined }, {}, true],
  [{ a: 1, b: [1, { c: 2 }] }, { b: [1, { c: 2 }], a: 1 }, true],
  [[1, 2], [2, 1], false],
  [[1], { 0: 1 }, false],
  [0, undefined, false],
  ['', undefined, false],
])('sameValue(%j, %j) is %p', (left, right, expected) => {
  expect(sameValue(left, right)).toBe(expected);
});
