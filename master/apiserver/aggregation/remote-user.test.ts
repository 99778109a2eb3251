import { isRemoteUserHeader, remoteUserHeaders } from './remote-user';

describe('remoteUserHeaders()', () => {
  test('names the user, every group and every extra', () => {
    const user = { name: 'jane', groups: ['dev', 'ops'], extra: { scopes: ['a', 'b'] } };
    expect(remoteUserHeaders(user)).toEqual({
      'X-Remote-User': 'jane',
      'X-Remote-Group': ['dev', 'ops'],
      'X-Remote-Extra-scopes': ['a', 'b'],
    });
  });

  test('encodes what a header name cannot hold', () => {
    const user = { name: 'x', groups: [], extra: { 'example.com/pod ä': ['1'] } };
    expect(Object.keys(remoteUserHeaders(user))).toEqual([
      'X-Remote-User',
      'X-Remote-Extra-example.com%2Fpod%20%C3%A4',
    ]);
  });

  test('sends names as the bytes of UTF-8', () => {
    const header = remoteUserHeaders({ name: 'Jürgen', groups: [] })['X-Remote-User'];
    expect(Buffer.from(String(header), 'latin1').toString()).toBe('Jürgen');
  });
});

test.each([
  ['x-remote-user', true],
  ['x-remote-extra-scopes', true],
  ['x-remote-uid', true],
  ['x-requested-with', false],
])('isRemoteUserHeader() of %s is %s', (name, expected) => {
  expect(isRemoteUserHeader(name)).toBe(expected);
});
