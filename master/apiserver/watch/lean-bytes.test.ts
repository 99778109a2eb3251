/**
 * Cutting managedFields out of an object's bytes gives what parsing, removing and writing it would.
 */
import { withoutManagedFields } from './lean-bytes';

const OWNERS = [
  { manager: 'a "b" \\', operation: 'Update', fieldsV1: { 'f:spec': { 'k:{"name":"c]}"}': { '.': {}, 'f:x[': {} } } } },
  { manager: 'kubelet', subresource: 'status', fieldsV1: {} },
];

const lean = (object: object) => JSON.parse(withoutManagedFields(Buffer.from(JSON.stringify(object))).toString('utf8'));

test.each([
  ['behind other fields', { kind: 'Pod', metadata: { name: 'a', managedFields: OWNERS }, spec: { x: [1] } }],
  ['before other fields', { kind: 'Pod', metadata: { managedFields: OWNERS, name: 'a' }, spec: {} }],
  ['between other fields', { metadata: { name: 'a', managedFields: OWNERS, uid: 'ü' } }],
  ['alone', { metadata: { managedFields: OWNERS } }],
  ['empty', { metadata: { name: 'a', managedFields: [] } }],
  [
    'behind strings that look like them',
    { metadata: { annotations: { last: '{"metadata":{"managedFields":[{"a":1}]}}\\' }, managedFields: OWNERS } },
  ],
])('withoutManagedFields() cuts them out: %s', (_where, object) => {
  const { managedFields: _, ...metadata } = object.metadata;
  expect(lean(object)).toEqual({ ...object, metadata });
});

test.each([
  ['an object that has none', { metadata: { name: 'a' }, spec: {} }],
  ['those of a template', { metadata: { name: 'a' }, spec: { template: { metadata: { managedFields: OWNERS } } } }],
  ['a text that names them', { metadata: { name: 'a' }, data: { x: '"managedFields":[1]' } }],
])('withoutManagedFields() leaves alone %s', (_what, object) => {
  const bytes = Buffer.from(JSON.stringify(object));
  expect(withoutManagedFields(bytes)).toBe(bytes);
});
