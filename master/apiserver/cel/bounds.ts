/**
 * How large a value of a structural schema can be: what the cost of a rule is estimated from before there are values.
 *
 * A list, map or string has the limit its schema gives, or else as many elements as fit into one request. The numbers are
 * Kubernetes', since they decide which definitions are accepted.
 * https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#resource-use-by-validation-functions
 */
import { type JsonSchema, propertyOf, valuesOf } from '../../../helper/api/apiextensions/schema/json-schema';
import { escapeField } from './field-names';

/** The largest request that is taken, in bytes. */
export const MAX_REQUEST_BYTES = 3 * 1024 * 1024;

/** The limits of one place in a schema. */
export interface Bound {
  /** items, entries, or bytes of text; 0 where a value has no length */
  readonly maxElements: number;
  /** the least a value takes as JSON */
  readonly minBytes: number;
  /** of the items of a list or the values of a map */
  readonly elements?: Bound;
  /** of the keys of a map */
  readonly keys?: Bound;
  /** of the fields of an object, by the name expressions use */
  readonly fields?: ReadonlyMap<string, Bound>;
}

const KEY: Bound = { maxElements: 0, minBytes: 2 };
const SCALARS: Readonly<Record<string, Bound>> = {
  boolean: { maxElements: 0, minBytes: 4 },
  number: { maxElements: 0, minBytes: 1 },
  integer: { maxElements: 0, minBytes: 1 },
};
/** Dates and durations are as long as their notation. */
const FORMATS: Readonly<Record<string, Bound>> = {
  duration: { maxElements: 32, minBytes: 3 },
  date: { maxElements: 12, minBytes: 12 },
  'date-time': { maxElements: 32, minBytes: 21 },
};
const TEXT: Bound = { maxElements: MAX_REQUEST_BYTES - 2, minBytes: 2 };
const METADATA: Bound = {
  maxElements: 0,
  minBytes: 2,
  fields: new Map([
    ['name', TEXT],
    ['generateName', TEXT],
  ]),
};
/** A character takes up to four bytes. */
const BYTES_PER_CHARACTER = 4;

/** The limits of values of the schema; undefined where the schema leaves open what a value is. `isRoot`: a whole object. */
export function boundOf(schema: JsonSchema, isRoot = false): Bound | undefined {
  if (schema['x-kubernetes-int-or-string']) return { maxElements: textLimit(schema), minBytes: 1 };
  switch (schema.type) {
    case 'array':
      return listBound(schema);
    case 'object':
      return valuesOf(schema)
        ? mapBound(schema)
        : objectBound(schema, isRoot || schema['x-kubernetes-embedded-resource'] === true);
    case 'string':
      return textBound(schema);
    default:
      return SCALARS[schema.type ?? ''];
  }
}

function textLimit({ maxLength, enum: choices }: JsonSchema): number {
  if (maxLength !== undefined) return Math.max(maxLength, 0) * BYTES_PER_CHARACTER;
  if (!choices?.length) return TEXT.maxElements;
  return Math.max(...choices.map((choice) => (typeof choice === 'string' ? Buffer.byteLength(choice) : 0)));
}

function textBound(schema: JsonSchema): Bound {
  const { format = '', maxLength } = schema;
  if (format === 'byte') return { ...TEXT, maxElements: Math.max(maxLength ?? TEXT.maxElements, 0) };
  return FORMATS[format] ?? { ...TEXT, maxElements: textLimit(schema) };
}

function listBound({ items, maxItems }: JsonSchema): Bound | undefined {
  const elements = items && boundOf(items);
  if (!elements) return undefined;
  const most = maxItems ?? Math.floor((MAX_REQUEST_BYTES - 2) / (elements.minBytes + 1));
  return { maxElements: Math.max(most, 0), minBytes: 2, elements };
}

function mapBound(schema: JsonSchema): Bound | undefined {
  const values = valuesOf(schema);
  const elements = values && boundOf(values);
  if (!elements) return undefined;
  const most = schema.maxProperties ?? Math.floor((MAX_REQUEST_BYTES - 2) / (elements.minBytes + 6));
  return { maxElements: Math.max(most, 0), minBytes: 2, elements, keys: KEY };
}

function objectBound(schema: JsonSchema, isWhole: boolean): Bound {
  const fields = new Map<string, Bound>();
  let minBytes = 2;
  for (const name of Object.keys(schema.properties ?? {})) {
    const property = propertyOf(schema, name);
    const bound = property && boundOf(property);
    if (!bound) continue;
    const escaped = escapeField(name);
    if (escaped !== undefined) fields.set(escaped, bound);
    if (schema.required?.includes(name) && property.default === undefined) minBytes += name.length + bound.minBytes + 4;
  }
  if (isWhole) fields.set('apiVersion', TEXT).set('kind', TEXT).set('metadata', METADATA);
  return { maxElements: 0, minBytes, fields };
}
