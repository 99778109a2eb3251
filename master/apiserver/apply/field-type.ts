/**
 * What server-side apply must know of a type: which parts of it have owners of their own, and how list items are told apart.
 *
 * Made once per type from the generated schemas (`typeOfKind`) or from the schema of a custom resource (`customType`), as a
 * graph that every walk of this folder follows. Whatever is replaced as a whole is a leaf: scalars, atomic lists, atomic
 * maps and structs.
 * https://kubernetes.io/docs/reference/using-api/server-side-apply/#merge-strategy
 */
import { schemaOf } from '../../../helper/api/schema/load';
import type { FieldSchema, ListField, ObjectSchema } from '../../../helper/api/schema/schema';
import { isJsonObject } from '../../../helper/patch/json-object';

/** A value with one owner. */
export interface LeafType {
  readonly kind: 'leaf';
}

/** No owner at all: what the server keeps for itself (`metadata.uid`, `metadata.managedFields`, ...). */
interface ServerOwnedType {
  readonly kind: 'serverOwned';
}

/** Structs and granular maps: each field, each key has its owner. */
export interface MapType {
  readonly kind: 'map';
  readonly fields: ReadonlyMap<string, FieldType>;
  /** type of keys that are not fields; undefined: there are no others */
  readonly values: FieldType | undefined;
  /** fields that are there before anybody sets them (Go's structs that are no pointers); nobody comes to own them by adding them */
  readonly alwaysPresent: ReadonlySet<string>;
}

/** A list whose items have owners; items are told apart by `keys`, or by their value in a set. */
export interface ListType {
  readonly kind: 'list';
  readonly items: FieldType;
  /** in alphabetical order; empty for a set */
  readonly keys: readonly string[];
  /** what an item that leaves out a key means (`protocol`: TCP) */
  readonly keyDefaults: Readonly<Record<string, unknown>>;
}

/** Schemaless: objects are granular maps of the same, everything else is a leaf. */
export interface DeducedType {
  readonly kind: 'deduced';
}

export type FieldType = LeafType | ServerOwnedType | MapType | ListType | DeducedType;

export const LEAF: LeafType = { kind: 'leaf' };
export const DEDUCED: DeducedType = { kind: 'deduced' };
const SERVER_OWNED: ServerOwnedType = { kind: 'serverOwned' };
const DEDUCED_MAP: MapType = { kind: 'map', fields: new Map(), values: DEDUCED, alwaysPresent: new Set() };

const OBJECT_META = 'io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta';

/** Fields of an object's own metadata that no manager can own, as in Kubernetes. */
const SERVER_OWNED_METADATA = [
  'name',
  'namespace',
  'creationTimestamp',
  'selfLink',
  'uid',
  'generation',
  'managedFields',
  'resourceVersion',
];

/** Structs that Kubernetes holds by value although the schema calls them optional. */
const VALUE_STRUCTS = new Set(['metadata', 'spec', 'status', 'strategy', 'updateStrategy']);
const FURTHER_VALUE_STRUCTS = new Set([
  'core.v1.PersistentVolumeClaimSpec.resources',
  'core.v1.ServiceStatus.loadBalancer',
  'core.v1.NodeStatus.daemonEndpoints',
  'core.v1.NodeStatus.nodeInfo',
  'core.v1.NodeDaemonEndpoints.kubeletEndpoint',
  'core.v1.PodTemplate.template',
  'core.v1.Event.source',
  'events.v1.Event.regarding',
  'networking.v1.IngressStatus.loadBalancer',
  'apps.v1.ReplicaSetSpec.template',
]);

const compiled = new Map<string, FieldType>();
const objectTypes = new Map<string, MapType>();

/** The type of whole objects of a kind; `schemaName` as in OpenAPI (`io.k8s.api.core.v1.Pod`), an unknown one throws. */
export function typeOfKind(schemaName: string): MapType {
  let type = objectTypes.get(schemaName);
  if (!type) {
    const inner = compileRef(schemaName);
    type = asObjectType(inner.kind === 'map' ? inner : DEDUCED_MAP);
    objectTypes.set(schemaName, type);
  }
  return type;
}

