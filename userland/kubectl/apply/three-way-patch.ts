/**
 * The patch of a client-side apply: from what was applied last, what is wanted now, and what the server has.
 *
 * Fields that are wanted and differ from the server's are set; fields that were applied last and are wanted no more are
 * removed; everything else belongs to others (controllers, defaults) and is left alone. Lists with a merge key are compared
 * item by item, where the schema names the key; custom resources have no schema and get a JSON merge patch.
 * https://kubernetes.io/docs/tasks/manage-kubernetes-objects/declarative-config/#how-apply-calculates-differences-and-merges-changes
 */
import { isDeepStrictEqual } from 'node:util';
import { findSchema } from '../../../helper/api/schema/load';
import type { FieldSchema, ListField } from '../../../helper/api/schema/schema';

type Fields = Readonly<Record<string, unknown>>;

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const fieldsOf = (value: unknown): Fields => (isFields(value) ? value : {});
const itemsOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

/** The schema of a field of the object that `schema` describes; undefined where nothing is known. */
function schemaOfField(schema: FieldSchema | undefined, name: string): FieldSchema | undefined {
  if (schema?.type === 'map') return schema.values;
  return schema?.type === 'ref' ? findSchema(schema.ref)?.fields[name] : undefined;
}

const isMerged = (schema: FieldSchema | undefined): schema is ListField =>
  schema?.type === 'list' && (schema.patch?.split(',').includes('merge') ?? false);

/** Finds the items of a list by their key. */
function itemWith(items: readonly unknown[], key: string, value: unknown): Fields | undefined {
  return items.find((item): item is Fields => isFields(item) && item[key] === value);
}

function patchKeyedList(before: unknown, wanted: readonly unknown[], current: unknown, schema: ListField, key: string) {
  const changes: Fields[] = [];
  for (const item of wanted.filter(isFields)) {
    const id = item[key];
    const now = itemWith(itemsOf(current), key, id);
    if (!now) {
      changes.push(item);
      continue;
    }
    const change = patchFields(fieldsOf(itemWith(itemsOf(before), key, id)), item, now, schema.items);
    if (Object.keys(change).length > 0) changes.push({ ...change, [key]: id });
  }
  for (const item of itemsOf(before).filter(isFields)) {
    const isGone = !itemWith(wanted, key, item[key]) && itemWith(itemsOf(current), key, item[key]);
    if (isGone) changes.push({ $patch: 'delete', [key]: item[key] });
  }
  return changes;
}

/** undefined when the list needs no change. `name` is the field's, for the directive that removes scalars. */
function patchList(name: string, before: unknown, wanted: readonly unknown[], current: unknown, schema?: FieldSchema) {
  if (!isMerged(schema) || !Array.isArray(current)) {
    return isDeepStrictEqual(wanted, current) ? {} : { [name]: wanted };
  }
  if (schema.key) {
    const changes = patchKeyedList(before, wanted, current, schema, schema.key);
    if (changes.length === 0) return {};
    const order = wanted.filter(isFields).map((item) => ({ [schema.key ?? '']: item[schema.key ?? ''] }));
    return { [`$setElementOrder/${name}`]: order, [name]: changes };
  }
  const added = wanted.filter((item) => !current.includes(item));
  const removed = itemsOf(before).filter((item) => !wanted.includes(item) && current.includes(item));
  return {
    ...(added.length > 0 ? { [name]: added } : {}),
    ...(removed.length > 0 ? { [`$deleteFromPrimitiveList/${name}`]: removed } : {}),
  };
}

/** YAML's empty values are absent fields: `null` in a manifest asks for removal. */
function patchFields(before: Fields, wanted: Fields, current: Fields, schema: FieldSchema | undefined): Fields {
  const patch: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(wanted)) {
    const fieldSchema = schemaOfField(schema, name);
    const now = current[name];
    if (value === null) {
      if (now !== undefined) patch[name] = null;
    } else if (Array.isArray(value)) {
      Object.assign(patch, patchList(name, before[name], value, now, fieldSchema));
    } else if (isFields(value) && isFields(now)) {
      const change = patchFields(fieldsOf(before[name]), value, now, fieldSchema);
      if (Object.keys(change).length > 0) patch[name] = change;
    } else if (!isDeepStrictEqual(value, now)) patch[name] = value;
  }
  for (const name of Object.keys(before)) {
    if (!(name in wanted) && current[name] !== undefined) patch[name] = null;
  }
  return patch;
}

/**
 * The patch that makes `current` as `wanted`; {} when nothing is to be done. `schemaName` is the kind's OpenAPI name;
 * undefined asks for a JSON merge patch, where lists are replaced as a whole.
 */
export function threeWayPatch(before: unknown, wanted: unknown, current: unknown, schemaName?: string): Fields {
  const schema: FieldSchema | undefined = schemaName ? { type: 'ref', ref: schemaName } : undefined;
  return patchFields(fieldsOf(before), fieldsOf(wanted), fieldsOf(current), schema);
}
