/**
 * What Kubernetes says of a value that does not fit its type: the words of Go's JSON decoder.
 *
 * They are known from many a question on the web (`json: cannot unmarshal number into Go struct field EnvVar.spec.containers.env.value
 * of type string`), so the same words are given here: the innermost type, the path of fields without positions and keys, and the Go
 * type. A strategic merge patch is decoded by other code there, which says less. Only the first wrong value is named, and texts of
 * an own type (`v1.PullPolicy`) are called strings here.
 * https://kubernetes.io/docs/reference/using-api/api-concepts/#field-validation
 */
import { isQuantity, QUANTITY_SYNTAX_MESSAGE } from '../quantity';
import { schemaOf } from './load';
import type { FieldSchema, ScalarType } from './schema';

/** A value where it does not fit: names of fields, keys of maps and positions in lists lead to it. */
export interface WrongValue {
  readonly path: readonly (string | number)[];
  readonly value: unknown;
}

const GO_TYPES: Readonly<Record<ScalarType, string>> = {
  string: 'string',
  boolean: 'bool',
  int32: 'int32',
  int64: 'int64',
  double: 'float64',
  bytes: '[]uint8',
  intOrString: 'intstr.IntOrString',
  quantity: 'resource.Quantity',
  time: 'v1.Time',
  microTime: 'v1.MicroTime',
  object: 'runtime.RawExtension',
  any: 'interface {}',
};

/** Where a value stands, in Go's terms. */
interface Place {
  /** `EnvVar`: the type around the field */
  readonly struct: string;
  /** `spec.containers.env.value` */
  readonly fields: string;
  readonly type: FieldSchema;
}

const shortName = (schemaName: string) => schemaName.slice(schemaName.lastIndexOf('.') + 1);

/** Walks down the schema; undefined when the object itself is what does not fit. */
function placeOf(schemaName: string, path: WrongValue['path']): Place | undefined {
  let type: FieldSchema = { type: 'ref', ref: schemaName };
  let struct = '';
  const fields: string[] = [];
  for (const step of path) {
    if (type.type === 'list') type = type.items;
    else if (type.type === 'map') type = type.values;
    else if (type.type === 'ref') {
      struct = shortName(type.ref);
      fields.push(String(step));
      type = schemaOf(type.ref).fields[step] ?? { type: 'any' };
    }
  }
  return fields.length > 0 ? { struct, fields: fields.join('.'), type } : undefined;
}

/** `[]v1.Container`, `map[string]string`; packages are called by their version. */
function goType(type: FieldSchema): string {
  if (type.type === 'list') return `[]${goType(type.items)}`;
  if (type.type === 'map')
    return type.values.type === 'quantity' ? 'v1.ResourceList' : `map[string]${goType(type.values)}`;
  if (type.type !== 'ref') return GO_TYPES[type.type];
  const [version, name] = type.ref.split('.').slice(-2);
  return `${version}.${name}`;
}

function jsonKind(value: unknown): string {
  if (Array.isArray(value)) return 'array';
  return typeof value === 'boolean' ? 'bool' : typeof value;
}

/** The message for one value; the types that read themselves (quantities, times, ...) have messages of their own. */
export function decodingError(schemaName: string, { path, value }: WrongValue): string {
  const kind = jsonKind(value);
  const place = placeOf(schemaName, path);
  if (!place) return `json: cannot unmarshal ${kind} into Go value of type ${goType({ type: 'ref', ref: schemaName })}`;
  switch (place.type.type) {
    case 'quantity':
      return quantityError(value);
    case 'intOrString':
      return `json: cannot unmarshal ${numeral(kind, value)} into Go value of type int32`;
    case 'time':
    case 'microTime':
      return timeError(kind, value, place.type.type === 'time' ? '' : '.000000');
    case 'bytes':
      if (kind === 'string') return `illegal base64 data at input byte ${firstIllegalByte(String(value))}`;
  }
  const isInteger = place.type.type === 'int32' || place.type.type === 'int64';
  const found = isInteger ? numeral(kind, value) : kind;
  return `json: cannot unmarshal ${found} into Go struct field ${place.struct}.${place.fields} of type ${goType(place.type)}`;
}

/** A number that is no integer of that size is shown. */
const numeral = (kind: string, value: unknown) => (kind === 'number' ? `number ${value}` : kind);

function quantityError(value: unknown): string {
  const isShaped = /^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$/.test(String(value)) && !isQuantity(String(value));
  return isShaped ? "unable to parse quantity's suffix" : QUANTITY_SYNTAX_MESSAGE;
}

function timeError(kind: string, value: unknown, fraction: string): string {
  if (kind !== 'string') return `json: cannot unmarshal ${kind} into Go value of type string`;
  const [text, layout] = [JSON.stringify(value), `"2006-01-02T15:04:05${fraction}Z07:00"`];
  return `parsing time ${text} as ${layout}: cannot parse ${text} as "2006"`;
}

function firstIllegalByte(text: string): number {
  const illegal = text.search(/[^A-Za-z0-9+/\r\n]/);
  return illegal < 0 ? text.length : illegal;
}

/** The message for a value that a strategic merge patch left behind. */
export function restoreError(schemaName: string, { path, value }: WrongValue): string {
  const kind = { array: 'slice', object: 'map', number: Number.isInteger(value) ? 'int64' : 'float64' }[
    jsonKind(value)
  ];
  const found = kind ?? jsonKind(value);
  const type = placeOf(schemaName, path)?.type ?? { type: 'ref', ref: schemaName };
  switch (type.type) {
    case 'map':
      return `cannot restore map from ${found}`;
    case 'list':
      return `cannot restore slice from ${found}`;
    case 'ref':
      return `cannot restore struct from: ${found}`;
    case 'string':
    case 'boolean':
    case 'int32':
    case 'int64':
    case 'double':
      return `cannot convert ${found} to ${goType(type)}`;
    default:
      return decodingError(schemaName, { path, value });
  }
}

/** A JSON value the way Go prints a map: `map[metadata:map[labels:invalid]]`. */
export function goText(value: unknown): string {
  if (value === null || value === undefined) return '<nil>';
  if (Array.isArray(value)) return `[${value.map(goText).join(' ')}]`;
  if (typeof value !== 'object') return String(value);
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `map[${entries.map(([key, inner]) => `${key}:${goText(inner)}`).join(' ')}]`;
}
