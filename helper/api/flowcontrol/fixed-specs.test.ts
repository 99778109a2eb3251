import {
  FIXED_FLOW_SCHEMAS,
  FIXED_PRIORITY_LEVELS,
  keepsFixedLevel,
  keepsFixedSchema,
  validateFlowConditions,
} from './fixed-specs';

const said = (errors: readonly { field: string; message: string }[]) =>
  errors.map(({ field, message }) => `${field}: ${message.replace(/\{.*\}/, '{}')}`);

describe('keepsFixedSchema()', () => {
  it('lets every schema be anything but those the server needs', () => {
    const { exempt } = FIXED_FLOW_SCHEMAS;
    const other = { ...exempt, matchingPrecedence: 2 };
    expect(keepsFixedSchema('mine', other)).toEqual([]);
    expect(keepsFixedSchema('exempt', structuredClone(exempt))).toEqual([]);
    expect(said(keepsFixedSchema('exempt', other))).toEqual([
      "spec: Invalid value: {}: spec of 'exempt' must equal the fixed value",
    ]);
  });
});

describe('keepsFixedLevel()', () => {
  const { exempt, 'catch-all': catchAll } = FIXED_PRIORITY_LEVELS;
  it.each([
    ['mine', { type: 'Limited' }, []],
    ['catch-all', structuredClone(catchAll), []],
    ['catch-all', { type: 'Limited' }, ["spec: Invalid value: {}: spec of 'catch-all' must equal the fixed value"]],
    ['exempt', { ...exempt, exempt: { nominalConcurrencyShares: 7 } }, []],
    [
      'exempt',
      { ...catchAll },
      ["spec: Invalid value: {}: spec of 'exempt' except the 'spec.exempt' field must equal the fixed value"],
    ],
  ])('of %s says what it may not be', (name, spec, expected) => {
    expect(said(keepsFixedLevel(name, spec))).toEqual(expected);
  });
});

describe('validateFlowConditions()', () => {
  it('refuses a type that is empty or there twice', () => {
    expect(validateFlowConditions(undefined)).toEqual([]);
    expect(said(validateFlowConditions([{ type: 'A' }, { type: 'A' }, {}]))).toEqual([
      'status.conditions[1].type: Duplicate value: "A"',
      'status.conditions[2].type: Required value: must not be empty',
    ]);
  });
});
