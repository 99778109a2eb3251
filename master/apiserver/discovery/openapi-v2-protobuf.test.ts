import { readFields, type WireField } from '../protobuf/wire-reader';
import { FIXTURE_KINDS } from './kinds.fixture';
import { openApiGroups } from './openapi';
import { OpenApiV2 } from './openapi-v2';
import { encodeOpenApiV2 } from './openapi-v2-protobuf';

const EMPTY = new Uint8Array(0);
const fields = (bytes: Uint8Array): WireField[] => [...readFields(bytes)];
/** The messages of a field, or one way down several fields of which each occurs once. */
const all = (bytes: Uint8Array, number: number) =>
  fields(bytes).flatMap((field) => (field.number === number ? [field.bytes] : []));
const down = (bytes: Uint8Array, ...numbers: number[]): Uint8Array =>
  numbers.reduce((at: Uint8Array, number) => all(at, number)[0] ?? EMPTY, bytes);
const text = (bytes: Uint8Array) => Buffer.from(bytes).toString();
/** The value of an entry of a table. */
const named = (entries: Uint8Array[], name: string) =>
  down(entries.find((each) => text(down(each, 1)) === name) ?? EMPTY, 2);

describe('encodeOpenApiV2()', () => {
  const bytes = encodeOpenApiV2(new OpenApiV2().document(openApiGroups(FIXTURE_KINDS)));
  const definitions = all(down(bytes, 9), 1);

  it('writes definitions by name, with types, references, texts and extensions', () => {
    expect(text(down(bytes, 1))).toBe('2.0');
    const pod = named(definitions, 'io.k8s.api.core.v1.Pod');
    expect(text(down(pod, 22, 1))).toBe('object');
    const properties = all(down(pod, 25), 1);
    expect(text(down(named(properties, 'spec'), 1))).toBe('#/definitions/io.k8s.api.core.v1.PodSpec');
    const extension = text(down(named(all(pod, 31), 'x-kubernetes-group-version-kind'), 2));
    expect(JSON.parse(extension)).toEqual([{ group: '', kind: 'Pod', version: 'v1' }]);
    const spec = all(down(named(definitions, 'io.k8s.api.core.v1.PodSpec'), 25), 1);
    expect(text(down(named(spec, 'containers'), 23, 1, 1))).toBe('#/definitions/io.k8s.api.core.v1.Container');
    expect(text(down(named(spec, 'nodeSelector'), 21, 1, 22, 1))).toBe('string');
  });

  it('writes operations with their parameters, so that clients find what a verb can', () => {
    const patch = down(named(all(down(bytes, 8), 2), '/api/v1/namespaces/{namespace}/pods/{name}'), 8);
    const parameters = all(patch, 8);
    const names = parameters.map((each) => text(down(each, 1, 2, 3, 4)));
    expect(names).toEqual(expect.arrayContaining(['dryRun', 'fieldValidation']));
    expect(JSON.parse(text(down(named(all(patch, 13), 'x-kubernetes-group-version-kind'), 2)))).toMatchObject({
      kind: 'Pod',
    });
  });

  it('writes numbers, switches, defaults and alternatives of a schema, and nothing for what it does not know', () => {
    const value = {
      minimum: 0.5,
      maxItems: 3,
      uniqueItems: true,
      additionalProperties: false,
      default: { a: 1 },
      enum: ['x'],
      not: {},
    };
    const schema = named(all(down(encodeOpenApiV2({ definitions: { value } }), 9), 1), 'value');
    expect(fields(schema).map(({ number }) => number)).toEqual([9, 14, 16, 21, 5, 20]);
    expect(Buffer.from(down(schema, 9)).readDoubleLE()).toBe(0.5);
    expect(text(down(schema, 5, 2))).toBe('{"a":1}');
    expect(fields(down(schema, 21))).toMatchObject([{ number: 2, varint: 0n }]);
    expect(encodeOpenApiV2({})).toHaveLength(0);
  });
});
