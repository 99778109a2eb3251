import { printerColumns } from './printer-columns';

const NOW = new Date('2026-01-01T01:00:00Z');
const OBJECT = {
  apiVersion: 'example.com/v1',
  kind: 'Foo',
  metadata: { name: 'a', creationTimestamp: '2026-01-01T00:00:00Z' },
  spec: { n: 1.5, text: 'x', on: true, map: { a: 1 }, when: 'soon' },
};

describe('printerColumns()', () => {
  test.each([
    ['string', '.spec.text', 'x'],
    ['string', '.spec.map', '{"a":1}'],
    ['integer', '.spec.n', 1],
    ['integer', '.spec.text', null],
    ['number', '.spec.n', 1.5],
    ['boolean', '.spec.on', true],
    ['date', '.metadata.creationTimestamp', '60m'],
    ['date', '.spec.when', '<invalid>'],
    ['string', '.spec.missing', null],
    ['string', '.spec[', null],
  ])('a column of type %s shows %s as %j', (type, jsonPath, expected) => {
    const [, column] = printerColumns([{ name: 'X', type, jsonPath }]);
    expect(column?.value(OBJECT, NOW)).toBe(expected);
    expect(column?.description).toBe(`Custom resource definition column (in JSONPath format): ${jsonPath}`);
  });

  it('shows name and age when the definition names no columns', () => {
    expect(printerColumns(undefined).map(({ name }) => name)).toEqual(['Name', 'Age']);
  });
});
