/**
 * The OpenAPI v2 document as the protobuf message clients in Go ask for: `openapi.v2.Document` of gnostic.
 *
 * kubectl reads this form, and no other, when OpenAPI v3 does not answer its question: for a List, for a kind nobody serves, and
 * always when it is older. A field here is a function that writes one value under its number; a message is a table of them. What
 * has no place in a message is left out, and everything called x-... goes into the list of extensions, as the text of its JSON.
 * https://kubernetes.io/docs/concepts/overview/kubernetes-api/#openapi-v2
 */
import { delimited, doubleField, numberField } from '../protobuf/wire-writer';

/** The bytes of a value, without the number of the field it stands in. */
type Encode = (value: unknown) => Buffer;
type Json = Record<string, unknown>;
/** What the fields of a message are called in JSON, and how each is written with its number. */
type Fields = Readonly<Record<string, Encode>>;

const NOTHING = Buffer.alloc(0);

const text: Encode = (value) => Buffer.from(String(value));
const one =
  (number: number, encode: Encode): Encode =>
  (value) =>
    delimited(number, encode(value));
const each =
  (number: number, encode: Encode): Encode =>
  (values) =>
    Buffer.concat((values as unknown[]).map((value) => delimited(number, encode(value))));
const string = (number: number) => one(number, text);
const strings = (number: number) => each(number, text);
const flag =
  (number: number): Encode =>
  (value) =>
    value === true ? numberField(number, 1n) : NOTHING;
const count =
  (number: number): Encode =>
  (value) =>
    numberField(number, BigInt(Math.trunc(Number(value))));
const real =
  (number: number): Encode =>
  (value) =>
    doubleField(number, Number(value));

/** gnostic keeps free values as YAML, and JSON is YAML. */
const any: Encode = (value) => delimited(2, text(JSON.stringify(value)));

/** One entry of a table: its name is field 1, its value field 2. */
const entry = (name: string, value: Buffer) => Buffer.concat([delimited(1, text(name)), delimited(2, value)]);

/** A table as a list of entries, under this number of the message around them. */
const table =
  (number: number, encode: Encode): Encode =>
  (values) =>
    Buffer.concat(Object.entries(values as Json).map(([name, value]) => delimited(number, entry(name, encode(value)))));

/** A message of these fields; `extensions` is the number its extensions stand under. */
const message =
  (fields: () => Fields, extensions?: number): Encode =>
  (value) => {
    const known = fields();
    const parts: Buffer[] = [];
    for (const [name, inner] of Object.entries(value as Json)) {
      if (inner === undefined || inner === null) continue;
      const field = Object.hasOwn(known, name) ? known[name] : undefined;
      if (field) parts.push(field(inner));
      else if (extensions && name.startsWith('x-')) parts.push(delimited(extensions, entry(name, any(inner))));
    }
    return Buffer.concat(parts);
  };

const additionalProperties: Encode = (value) =>
  typeof value === 'boolean' ? numberField(2, value ? 1n : 0n) : delimited(1, schema(value));
const itemsList: Encode = (value) => each(1, schema)(Array.isArray(value) ? value : [value]);
const typeList: Encode = (value) => strings(1)(Array.isArray(value) ? value : [value]);

const SCHEMA: Fields = {
  $ref: string(1),
  format: string(2),
  title: string(3),
  description: string(4),
  default: one(5, any),
  multipleOf: real(6),
  maximum: real(7),
  exclusiveMaximum: flag(8),
  minimum: real(9),
  exclusiveMinimum: flag(10),
  maxLength: count(11),
  minLength: count(12),
  pattern: string(13),
  maxItems: count(14),
  minItems: count(15),
  uniqueItems: flag(16),
  maxProperties: count(17),
  minProperties: count(18),
  required: strings(19),
  enum: each(20, any),
  additionalProperties: one(21, additionalProperties),
  type: one(22, typeList),
  items: one(23, itemsList),
  properties: (value) => delimited(25, table(1, schema)(value)),
  readOnly: flag(27),
  example: one(30, any),
};
const schema = message(() => SCHEMA, 31);

const BODY_PARAMETER: Fields = {
  description: string(1),
  name: string(2),
  in: string(3),
  required: flag(4),
  schema: one(5, schema),
};
const QUERY_PARAMETER: Fields = {
  required: flag(1),
  in: string(2),
  description: string(3),
  name: string(4),
  type: string(6),
  format: string(7),
  uniqueItems: flag(20),
};
const PATH_PARAMETER: Fields = {
  required: flag(1),
  in: string(2),
  description: string(3),
  name: string(4),
  type: string(5),
  format: string(6),
  uniqueItems: flag(19),
};
const bodyParameter = message(() => BODY_PARAMETER, 6);
const queryParameter = message(() => QUERY_PARAMETER, 23);
const pathParameter = message(() => PATH_PARAMETER, 22);

/** Parameter or reference, body or not, query or path: three messages around the one that says something. */
const parameter: Encode = (value) => {
  const place = (value as Json).in;
  if (place === 'body') return delimited(1, delimited(1, bodyParameter(value)));
  const inner = place === 'path' ? delimited(4, pathParameter(value)) : delimited(3, queryParameter(value));
  return delimited(1, delimited(2, inner));
};

const RESPONSE: Fields = { description: string(1), schema: one(2, one(1, schema)) };
const response = message(() => RESPONSE, 5);

const OPERATION: Fields = {
  tags: strings(1),
  summary: string(2),
  description: string(3),
  operationId: string(5),
  produces: strings(6),
  consumes: strings(7),
  parameters: each(8, parameter),
  responses: (value) => delimited(9, table(1, one(1, response))(value)),
  schemes: strings(10),
  deprecated: flag(11),
};
const operation = message(() => OPERATION, 13);

const PATH_ITEM: Fields = {
  get: one(2, operation),
  put: one(3, operation),
  post: one(4, operation),
  delete: one(5, operation),
  patch: one(8, operation),
  parameters: each(9, parameter),
};
const pathItem = message(() => PATH_ITEM, 10);

const INFO: Fields = { title: string(1), version: string(2) };
const API_KEY: Fields = { type: string(1), name: string(2), in: string(3), description: string(4) };
const apiKey = message(() => API_KEY, 5);

const DOCUMENT: Fields = {
  swagger: string(1),
  info: one(
    2,
    message(() => INFO),
  ),
  paths: (value) => delimited(8, table(2, pathItem)(value)),
  definitions: (value) => delimited(9, table(1, schema)(value)),
  security: each(12, table(1, strings(1))),
  securityDefinitions: (value) => delimited(13, table(1, one(2, apiKey))(value)),
};
const document = message(() => DOCUMENT);

/** The bytes of `openapi.v2.Document` for a document as `OpenApiV2` makes it. */
export function encodeOpenApiV2(value: Readonly<Record<string, unknown>>): Buffer {
  return document(value);
}

const MEDIA_TYPE = 'application/com.github.proto-openapi.spec.v2.v1.0+protobuf';

/** The names of the form: kubectl asks with an `@` no media type may have, and would not understand one in the answer. */
export const OPENAPI_V2_PROTOBUF = {
  asked: [MEDIA_TYPE, MEDIA_TYPE.replace('v2.v1', 'v2@v1')],
  answered: MEDIA_TYPE,
} as const;
