import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { checkStructure } from './check-structure';

const POD = 'io.k8s.api.core.v1.Pod';
const pod = (spec: unknown) => ({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'web' }, spec });
const container = (fields: object) => pod({ containers: [{ name: 'c', image: 'nginx', ...fields }] });
const AT = 'spec.containers[0]';

describe('checkStructure() reports wrong types', () => {
  const cases: [name: string, value: unknown, field: string, message: string][] = [
    ['text for an integer', pod({ priority: 'high' }), 'spec.priority', '"high": must be of type integer'],
    ['a fraction for an integer', pod({ priority: 1.5 }), 'spec.priority', '1.5: must be of type integer'],
    ['an int32 out of range', pod({ priority: 2 ** 31 }), 'spec.priority', '2147483648: must be of type integer'],
    ['a number for text', container({ image: 7 }), `${AT}.image`, '7: must be of type string'],
    ['an object for a list', pod({ containers: {} }), 'spec.containers', '{}: must be of type array'],
    ['a list for an object', pod([]), 'spec', '[]: must be of type object'],
    ['text for a list item', pod({ containers: ['nginx'] }), AT, '"nginx": must be of type object'],
    ['text for a boolean', container({ tty: 'true' }), `${AT}.tty`, '"true": must be of type boolean'],
    ['a number in a label', { metadata: { labels: { a: 1 } } }, 'metadata.labels.a', '1: must be of type string'],
    [
      'a bad time',
      { metadata: { creationTimestamp: 'today' } },
      'metadata.creationTimestamp',
      '"today": must be of type date-time (RFC 3339)',
    ],
    [
      'a port of the wrong type',
      container({ livenessProbe: { httpGet: { port: true } } }),
      `${AT}.livenessProbe.httpGet.port`,
      'true: must be of type integer or string',
    ],
    [
      'a quantity that is none',
      container({ resources: { limits: { cpu: 'lots' } } }),
      `${AT}.resources.limits.cpu`,
      `"lots": quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'`,
    ],
  ];
  test.each(cases)('%s', (_name, value, field, message) => {
    expect(checkStructure(POD, value).errors).toEqual([
      expect.objectContaining({ field, message: `Invalid value: ${message}` }),
    ]);
  });

  it('says so when the object itself is none', () => {
    expect(checkStructure(POD, [])).toMatchObject({ errors: [{ field: '', reason: 'FieldValueTypeInvalid' }] });
  });

  it('takes base64 where Kubernetes has bytes, and nothing else', () => {
    const check = (data: unknown) => checkStructure('io.k8s.api.core.v1.Secret', { data: { key: data } }).errors;
    expect(check('aGVsbG8=')).toEqual([]);
    expect(check('')).toEqual([]);
    expect(check('aGVs\nbG8=')).toEqual([]);
    expect(check('not base64!')).toHaveLength(1);
    expect(check('A'.repeat(4_000_000))).toEqual([]);
  });
});

describe('checkStructure() lists unknown fields as paths', () => {
  test.each([
    [{ spec: { foo: 1 } }, ['spec.foo']],
    [container({ imge: 'x', resources: { limitz: {} } }), [`${AT}.imge`, `${AT}.resources.limitz`]],
    [JSON.parse('{"__proto__":{"x":1},"constructor":1}'), ['__proto__', 'constructor']],
    [{ metadata: { labels: { any: 'x' }, managedFields: [{ fieldsV1: { 'f:spec': {} } }] } }, []],
    [{ spec: { volumes: [{ name: 'v', image: { reference: 'r' } }], resources: { limits: { cpu: 1 } } } }, []],
  ])('%j', (value, unknown) => {
    expect(checkStructure(POD, value)).toEqual({ errors: [], unknown });
  });
});

it('checkStructure() treats null as absent', () => {
  expect(checkStructure(POD, pod({ containers: null, priority: null, nodeSelector: { a: null } }))).toEqual({
    errors: [],
    unknown: [],
  });
});

it('checkStructure() refuses nesting no real object has', () => {
  let schema: object = { type: 'string' };
  for (let depth = 0; depth < 5000; depth++) schema = { not: schema };
  const report = checkStructure('io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaProps', schema);
  expect(report.errors).toHaveLength(1);
});

it('checkStructure() never throws and changes nothing, whatever the JSON', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const wrapped = { spec: value, metadata: value, status: { containerStatuses: value } };
      const before = JSON.stringify(wrapped);
      checkStructure(POD, wrapped);
      expect(JSON.stringify(wrapped)).toBe(before);
    }),
  );
});

it('every schema named by a ref exists', () => {
  const text = readFileSync(join(__dirname, '../../../generated/schemas.json'), 'utf8');
  const schemas = JSON.parse(text) as Record<string, unknown>;
  const refs = [...text.matchAll(/"ref":"([^"]+)"/g)].map((match) => match[1] ?? '');
  expect(refs.filter((ref) => !(ref in schemas))).toEqual([]);
});
