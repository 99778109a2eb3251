/**
 * The shape of the generated schemas: what the api-server knows of the structure of every kind.
 *
 * One `ObjectSchema` per type of the API, named as in Kubernetes' OpenAPI document. Type checks, pruning, strategic
 * merge and OpenAPI all read these; nothing else in the system repeats a field's type.
 * https://kubernetes.io/docs/reference/using-api/api-concepts/
 */

/** Scalars. `bytes` is base64 text; `any` is unchecked JSON; `object` is any JSON object (RawExtension, FieldsV1). */
export type ScalarType =
  | 'string'
  | 'boolean'
  | 'int32'
  | 'int64'
  | 'double'
  | 'bytes'
  | 'quantity'
  | 'intOrString'
  | 'time'
  | 'microTime'
  | 'any'
  | 'object';

export interface ScalarField {
  type: ScalarType;
}

/** A nested object; `ref` names its schema. */
export interface RefField {
  type: 'ref';
  ref: string;
  /** `retainKeys`, `replace`: how a strategic merge patch treats the object */
  patch?: string;
  /** Server-side apply looks at the fields one by one here, although elsewhere it replaces the type as a whole. */
  mapType?: 'granular';
}

export interface MapField {
  type: 'map';
  values: FieldSchema;
  mapType?: 'atomic';
}

export interface ListField {
  type: 'list';
  items: FieldSchema;
  /** `merge`, `merge,retainKeys` or absent (replace): how a strategic merge patch treats the list */
  patch?: string;
  /** The field that tells items apart in a strategic merge patch; absent for lists of scalars. */
  key?: string;
  /** How server-side apply treats the list. */
  listType: 'atomic' | 'map' | 'set';
  mapKeys?: string[];
  /** What an item means that leaves out a key. */
  keyDefaults?: Record<string, string>;
}

export type FieldSchema = ScalarField | RefField | MapField | ListField;

export interface GroupVersionKind {
  group: string;
  version: string;
  kind: string;
}

export interface ObjectSchema {
  fields: Record<string, FieldSchema>;
  required: string[];
  /** Only for types that are a whole object of the API. */
  gvk?: GroupVersionKind;
  mapType?: 'atomic';
}

/** `io.k8s.api.core.v1.Pod` -> its schema. */
export type Schemas = Record<string, ObjectSchema>;