/** Takes out what every object has and nobody owns. */
export function asObjectType(type: MapType): MapType {
  const meta = compileRef(OBJECT_META) as MapType;
  const serverOwned = SERVER_OWNED_METADATA.map((name): [string, FieldType] => [name, SERVER_OWNED]);
  const metadata: MapType = { ...meta, fields: new Map([...meta.fields, ...serverOwned]) };
  const fields = new Map(type.fields);
  fields.set('apiVersion', SERVER_OWNED).set('kind', SERVER_OWNED).set('metadata', metadata);
  return { ...type, fields, alwaysPresent: new Set([...type.alwaysPresent, 'metadata']) };
}

function compileRef(schemaName: string): FieldType {
  let type = compiled.get(schemaName);
  if (!type) {
    const schema = schemaOf(schemaName);
    type = schema.mapType === 'atomic' ? LEAF : compileStruct(schemaName, schema);
  }
  return type;
}

/** Registers the type before it looks at the fields, because types contain themselves (JSONSchemaProps). */
function compileStruct(schemaName: string, schema: ObjectSchema): MapType {
  const fields = new Map<string, FieldType>();
  const alwaysPresent = new Set<string>();
  const type: MapType = { kind: 'map', fields, values: undefined, alwaysPresent };
  compiled.set(schemaName, type);
  for (const [name, field] of Object.entries(schema.fields)) {
    fields.set(name, compileField(field));
    if (schema.required.includes(name) || isValueStruct(schemaName, name, field)) alwaysPresent.add(name);
  }
  return type;
}

function isValueStruct(schemaName: string, name: string, field: FieldSchema): boolean {
  if (field.type !== 'ref') return false;
  return VALUE_STRUCTS.has(name) || FURTHER_VALUE_STRUCTS.has(`${schemaName.replace('io.k8s.api.', '')}.${name}`);
}

function compileField(field: FieldSchema): FieldType {
  switch (field.type) {
    case 'ref':
      return field.mapType === 'granular'
        ? compileStruct(`${field.ref} granular`, schemaOf(field.ref))
        : compileRef(field.ref);
    case 'map':
      return field.mapType === 'atomic' ? LEAF : mapOf(compileField(field.values));
    case 'list':
      return compileList(field);
    case 'any':
    case 'object':
      return DEDUCED;
    default:
      return LEAF;
  }
}

function compileList({ items, listType, mapKeys = [], keyDefaults = {} }: ListField): FieldType {
  if (listType === 'atomic') return LEAF;
  return listOf(compileField(items), listType === 'map' ? mapKeys : [], keyDefaults);
}

/** A granular map. */
export const mapOf = (values: FieldType): MapType => ({
  kind: 'map',
  fields: new Map(),
  values,
  alwaysPresent: new Set(),
});

/** A list of items with keys, or a set when there are none. */
export const listOf = (
  items: FieldType,
  keys: readonly string[],
  keyDefaults: Readonly<Record<string, unknown>> = {},
): ListType => ({ kind: 'list', items, keys: [...keys].sort(), keyDefaults });

/** The type of one key of a map. */
export function typeOfField(type: MapType, name: string): FieldType {
  return type.fields.get(name) ?? type.values ?? DEDUCED;
}

/** The type as which a value is walked: deduced types take the value's form, and a value that does not fit is a leaf. */
export function typeOfValue(type: FieldType, value: unknown): FieldType {
  if (value === null || value === undefined) return type;
  switch (type.kind) {
    case 'deduced':
      return isJsonObject(value) ? DEDUCED_MAP : LEAF;
    case 'map':
      return isJsonObject(value) ? type : LEAF;
    case 'list':
      return Array.isArray(value) ? type : LEAF;
    default:
      return type;
  }
}
