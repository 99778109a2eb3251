import type { CustomResourceDefinition } from '../../../helper/api/apiextensions/definition';
import type { JsonSchema, ValidationRule } from '../../../helper/api/apiextensions/schema/json-schema';
import type { KubeObject } from '../../../helper/api/meta';
import { checkRules } from './check-rules';
import { runRules } from './run-rules';

const rules = (...given: ValidationRule[]) => ({ 'x-kubernetes-validations': given });
const integer: JsonSchema = { type: 'integer' };
const object = (properties: Record<string, JsonSchema>, more: JsonSchema = {}): JsonSchema => ({
  type: 'object',
  properties,
  ...more,
});
const given = (spec: unknown): KubeObject =>
  ({ apiVersion: 'a/v1', kind: 'A', metadata: { name: 'a' }, spec }) as KubeObject;

function judged(schema: JsonSchema, spec: unknown, old?: unknown): string[] {
  const root = object({ spec: schema });
  const errors = runRules(root, given(spec), old === undefined ? undefined : given(old));
  return errors.map(({ field, message }) => `${field}: ${message}`);
}

describe('runRules()', () => {
  const ordered = object({ min: integer, max: integer }, rules({ rule: 'self.min <= self.max' }));
  test.each<[name: string, schema: JsonSchema, spec: unknown, old: unknown, expected: string[]]>([
    ['a rule that holds', ordered, { min: 1, max: 2 }, undefined, []],
    [
      'a rule that does not',
      ordered,
      { min: 3, max: 2 },
      undefined,
      ['spec: Invalid value: "object": failed rule: self.min <= self.max'],
    ],
    [
      'a rule about a missing field',
      ordered,
      { min: 3 },
      undefined,
      ['spec: Invalid value: "object": no such key: max evaluating rule: self.min <= self.max'],
    ],
    [
      'a message',
      object({ a: integer }, rules({ rule: 'self.a > 0', message: 'must be more' })),
      { a: 0 },
      undefined,
      ['spec: Invalid value: "object": must be more'],
    ],
    [
      'a message that is computed',
      object({ a: { ...integer, ...rules({ rule: 'self > 0', messageExpression: '"not " + string(self)' }) } }),
      { a: 0 },
      undefined,
      ['spec.a: Invalid value: "integer": not 0'],
    ],
    [
      'another field and reason',
      object(
        { a: integer },
        rules({ rule: 'self.a > 0', reason: 'FieldValueForbidden', fieldPath: '.a', message: 'no' }),
      ),
      { a: 0 },
      undefined,
      ['spec.a: Forbidden: no'],
    ],
    [
      'a value that may not change',
      object({ a: { ...integer, ...rules({ rule: 'self == oldSelf', message: 'immutable' }) } }),
      { a: 2 },
      { a: 1 },
      ['spec.a: Invalid value: "integer": immutable'],
    ],
    [
      'the same of a new object',
      object({ a: { ...integer, ...rules({ rule: 'self == oldSelf' }) } }),
      { a: 2 },
      undefined,
      [],
    ],
    [
      'an optional old value',
      object({ a: { ...integer, ...rules({ rule: 'oldSelf.hasValue() || self == 1', optionalOldSelf: true }) } }),
      { a: 2 },
      undefined,
      ['spec.a: Invalid value: "integer": failed rule: oldSelf.hasValue() || self == 1'],
    ],
    ['what an update left alone', ordered, { min: 3, max: 2 }, { min: 3, max: 2 }, []],
  ])('judges %s', (_name, schema, spec, old, expected) => {
    expect(judged(schema, spec, old)).toEqual(expected);
  });

  it('compares items of keyed lists with what they were', () => {
    const items = object({ name: { type: 'string' }, n: integer }, rules({ rule: 'self.n >= oldSelf.n' }));
    const list: JsonSchema = {
      type: 'array',
      items,
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['name'],
    };
    const before = {
      l: [
        { name: 'a', n: 5 },
        { name: 'b', n: 1 },
      ],
    };
    const after = {
      l: [
        { name: 'b', n: 0 },
        { name: 'a', n: 6 },
        { name: 'c', n: 0 },
      ],
    };
    expect(judged(object({ l: list }), after, before)).toEqual([
      'spec.l[0]: Invalid value: "object": failed rule: self.n >= oldSelf.n',
    ]);
  });
});

describe('checkRules()', () => {
  const problems = (schema: JsonSchema) => {
    const versions = [
      { name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: object({ spec: schema }) } },
    ];
    return checkRules({ spec: { versions } } as unknown as CustomResourceDefinition).map(
      ({ field, message }) => `${field}: ${message}`,
    );
  };
  const at = 'spec.validation.openAPIV3Schema.properties[spec]';

  it('finds nothing wrong with good rules', () => {
    expect(
      problems(
        object(
          { a: integer },
          rules({ rule: 'self.a > 0 && self.a >= oldSelf.a', messageExpression: '"x"', fieldPath: '.a' }),
        ),
      ),
    ).toEqual([]);
  });

  test.each<[name: string, schema: JsonSchema, expected: RegExp]>([
    [
      'a field nobody described',
      object({ x: integer }, rules({ rule: 'self.z == 100' })),
      /x-kubernetes-validations\[0\]\.rule: .*compilation failed: .*undefined field 'z'/s,
    ],
    [
      'a rule that is no question',
      object({ x: integer }, rules({ rule: 'self.x + 1' })),
      /\.rule: .*must evaluate to a bool$/,
    ],
    [
      'a message that is no text',
      object({ x: integer }, rules({ rule: 'true', messageExpression: '1' })),
      /\.messageExpression: .*messageExpression must evaluate to a string$/,
    ],
    [
      'a path that leads nowhere',
      object({ x: integer }, rules({ rule: 'true', fieldPath: '.y' })),
      /\.fieldPath: .*fieldPath must be a valid path$/,
    ],
    [
      'optionalOldSelf without oldSelf',
      object({ x: integer }, rules({ rule: 'true', optionalOldSelf: true })),
      /\.optionalOldSelf: .*may not be set if oldSelf is not used in rule$/,
    ],
    [
      'old items of a list without keys',
      object({ l: { type: 'array', items: { ...integer, ...rules({ rule: 'self == oldSelf' }) } } }),
      /oldSelf cannot be used on the uncorrelatable portion of the schema within .*properties\[l\]$/,
    ],
  ])('finds %s', (_name, schema, expected) => {
    const found = problems(schema);
    expect(found).toHaveLength(1);
    expect(found[0]?.startsWith(at)).toBe(true);
    expect(found[0]).toMatch(expected);
  });
});
