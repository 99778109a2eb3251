/**
 * The other direction, for tests only: writes a JSON object as a Kubernetes protobuf body.
 */
import { isJsonObject, type JsonObject } from '../../../helper/patch/json-object';
import { findMessage, type MessageField } from './messages';
import { delimited, doubleField, numberField, varint } from './wire-writer';

interface EncodeOptions {
  /** Write lists of numbers in one run. */
  packed?: boolean;
}

/** The body of `object`, encoded as the message `fullName`. */
export function encodeKubeProtobuf(object: JsonObject, fullName: string, options: EncodeOptions = {}): Buffer {
  const typeMeta = Buffer.concat([delimited(1, text(object['apiVersion'])), delimited(2, text(object['kind']))]);
  const raw = encodeMessage(object, fullName, options);
  return Buffer.concat([
    Buffer.from('k8s\0'),
    delimited(1, typeMeta),
    delimited(2, raw),
    delimited(3, text('')),
    delimited(4, text('')),
  ]);
}

function encodeMessage(object: JsonObject, fullName: string, options: EncodeOptions): Buffer {
  const parts: Buffer[] = [];
  for (const [number, field] of findMessage(fullName) ?? []) {
    if (field.inlined) parts.push(delimited(number, encodeMessage(object, field.type, options)));
    else if (Object.hasOwn(object, field.name)) parts.push(encodeField(number, field, object[field.name], options));
  }
  return Buffer.concat(parts);
}

function encodeField(number: number, field: MessageField, value: unknown, options: EncodeOptions): Buffer {
  if (field.shape === 'map') {
    const entries = Object.entries(value as JsonObject).map(([key, inner]) =>
      delimited(number, Buffer.concat([delimited(1, text(key)), encodeOne(2, field.type, inner, options)])),
    );
    return Buffer.concat(entries);
  }
  if (field.shape === 'one') return encodeOne(number, field.type, value, options);
  const items = value as unknown[];
  if (options.packed && ['int32', 'int64'].includes(field.type)) {
    return delimited(number, Buffer.concat(items.map((item) => varint(BigInt(item as number)))));
  }
  return Buffer.concat(items.map((item) => encodeOne(number, field.type, item, options)));
}

function encodeOne(number: number, type: string, value: unknown, options: EncodeOptions): Buffer {
  switch (type) {
    case 'string':
      return delimited(number, text(value));
    case 'bytes':
      return delimited(number, Buffer.from(String(value), 'base64'));
    case 'bool':
    case 'int32':
    case 'int64':
      return numberField(number, BigInt(value as number | boolean));
    case 'Quantity':
      return delimited(number, delimited(1, text(value)));
    case 'IntOrString':
      return delimited(
        number,
        typeof value === 'number'
          ? Buffer.concat([numberField(1, 0n), numberField(2, BigInt(value))])
          : Buffer.concat([numberField(1, 1n), delimited(3, text(value))]),
      );
    case 'Time':
    case 'MicroTime':
      return delimited(number, encodeTime(String(value)));
    case 'double':
      return doubleField(number, value as number);
    case 'RawExtension':
    case 'FieldsV1':
    case 'JSON':
      return delimited(number, delimited(1, text(JSON.stringify(value))));
    case 'ExtraValue':
      return delimited(number, Buffer.concat((value as string[]).map((item) => delimited(1, text(item)))));
    case 'apiextensions/v1.JSONSchemaPropsOrArray':
      return delimited(number, encodeMessage(unionFields('schema', 'jSONSchemas', value), type, options));
    case 'apiextensions/v1.JSONSchemaPropsOrBool':
      return delimited(number, encodeMessage(unionFields('schema', 'allows', value), type, options));
    case 'apiextensions/v1.JSONSchemaPropsOrStringArray':
      return delimited(number, encodeMessage(unionFields('schema', 'property', value), type, options));
    default:
      if (!isJsonObject(value)) throw new Error(`no object for ${type}`);
      return delimited(number, encodeMessage(value, type, options));
  }
}

/** A value of two possible shapes: an object under one name, anything else under the other. */
const unionFields = (whenObject: string, otherwise: string, value: unknown): JsonObject => ({
  [isJsonObject(value) ? whenObject : otherwise]: value,
});

function encodeTime(value: string): Buffer {
  const micros = Number((/\.(\d{1,6})/.exec(value)?.[1] ?? '0').padEnd(6, '0'));
  return Buffer.concat([
    numberField(1, BigInt(Math.floor(Date.parse(value) / 1000))),
    numberField(2, BigInt(micros * 1000)),
  ]);
}

const text = (value: unknown) => Buffer.from(String(value));
