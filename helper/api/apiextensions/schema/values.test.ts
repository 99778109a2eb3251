import { applySchemaDefaults, hasDefaults } from './apply-schema-defaults';
import { pruneMetadata, validateEmbedded } from './embedded-metadata';
import { hasFormat, isKnownFormat } from './formats';
import type { JsonMap, JsonSchema } from './json-schema';
import { validateListUniqueness } from './list-uniqueness';
import { compilePattern } from './pattern';
import { pruneObject } from './prune-value';
import { validateValue } from './validate-value';

const object = (properties: Record<string, JsonSchema>, more: JsonSchema = {}): JsonSchema => ({
  type: 'object',
  properties,
  ...more,
});
const spec = (schema: JsonSchema) => object({ spec: object({ x: schema }) });
const texts = (schema: JsonSchema, x: unknown) =>
  validateValue(spec(schema), { spec: { x } }).map(({ field, message }) => `${field}: ${message}`);

describe('validateValue()', () => {
  const cases: [name: string, schema: JsonSchema, value: unknown, expected: string[]][] = [
    ['a fitting value', { type: 'integer', minimum: 1, maximum: 10 }, 5, []],
    ['a whole number where a fraction may stand', { type: 'number' }, 5, []],
    [
      'a wrong type',
      { type: 'integer' },
      'many',
      ['spec.x: Invalid value: "string": spec.x in body must be of type integer: "string"'],
    ],
    [
      'null where it is not allowed',
      { type: 'string' },
      null,
      ['spec.x: Invalid value: "null": spec.x in body must be of type string: "null"'],
    ],
    ['null where it is allowed', { type: 'string', nullable: true }, null, []],
    [
      'neither integer nor string',
      { 'x-kubernetes-int-or-string': true },
      true,
      ['spec.x: Invalid value: "boolean": spec.x in body must be of type integer,string: "boolean"'],
    ],
    [
      'above the maximum',
      { type: 'integer', maximum: 10 },
      11,
      ['spec.x: Invalid value: 11: spec.x in body should be less than or equal to 10'],
    ],
    [
      'at an exclusive minimum',
      { type: 'integer', minimum: 1, exclusiveMinimum: true },
      1,
      ['spec.x: Invalid value: 1: spec.x in body should be greater than 1'],
    ],
    ['a multiple', { type: 'number', multipleOf: 0.1 }, 0.3, []],
    [
      'no multiple',
      { type: 'integer', multipleOf: 4 },
      6,
      ['spec.x: Invalid value: 6: spec.x in body should be a multiple of 4'],
    ],
    ['too long', { type: 'string', maxLength: 2 }, 'abc', ['spec.x: Too long: may not be more than 2 bytes']],
    [
      'too short',
      { type: 'string', minLength: 1 },
      '',
      ['spec.x: Invalid value: "": spec.x in body should be at least 1 chars long'],
    ],
    [
      'against the pattern',
      { type: 'string', pattern: '^[a-z]+$' },
      'A1',
      ['spec.x: Invalid value: "A1": spec.x in body should match \'^[a-z]+$\''],
    ],
    [
      'against the format',
      { type: 'string', format: 'date' },
      'soon',
      ['spec.x: Invalid value: "soon": spec.x in body must be of type date: "soon"'],
    ],
    ['a format nobody knows', { type: 'string', format: 'colour' }, 'soon', []],
    [
      'no word of the enum',
      { type: 'string', enum: ['a', 'b'] },
      'c',
      ['spec.x: Unsupported value: "c": supported values: "a", "b"'],
    ],
    [
      'too few items',
      { type: 'array', items: { type: 'string' }, minItems: 1 },
      [],
      ['spec.x: Invalid value: 0: spec.x in body should have at least 1 items'],
    ],
    [
      'too many items',
      { type: 'array', items: { type: 'string' }, maxItems: 1 },
      ['a', 'b'],
      ['spec.x: Too many: 2: must have at most 1 items'],
    ],
    [
      'a wrong item',
      { type: 'array', items: { type: 'string' } },
      ['a', 2],
      ['spec.x[1]: Invalid value: "integer": spec.x[1] in body must be of type string: "integer"'],
    ],
    ['a missing field', { type: 'object', required: ['y'] }, {}, ['spec.x.y: Required value']],
    [
      'a wrong value of a map',
      { type: 'object', additionalProperties: { type: 'string' } },
      { a: 1 },
      ['spec.x.a: Invalid value: "integer": spec.x.a in body must be of type string: "integer"'],
    ],
    [
      'too many fields',
      { type: 'object', maxProperties: 1 },
      { a: 1, b: 2 },
      ['spec.x: Invalid value: 2: spec.x in body should have at most 1 properties'],
    ],
    [
      'no alternative',
      { type: 'integer', anyOf: [{ minimum: 10 }, { maximum: 1 }] },
      5,
      [
        '<nil>: Invalid value: "": "spec.x" must validate at least one schema (anyOf)',
        'spec.x: Invalid value: 5: spec.x in body should be greater than or equal to 10',
      ],
    ],
    [
      'two of one',
      { type: 'integer', oneOf: [{ minimum: 1 }, { minimum: 2 }] },
      5,
      ['<nil>: Invalid value: "": "spec.x" must validate one and only one schema (oneOf). Found 2 valid alternatives'],
    ],
    [
      'not all',
      { type: 'integer', allOf: [{ minimum: 1 }, { maximum: 2 }] },
      5,
      [
        'spec.x: Invalid value: 5: spec.x in body should be less than or equal to 2',
        '<nil>: Invalid value: "": "spec.x" must validate all the schemas (allOf)',
      ],
    ],
    [
      'the forbidden',
      { type: 'integer', not: { minimum: 3 } },
      5,
      ['<nil>: Invalid value: "": "spec.x" must not validate the schema (not)'],
    ],
  ];
  test.each(cases)('judges %s', (_name, schema, value, expected) => {
    expect(texts(schema, value)).toEqual(expected);
  });

  it('names a field that is missing at the top', () => {
    const errors = validateValue(object({}, { required: ['spec'] }), {});
    expect(errors).toEqual([{ field: 'spec', reason: 'FieldValueRequired', message: 'Required value' }]);
  });
});

