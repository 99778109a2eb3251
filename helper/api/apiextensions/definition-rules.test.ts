import { customResourceDefinitionKind } from './custom-resource-definition';
import type { CustomResourceDefinition } from './definition';
import type { JsonSchema } from './schema/json-schema';

const { strategy } = customResourceDefinitionKind;

function definition(schema: unknown = { type: 'object' }): CustomResourceDefinition {
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: 'foos.example.com', resourceVersion: '1' },
    spec: {
      group: 'example.com',
      scope: 'Namespaced',
      names: { plural: 'foos', kind: 'Foo' },
      versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: schema as JsonSchema } }],
    },
  };
}

type Change = (definition: CustomResourceDefinition) => void;
const version = ({ spec }: CustomResourceDefinition) =>
  spec.versions[0] as CustomResourceDefinition['spec']['versions'][0];

function problems(change: Change, schema?: unknown): string[] {
  const given = definition(schema);
  change(given);
  strategy.prepareForCreate?.(given);
  strategy.applyDefaults?.(given);
  return strategy.validate(given).map(({ field, message }) => `${field}: ${message}`);
}

describe('validateDefinition()', () => {
  const cases: [name: string, change: Change, expected: (string | RegExp)[]][] = [
    ['nothing in a good one', () => undefined, []],
    [
      'a name that is not plural.group',
      (d) => void Object.assign(d.metadata, { name: 'foo.example.com' }),
      [/^metadata.name: .*must be spec.names.plural\+"."\+spec.group/],
    ],
    [
      'a group without a dot',
      (d) => void Object.assign(d.spec, { group: 'example' }),
      [/^metadata.name/, 'spec.group: Invalid value: "example": should be a domain with at least one dot'],
    ],
    [
      'another scope',
      (d) => void Object.assign(d.spec, { scope: 'World' }),
      ['spec.scope: Unsupported value: "World": supported values: "Cluster", "Namespaced"'],
    ],
    [
      'a bad plural',
      (d) => void Object.assign(d.spec.names, { plural: 'Foos' }),
      [/^metadata.name/, /^spec.names.plural: Invalid value: "Foos": a DNS-1035 label/],
    ],
    [
      'a kind with blanks',
      (d) => void Object.assign(d.spec.names, { kind: 'My Foo', singular: 'foo', listKind: 'FooList' }),
      [/^spec.names.kind: .*may have mixed case, but should otherwise match/],
    ],
    [
      'a list called like its items',
      (d) => void Object.assign(d.spec.names, { listKind: 'Foo' }),
      ['spec.names.listKind: Invalid value: "Foo": kind and listKind may not be the same'],
    ],
    [
      'no storage version',
      (d) => void Object.assign(version(d), { storage: false }),
      [/^spec.versions: .*must have exactly one version marked as storage version$/],
    ],
    [
      'no schema',
      (d) => void delete version(d).schema,
      ['spec.versions[0].schema.openAPIV3Schema: Required value: schemas are required'],
    ],
    [
      'preserveUnknownFields',
      (d) => void Object.assign(d.spec, { preserveUnknownFields: true }),
      [/^spec.preserveUnknownFields: Invalid value: true: cannot set to true/],
    ],
    [
      'a column without a path',
      (d) => void Object.assign(version(d), { additionalPrinterColumns: [{ name: 'A', type: 'text', jsonPath: 'a' }] }),
      [
        'spec.additionalPrinterColumns[0].type: Invalid value: "text": must be one of boolean,date,integer,number,string',
        'spec.additionalPrinterColumns[0].JSONPath: Invalid value: "a": must be a simple json path starting with .',
      ],
    ],
    [
      'replicas outside of spec',
      (d) =>
        void Object.assign(version(d), {
          subresources: { scale: { specReplicasPath: '.a', statusReplicasPath: '.status.r' } },
        }),
      ['spec.subresources.scale.specReplicasPath: Invalid value: ".a": should be a json path under .spec'],
    ],
    [
      'a warning of a version that stays',
      (d) => void Object.assign(version(d), { deprecationWarning: 'old' }),
      ['spec.versions[0].deprecationWarning: Invalid value: "old": can only be set for deprecated versions'],
    ],
    [
      'a selectable field nobody described',
      (d) => void Object.assign(version(d), { selectableFields: [{ jsonPath: '.spec.a' }] }),
      [/^spec.versions\[0\].selectableFields\[0\].jsonPath: .*is an invalid path/],
    ],
    [
      'a webhook without an address',
      (d) => void Object.assign(d.spec, { conversion: { strategy: 'Webhook' } }),
      [
        'spec.conversion.webhookClientConfig: Required value: required when strategy is set to Webhook',
        'spec.conversion.conversionReviewVersions: Required value',
      ],
    ],
    [
      'a webhook over HTTP',
      (d) =>
        void Object.assign(d.spec, {
          conversion: {
            strategy: 'Webhook',
            webhook: { clientConfig: { url: 'http://a' }, conversionReviewVersions: ['v1'] },
          },
        }),
      [/^spec.conversion.webhookClientConfig.url: .*'https' is the only allowed URL scheme/],
    ],
    [
      'a group of Kubernetes without approval',
      (d) => void Object.assign(d, { metadata: { name: 'foos.a.k8s.io' }, spec: { ...d.spec, group: 'a.k8s.io' } }),
      [/^metadata.annotations\[api-approved.kubernetes.io\]: Required value: protected groups/],
    ],
  ];
  test.each(cases)('finds %s', (_name, change, expected) => {
    const found = problems(change);
    expect(found).toHaveLength(expected.length);
    for (const [index, text] of expected.entries()) {
      if (text instanceof RegExp) expect(found[index]).toMatch(text);
      else expect(found[index]).toBe(text);
    }
  });

  const at = 'spec.validation.openAPIV3Schema';
  const spec = (inner: object) => ({ type: 'object', properties: { spec: inner } });
  const schemas: [name: string, schema: unknown, expected: string[]][] = [
    [
      'a field without a type',
      spec({}),
      [`${at}.properties[spec].type: Required value: must not be empty for specified object fields`],
    ],
    ['a root without a type', { properties: {} }, [`${at}.type: Required value: must not be empty at the root`]],
    [
      'a root that is a list',
      { type: 'array', items: { type: 'string' } },
      [`${at}.type: Invalid value: "array": must be object at the root`],
    ],
    [
      'a list without items',
      spec({ type: 'array' }),
      [`${at}.properties[spec].items: Required value: must be specified`],
    ],
    [
      'a type inside anyOf',
      spec({ type: 'integer', anyOf: [{ type: 'integer' }] }),
      [`${at}.properties[spec].anyOf[0].type: Forbidden: must be empty to be structural`],
    ],
    [
      'int-or-string as everybody writes it',
      spec({ 'x-kubernetes-int-or-string': true, anyOf: [{ type: 'integer' }, { type: 'string' }] }),
      [],
    ],
    [
      'a field only allOf knows',
      spec({ type: 'object', allOf: [{ properties: { a: { minimum: 1 } } }] }),
      [
        `${at}.properties[spec].properties[a]: Required value: because it is defined in ${at}.properties[spec].allOf[0].properties[a]`,
      ],
    ],
    [
      'rules for metadata',
      { type: 'object', properties: { metadata: { type: 'object', properties: { labels: { type: 'object' } } } } },
      [
        `${at}.properties[metadata]: Forbidden: must not specify anything other than name and generateName, but metadata is implicitly specified`,
      ],
    ],
    [
      'rules for the name',
      {
        type: 'object',
        properties: { metadata: { type: 'object', properties: { name: { type: 'string', pattern: '^a' } } } },
      },
      [],
    ],
    [
      'uniqueItems',
      spec({ type: 'array', items: { type: 'string' }, uniqueItems: true }),
      [
        `${at}.properties[spec].uniqueItems: Forbidden: uniqueItems cannot be set to true since the runtime complexity becomes quadratic`,
      ],
    ],
    [
      'fields and a map at once',
      spec({ type: 'object', properties: { a: { type: 'string' } }, additionalProperties: { type: 'string' } }),
      [
        `${at}.properties[spec].additionalProperties: Forbidden: additionalProperties and properties are mutual exclusive`,
      ],
    ],
    [
      'a default of the wrong type',
      spec({ type: 'object', properties: { a: { type: 'integer', default: 'x' } } }),
      [
        `${at}.properties[spec].properties[a].default: Invalid value: "string":  in body must be of type integer: "string"`,
      ],
    ],
    [
      'a default with unknown fields',
      spec({ type: 'object', default: { a: 1 } }),
      [`${at}.properties[spec].default: Invalid value: {"a":1}: must not have unknown fields`],
    ],
    [
      'a pattern that is none',
      spec({ type: 'string', pattern: '(' }),
      [
        expect.stringContaining(
          `${at}.properties[spec].pattern: Invalid value: "(": must be a valid regular expression, but isn't`,
        ) as unknown as string,
      ],
    ],
    [
      'a map list without keys',
      spec({ type: 'array', items: { type: 'object' }, 'x-kubernetes-list-type': 'map' }),
      [
        `${at}.properties[spec].x-kubernetes-list-map-keys: Required value: must not be empty if x-kubernetes-list-type is map`,
      ],
    ],
    [
      'a reference',
      spec({ type: 'object', $ref: '#/a' }),
      [`${at}.properties[spec].$ref: Forbidden: $ref is not supported`],
    ],
    [
      'items that are no schema',
      spec({ type: 'array', items: 'string' }),
      [`${at}.properties[spec].items: Invalid value: "string": must be of type object`],
    ],
    [
      'nullable at the root',
      { type: 'object', nullable: true },
      [`${at}.nullable: Forbidden: nullable cannot be true at the root`],
    ],
  ];
  test.each(schemas)('finds %s', (_name, schema, expected) => {
    expect(problems(() => undefined, schema)).toEqual(expected);
  });

  it('writes the path of a version when versions differ', () => {
    const found = problems((d) => {
      d.spec.versions.push({
        name: 'v2',
        served: true,
        storage: false,
        schema: { openAPIV3Schema: { type: 'object', properties: { spec: {} } } },
      });
    });
    expect(found).toEqual([
      'spec.versions[1].schema.openAPIV3Schema.properties[spec].type: Required value: must not be empty for specified object fields',
    ]);
  });
});

