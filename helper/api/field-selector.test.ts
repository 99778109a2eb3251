import { fieldMatcher, parseFieldSelector } from './field-selector';
import type { KubeObject } from './meta';

const kind = { kind: 'Pod', fieldSelectors: { 'status.phase': () => 'Running' } };
const pod: KubeObject = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'web', namespace: 'shop' } };

describe('field selectors', () => {
  test.each([
    ['', true],
    ['metadata.name=web', true],
    ['metadata.name==web,status.phase!=Failed', true],
    ['metadata.name=web,status.phase!=Running', false],
    ['metadata.namespace=shop', true],
    ['status.phase=', false],
  ])('%p matches: %p', (text, expected) => {
    expect(fieldMatcher(kind, parseFieldSelector(text))(pod)).toBe(expected);
  });

  test('parseFieldSelector() refuses a term without operator', () => {
    expect(() => parseFieldSelector('a=b,c')).toThrow("invalid selector: 'a=b,c'; can't understand 'c'");
  });

  test('parseFieldSelector() reads escaped commas as part of the value', () => {
    expect(parseFieldSelector('a=x\\,y')).toEqual([{ field: 'a', operator: '=', value: 'x,y' }]);
  });

  test.each(['spec.unknown', 'constructor', '__proto__'])(
    'fieldMatcher() refuses %p, which the kind does not name',
    (field) => {
      expect(() => fieldMatcher(kind, parseFieldSelector(`${field}=x`))).toThrow(`field label not supported: ${field}`);
    },
  );
});