describe('pruneObject()', () => {
  const open = { 'x-kubernetes-preserve-unknown-fields': true } as const;
  const cases: [name: string, schema: JsonSchema, given: JsonMap, left: JsonMap, dropped: string[]][] = [
    ['drops what nobody named', object({ a: { type: 'string' } }), { a: 'x', b: 1 }, { a: 'x' }, ['b']],
    [
      'keeps what every object has',
      object({}),
      { apiVersion: 'v', kind: 'k', metadata: {} },
      { apiVersion: 'v', kind: 'k', metadata: {} },
      [],
    ],
    ['drops names JavaScript knows', object({}), { constructor: 1 }, {}, ['constructor']],
    [
      'looks into lists and maps',
      object({ l: { type: 'array', items: object({}) }, m: { type: 'object', additionalProperties: object({}) } }),
      { l: [{ a: 1 }], m: { k: { b: 1 } } },
      { l: [{}], m: { k: {} } },
      ['l[0].a', 'm.k.b'],
    ],
    [
      'keeps unknown fields where asked, and prunes known ones below',
      object({ s: object({ known: object({}) }, open) }),
      { s: { known: { a: 1 }, other: { b: [1, { c: 1 }] } } },
      { s: { known: {}, other: { b: [1, { c: 1 }] } } },
      ['s.known.a'],
    ],
    [
      'keeps kind and metadata of embedded objects',
      object({ t: object({ spec: object({}) }, { 'x-kubernetes-embedded-resource': true }) }),
      { t: { kind: 'Pod', metadata: { name: 'a' }, spec: { b: 1 }, c: 1 } },
      { t: { kind: 'Pod', metadata: { name: 'a' }, spec: {} } },
      ['t.spec.b', 't.c'],
    ],
  ];
  test.each(cases)('%s', (_name, schema, given, left, dropped) => {
    expect(pruneObject(schema, given)).toEqual(dropped);
    expect(given).toEqual(left);
  });
});

describe('applySchemaDefaults()', () => {
  const schema = object({
    spec: object(
      {
        size: { type: 'integer', default: 1 },
        mode: { type: 'string' },
        may: { type: 'string', nullable: true, default: 'x' },
      },
      { default: {} },
    ),
    list: { type: 'array', items: object({ port: { type: 'integer', default: 80 } }) },
    map: { type: 'object', additionalProperties: object({ on: { type: 'boolean', default: true } }) },
  });
  test.each([
    ['the whole default first, then those inside it', {}, { spec: { size: 1, may: 'x' } }],
    [
      'null as absent, unless null may be',
      { spec: { size: null, mode: null, may: null } },
      { spec: { size: 1, may: null } },
    ],
    [
      'items and values of maps',
      { spec: { size: 2, may: 'y' }, list: [{}], map: { a: {} } },
      { spec: { size: 2, may: 'y' }, list: [{ port: 80 }], map: { a: { on: true } } },
    ],
  ])('fills %s', (_name, given, expected) => {
    const value = structuredClone(given);
    applySchemaDefaults(schema, value);
    expect(value).toEqual(expected);
    applySchemaDefaults(schema, value);
    expect(value).toEqual(expected);
  });

  it('hasDefaults() knows whether there is anything to fill', () => {
    expect([hasDefaults(schema), hasDefaults(object({ a: { type: 'string' } }))]).toEqual([true, false]);
  });
});

