import fc from 'fast-check';
import { findDuplicateKeys } from './duplicate-keys';

describe('findDuplicateKeys()', () => {
  test.each([
    ['{}', []],
    ['[1,"a",{"a":"a"}]', []],
    ['{"spec":{"replicas":1,"replicas":2}}', ['spec.replicas']],
    ['{"spec":{"replicas":1,"replicas":2,"replicas":3}}', ['spec.replicas']],
    ['{"a":[{"b":1},{"b":1,"b":2}]}', ['a[1].b']],
    ['{"a":1 , "a" : 2}', ['a']],
    ['{"a":"x","b":"a","c":["a","a"]}', []],
    ['{"a\\u0062":1,"ab":2}', ['ab']],
    ['{"a":"}{\\"","b":{"c":[[],[]],"c":0}}', ['b.c']],
    ['{"__proto__":1,"__proto__":2}', ['__proto__']],
  ])('%s', (text, expected) => {
    expect(findDuplicateKeys(text)).toEqual(expected);
  });

  it('finds none in what JSON.stringify() writes', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => expect(findDuplicateKeys(JSON.stringify(value, null, 1))).toEqual([])),
    );
  });

  it('refuses absurd nesting', () => {
    expect(() => findDuplicateKeys('['.repeat(100_000))).toThrow('nested more than 1000 levels deep');
  });
});