describe('validateDefinitionUpdate()', () => {
  const updated = (change: Change) => {
    const old = definition();
    strategy.prepareForCreate?.(old);
    strategy.applyDefaults?.(old);
    if (old.status) old.status.conditions = [{ type: 'Established', status: 'True' }];
    const next = structuredClone(old);
    change(next);
    strategy.prepareForUpdate?.(next, old);
    return { next, errors: strategy.validateUpdate?.(next, old).map(({ field }) => field) };
  };
  it('keeps names and scope of what is served', () => {
    const { errors } = updated((d) => {
      d.spec.scope = 'Cluster';
      d.spec.names.kind = 'Bar';
      d.spec.group = 'other.com';
    });
    expect(errors).toEqual(['spec.scope', 'spec.names.kind', 'spec.group']);
  });

  it('remembers every version objects may be stored in', () => {
    const { next, errors } = updated((d) => {
      d.spec.versions = [
        { ...version(d), storage: false },
        { ...version(d), name: 'v2' },
      ];
    });
    expect([errors, next.status?.storedVersions]).toEqual([[], ['v1', 'v2']]);
  });

  it('refuses to forget a version that objects are stored in', () => {
    expect(updated((d) => void Object.assign(version(d), { name: 'v2' })).errors).toEqual(['status.storedVersions[0]']);
  });
});

it('applyDefaults() names the singular, the list and the way of conversion', () => {
  const given = definition();
  strategy.applyDefaults?.(given);
  expect(given.spec.names).toMatchObject({ singular: 'foo', listKind: 'FooList' });
  expect(given.spec.conversion).toEqual({ strategy: 'None' });
});

it('warnings() tells formats nobody knows', () => {
  const schema = { type: 'object', properties: { a: { type: 'string', format: 'colour' } } };
  expect(strategy.warnings?.(definition(schema))).toEqual(['unrecognized format "colour"']);
});
