import type { JsonSchema } from '../../../helper/api/apiextensions/schema/json-schema';
import { boundOf } from './bounds';
import { compileCel } from './compile-cel';
import { schemaType } from './schema-type';

const TEXT = { type: 'string', maxLength: 25 } as const;
const SCHEMA: JsonSchema = {
  type: 'object',
  required: ['n'],
  properties: {
    n: { type: 'integer' },
    text: TEXT,
    endless: { type: 'string' },
    choice: { type: 'string', enum: ['a', 'longer'] },
    list: { type: 'array', maxItems: 10, items: { type: 'integer' } },
    texts: { type: 'array', maxItems: 10, items: TEXT },
    objects: { type: 'array', maxItems: 5, items: { type: 'object', properties: { name: TEXT } } },
    map: { type: 'object', maxProperties: 7, additionalProperties: TEXT },
    open: { type: 'array', items: { type: 'string' } },
    portOrName: { 'x-kubernetes-int-or-string': true },
    pairs: { type: 'array', maxItems: 725, items: { type: 'integer' } },
  },
};

function estimate(expression: string): number {
  return compileCel(expression, { variables: { self: schemaType(SCHEMA) } }).estimate({ self: boundOf(SCHEMA) });
}

describe('estimateCost()', () => {
  it.each([
    ['true', 0],
    ['self.n > 3', 3],
    ['has(self.text)', 1],
    ["self.text == 'abc'", 3],
    ["self.text == self.text + 'abc'", 2 + (2 + 11) + 10],
    ['self.n > 0 && self.n < 5 || !has(self.n)', 3 + 3 + 2],
    ["self.n > 0 ? self.text : 'x'", 3 + 2],
    ['self.list[0] == 1', 3],
    ['self.map["a"] == "b"', 4],
    ["self.text.startsWith('ab')", 3],
    ["self.text.contains('abcdefghijk')", 2 + 10 * 2],
    ["self.text.matches('^[a-z]+$')", 2 + 11 * 2],
    ["'a' in self.list.map(x, string(x))", 2 + 11 + 10 * (12 + 2) + 10],
    ['self.list.all(x, x > 0)', 2 + 1 + 10 * (3 + 2)],
    ['self.list.exists(x, x > 0)', 2 + 1 + 10 * (4 + 2)],
    ['self.objects.exists_one(o, o.name == "ab")', 2 + 2 + 5 * (2 + 3)],
    ['self.map.all(k, k.size() > 0)', 2 + 1 + 7 * (3 + 3)],
    ['self.list.filter(x, x > 0).size() > 0', 2 + 11 + 10 * (13 + 2) + 2],
    ['self.list.sum() > self.list.max()', 2 + 10 + 2 + 10 + 1],
    ['self.texts.isSorted()', 2 + 10 * 11],
    ["self.texts.join(',').size() < 100", 2 + 101 + 2],
    ["self.choice + 'x' == 'ax'", 2 + 1 + 1],
    ['self.pairs.all(x, self.pairs.all(y, y == x))', 2 + 1 + 725 * (3 + (2 + 1 + 725 * (3 + 2)))],
    ["self.open.all(s, s == 'string constant')", 2 + 1 + 1_048_575 * (3 + 3)],
  ])('takes %s for %d', (expression, cost) => {
    expect(estimate(expression)).toBe(cost);
  });

  it('finds no limit where a number is turned into a text and joined', () => {
    expect(estimate("'n is ' + string(self.n) == 'x'")).toBe(Number.POSITIVE_INFINITY);
    expect(estimate("'n is %d'.format([self.n]) == 'x'")).toBeLessThan(20);
  });
});

describe('boundOf()', () => {
  it.each<[JsonSchema, number | undefined]>([
    [{ type: 'string' }, 3 * 1024 * 1024 - 2],
    [{ type: 'string', maxLength: 5 }, 20],
    [{ type: 'string', format: 'date-time', maxLength: 5 }, 32],
    [{ type: 'array', items: { type: 'boolean' } }, Math.floor((3 * 1024 * 1024 - 2) / 5)],
    [{ type: 'array', items: SCHEMA }, Math.floor((3 * 1024 * 1024 - 2) / (2 + 1 + 1 + 4 + 1))],
    [{ type: 'object', additionalProperties: { type: 'integer' } }, Math.floor((3 * 1024 * 1024 - 2) / 7)],
    [{ type: 'array', items: {} }, undefined],
  ])('limits %j', (schema, most) => {
    expect(boundOf(schema)?.maxElements).toBe(most);
  });
});
