/**
 * Drops from a custom resource what its schema does not name.
 *
 * `x-kubernetes-preserve-unknown-fields` keeps what stands at its place; fields named below it are pruned again. apiVersion, kind and
 * metadata of the object, and of objects embedded in it, are Kubernetes' own: see `embedded-metadata.ts`.
 * https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#field-pruning
 */
import {
  childPath,
  isJsonMap,
  type JsonMap,
  type JsonSchema,
  OBJECT_FIELDS,
  propertyOf,
  valuesOf,
} from './json-schema';

/** Prunes a whole object in place. Returns the paths of what was dropped, in the object's order. */
export function pruneObject(schema: JsonSchema, object: JsonMap): string[] {
  const dropped: string[] = [];
  pruneMap(schema, object, '', true, dropped);
  return dropped;
}

/** Prunes a value that is not a whole object (a default) in place. Returns the paths of what was dropped. */
export function pruneValue(schema: JsonSchema, value: unknown, path = ''): string[] {
  const dropped: string[] = [];
  prune(schema, value, path, dropped);
  return dropped;
}

/** `schema` undefined: nothing below is described. */
function prune(schema: JsonSchema | undefined, value: unknown, path: string, dropped: string[]): void {
  if (Array.isArray(value)) {
    const items = schema?.items ?? skipped(schema);
    for (const [index, item] of value.entries()) prune(items, item, `${path}[${index}]`, dropped);
  } else if (isJsonMap(value)) {
    pruneMap(schema, value, path, schema?.['x-kubernetes-embedded-resource'] === true, dropped);
  }
}

const KEEP_ALL: JsonSchema = { 'x-kubernetes-preserve-unknown-fields': true };

/** Items without a schema below a place that keeps everything are kept too. */
const skipped = (schema: JsonSchema | undefined) =>
  schema?.['x-kubernetes-preserve-unknown-fields'] ? KEEP_ALL : undefined;

function pruneMap(
  schema: JsonSchema | undefined,
  map: JsonMap,
  path: string,
  isObject: boolean,
  dropped: string[],
): void {
  const keepsUnknown = schema?.['x-kubernetes-preserve-unknown-fields'] === true;
  const values = schema && valuesOf(schema);
  for (const key of Object.keys(map)) {
    if (isObject && OBJECT_FIELDS.has(key)) continue;
    const inner = childPath(path, key);
    const property = schema && propertyOf(schema, key);
    if (property) prune(property, map[key], inner, dropped);
    else if (values) prune(values, map[key], inner, dropped);
    else if (!keepsUnknown && schema?.additionalProperties !== true) {
      delete map[key];
      dropped.push(inner);
    }
  }
}
