import { acceptsJson, parseAccept } from './accept';

describe('parseAccept()', () => {
  test.each<[string | undefined, string[]]>([
    [undefined, ['*/*']],
    ['', ['*/*']],
    ['text/html, Application/JSON', ['text/html', 'application/json']],
    ['a/b;q=0.1, c/d;q=0.9, e/f', ['e/f', 'c/d', 'a/b']],
    ['a/b;q=0, c/d', ['c/d']],
    ['a/b;q=nonsense', []],
    [';;;,', ['', '']],
  ])('%j', (header, types) => {
    expect(parseAccept(header).map(({ type }) => type)).toEqual(types);
  });

  it('keeps the parameters', () => {
    expect(parseAccept('application/json;as=Table; v=v1 ;g=meta.k8s.io')[0]?.parameters).toEqual({
      as: 'Table',
      v: 'v1',
      g: 'meta.k8s.io',
    });
  });
});

test.each([
  ['application/json', true],
  ['application/json; charset=utf-8', true],
  ['*/*', true],
  ['application/*', true],
  ['application/json;as=Table', false],
  ['application/vnd.kubernetes.protobuf', false],
])('acceptsJson() of %s is %s', (header, expected) => {
  expect(parseAccept(header).some(acceptsJson)).toBe(expected);
});