describe('validateListUniqueness()', () => {
  const set = object({ l: { type: 'array', items: { type: 'string' }, 'x-kubernetes-list-type': 'set' } });
  const map = object({
    l: { type: 'array', items: object({}), 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['name'] },
  });
  test.each([
    ['a set', set, ['a', 'b'], []],
    ['a set with one item thrice', set, ['a', 'a', 'a'], ['l[1]: Duplicate value: "a"']],
    ['a map', map, [{ name: 'a' }, { name: 'b' }], []],
    ['a map with a key twice', map, [{ name: 'a', x: 1 }, { name: 'a' }], ['l[1]: Duplicate value: {"name":"a"}']],
    ['a map with a scalar', map, ['a'], ['l[0]: Invalid value: "a": must be an object for an array of list-type map']],
  ])('judges %s', (_name, schema, l, expected) => {
    expect(validateListUniqueness(schema, { l }).map(({ field, message }) => `${field}: ${message}`)).toEqual(expected);
  });
});

describe('embedded objects', () => {
  const schema = object({ t: object({}, { 'x-kubernetes-embedded-resource': true }) });
  it('pruneMetadata() drops unknown fields of metadata and reports wrong types', () => {
    const value: JsonMap = { metadata: { name: 'a', extra: 1 }, t: { metadata: { labels: { a: 1 }, more: 1 } } };
    const report = pruneMetadata(schema, value);
    expect(report.unknown).toEqual(['metadata.extra', 't.metadata.more']);
    expect(report.errors.map(({ field }) => field)).toEqual(['t.metadata.labels.a']);
    expect(value.metadata).toEqual({ name: 'a' });
  });

  it('validateEmbedded() wants apiVersion and kind', () => {
    const errors = validateEmbedded(schema, { t: { metadata: { labels: { '-': 'x' } } } });
    expect(errors.map(({ field }) => field)).toEqual(['t.apiVersion', 't.kind', 't.metadata.labels']);
    expect(validateEmbedded(schema, { t: { apiVersion: 'v1', kind: 'Pod', metadata: {} } })).toEqual([]);
  });
});

describe('compilePattern()', () => {
  test.each([
    ['(?i)^abc$', 'ABC', true],
    ['^[[:alpha:]]+$', 'abc', true],
    ['\\Aab\\z', 'ab', true],
    ['(?P<year>\\d{4})', '2026', true],
    ['^\\Qa.b\\E$', 'axb', false],
  ])('runs %s as Go would', (pattern, text, expected) => {
    expect(compilePattern(pattern).test(text)).toBe(expected);
  });
  test.each(['(', '(?=a)', '(a)\\1', '[[:nothing:]]'])('refuses %s', (pattern) => {
    expect(() => compilePattern(pattern)).toThrow('error parsing regexp');
  });
});

describe('hasFormat()', () => {
  test.each([
    ['ipv4', '10.0.0.1', '10.0.0.256'],
    ['ipv6', '::1', '10.0.0.1'],
    ['cidr', '10.0.0.0/8', '10.0.0.0/33'],
    ['date', '2026-02-28', '2026-02-30'],
    ['date-time', '2026-02-28T10:00:00Z', '2026-02-28'],
    ['duration', '1h30m', 'soon'],
    ['uuid', '123e4567-e89b-12d3-a456-426614174000', '123e4567'],
    ['byte', 'aGVsbG8=', 'a'],
    ['hostname', 'a.example.com', 'a_b'],
    ['email', 'a@example.com', 'example.com'],
    ['uri', 'https://example.com/a', 'a b'],
    ['mac', '01:02:03:04:ab:cd', '01:02'],
    ['isbn', '0-306-40615-2', '0-306-40615-1'],
    ['creditcard', '4111 1111 1111 1111', '4111 1111 1111 1112'],
  ])('knows %s', (format, good, bad) => {
    expect([hasFormat(format, good), hasFormat(format, bad)]).toEqual([true, false]);
  });
  it('isKnownFormat() tells words without meaning', () => {
    expect(['int64', 'date-time', 'colour'].map(isKnownFormat)).toEqual([true, true, false]);
  });
});
