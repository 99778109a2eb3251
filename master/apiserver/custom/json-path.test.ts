import { parseJsonPath } from './json-path';

const OBJECT = {
  spec: {
    replicas: 3,
    'a.b': 'dotted',
    list: [
      { name: 'x', n: 1 },
      { name: 'y', n: 5 },
    ],
  },
  status: {
    conditions: [
      { type: 'Ready', status: 'True' },
      { type: 'Other', status: 'False' },
    ],
  },
};

describe('parseJsonPath()', () => {
  test.each([
    ['.spec.replicas', [3]],
    ['.spec.nothing.below', []],
    [".spec['a.b']", ['dotted']],
    ['.spec.a\\.b', ['dotted']],
    ['.spec.list[1].name', ['y']],
    ['.spec.list[-1].name', ['y']],
    ['.spec.list[*].name', ['x', 'y']],
    ['.status.conditions[?(@.type=="Ready")].status', ['True']],
    [".status.conditions[?(@.type=='Missing')].status", []],
    ['.spec.list[?(@.n > 2)].name', ['y']],
    ['.spec.list[?(@.n)].name', ['x', 'y']],
    ['.constructor', []],
  ])('%s reads %j', (path, expected) => {
    expect(parseJsonPath(path)(OBJECT)).toEqual(expected);
  });

  it('refuses what is no path', () => {
    expect(() => parseJsonPath('.spec[')).toThrow('unexpected "["');
  });
});
