import { isInside, parsePlace, renameFirst } from './cp';

test.each([
  ['web:/etc/hosts', { pod: 'web', path: '/etc/hosts' }],
  ['lab/web:file', { namespace: 'lab', pod: 'web', path: 'file' }],
  ['./a:b', { path: './a:b' }],
  ['plain', { path: 'plain' }],
])('parsePlace() reads %s', (text, expected) => {
  expect(parsePlace(text)).toEqual(expected);
});

test.each([
  ['shop', 'store', 'store'],
  ['shop/', 'store', 'store'],
  ['shop/a/b', 'store', 'store/a/b'],
  ['./shop/a', 'store', 'store/a'],
])('renameFirst() of %s to %s is %s', (name, first, expected) => {
  expect(renameFirst(name, first)).toBe(expected);
});

test.each([
  ['/here/got', true],
  ['/here/got/a', true],
  ['/here/gotten', false],
  ['/etc/passwd', false],
])('isInside() of %s is %s', (path, expected) => {
  expect(isInside(path, '/here/got')).toBe(expected);
});
