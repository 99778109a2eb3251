import {
  type Change,
  decodeChange,
  decodePosition,
  decodeState,
  encodeChange,
  encodePosition,
  encodeState,
  revisionKey,
  revisionOfKey,
} from './embedded-records';
import { endOfPrefix } from './key-range';

const value = Buffer.from('{"kind":"Pod"}');

test.each([0, 1, 255, 256, 2 ** 32 + 7, 2 ** 47])('encodeState() and revisionKey() carry revision %i', (revision) => {
  expect(decodeState(encodeState({ revision, value }))).toEqual({ revision, value });
  expect(revisionOfKey(revisionKey(revision))).toBe(revision);
});

test('revisionKey() sorts as revisions do', () => {
  const revisions = [1, 2, 255, 256, 65_536, 2 ** 32, 2 ** 40];
  const keys = revisions.map(revisionKey);
  expect([...keys].reverse().sort(Buffer.compare)).toEqual(keys);
});

test.each<[string, Change]>([
  ['a create', { revision: 5, key: '/registry/core/pods/a/b', deleted: false, before: undefined }],
  ['an update', { revision: 6, key: '/käse/🐳', deleted: false, before: { revision: 5, value } }],
  [
    'an update of an empty value',
    { revision: 6, key: '/a', deleted: false, before: { revision: 5, value: Buffer.alloc(0) } },
  ],
  ['a delete', { revision: 7, key: '/a', deleted: true, before: { revision: 6, value } }],
])('encodeChange() carries %s', (_name, change) => {
  expect(decodeChange(change.revision, encodeChange(change))).toEqual(change);
});

test('decodePosition() of a store never written is revision 1, of an unknown format an error', () => {
  expect(decodePosition(undefined)).toEqual({ revision: 1, compacted: 0 });
  expect(decodePosition(encodePosition({ revision: 9, compacted: 4 }))).toEqual({ revision: 9, compacted: 4 });
  expect(() => decodePosition(Buffer.from([7, 0, 0]))).toThrow('format 7');
});

test.each([
  ['/a/', '/a0'],
  ['a\u007f', 'a\u0080'],
])('endOfPrefix(%j) is the first key behind the prefix', (prefix, end) => {
  expect(endOfPrefix(Buffer.from(prefix))).toEqual(Buffer.from(end, 'latin1'));
});

test('endOfPrefix() drops bytes that cannot grow, and knows no end of everything', () => {
  expect(endOfPrefix(Buffer.from([1, 0xff, 0xff]))).toEqual(Buffer.from([2]));
  expect(endOfPrefix(Buffer.alloc(0))).toBeUndefined();
});
