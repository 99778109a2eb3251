/**
 * metadata, apiVersion and kind of custom resources: fields whose meaning is Kubernetes' own, whatever the schema says.
 *
 * They stand in the object itself and in every object embedded in it (`x-kubernetes-embedded-resource`, a pod template for
 * instance). They are checked and pruned as metadata of any kind is.
 * https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#rawextension
 */
import { type FieldError, invalid, required } from '../../field-error';
import type { ObjectMeta } from '../../meta';
import { dns1035Label, pathSegment } from '../../names';
import { checkStructure } from '../../schema/check-structure';
import { pruneUnknown } from '../../schema/prune-unknown';
import { validateMetadata } from '../../validate-metadata';
import { childPath, isJsonMap, type JsonMap, type JsonSchema, propertyOf, valuesOf } from './json-schema';

const OBJECT_META = 'io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta';

/** What a walk over all metadata of an object found. */
export interface MetadataReport {
  /** Values of a wrong type: the object must be refused. */
  readonly errors: FieldError[];
  /** Paths of fields that metadata does not have; they are gone now. */
  readonly unknown: string[];
}

/** Checks and prunes the metadata of the object and of all embedded ones, in place. */
export function pruneMetadata(schema: JsonSchema, object: JsonMap): MetadataReport {
  const report: MetadataReport = { errors: [], unknown: [] };
  pruneOwn(object, '', report);
  visitEmbedded(schema, object, '', (embedded, path) => pruneOwn(embedded, path, report));
  return report;
}

function pruneOwn(object: JsonMap, path: string, { errors, unknown }: MetadataReport): void {
  const at = childPath(path, 'metadata');
  for (const name of ['apiVersion', 'kind']) {
    if (object[name] !== undefined && typeof object[name] !== 'string') {
      errors.push(invalid(childPath(path, name), object[name], 'must be a string'));
    }
  }
  if (object.metadata === undefined) return;
  if (object.metadata === null) {
    delete object.metadata;
    return;
  }
  const report = checkStructure(OBJECT_META, object.metadata);
  errors.push(...report.errors.map((error) => ({ ...error, field: error.field ? childPath(at, error.field) : at })));
  unknown.push(...report.unknown.map((name) => childPath(at, name)));
  pruneUnknown(OBJECT_META, object.metadata);
}

/** What is wrong with embedded objects: each needs an apiVersion, a kind and valid metadata. */
export function validateEmbedded(schema: JsonSchema, object: JsonMap): FieldError[] {
  const errors: FieldError[] = [];
  visitEmbedded(schema, object, '', (embedded, path) => errors.push(...validateOne(embedded, path)));
  return errors;
}

function validateOne({ apiVersion, kind, metadata }: JsonMap, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const kindPath = childPath(path, 'kind');
  if (!apiVersion) errors.push(required(childPath(path, 'apiVersion'), 'must not be empty'));
  else if (String(apiVersion).split('/').length > 2) {
    const detail = `unexpected GroupVersion string: ${apiVersion}`;
    errors.push(invalid(childPath(path, 'apiVersion'), apiVersion, detail));
  }
  if (!kind) errors.push(required(kindPath, 'must not be empty'));
  else {
    const reasons = dns1035Label(String(kind).toLowerCase());
    const detail = `may have mixed case, but should otherwise match: ${reasons.join(',')}`;
    if (reasons.length > 0) errors.push(invalid(kindPath, kind, detail));
  }
  if (!isJsonMap(metadata)) return errors;
  const meta = metadata as unknown as ObjectMeta;
  const own = validateMetadata(
    { ...meta, name: meta.name || 'unnamed' },
    { namespaced: !!meta.namespace, nameRule: pathSegment },
  );
  return [...errors, ...own.map((error) => ({ ...error, field: childPath(path, error.field) }))];
}

/** Calls `visit` for every embedded object in the value, outer ones first. */
function visitEmbedded(
  schema: JsonSchema,
  value: unknown,
  path: string,
  visit: (embedded: JsonMap, path: string) => void,
): void {
  if (!mayEmbed(schema)) return;
  if (Array.isArray(value)) {
    const { items } = schema;
    if (items) for (const [index, item] of value.entries()) visitEmbedded(items, item, `${path}[${index}]`, visit);
    return;
  }
  if (!isJsonMap(value)) return;
  if (schema['x-kubernetes-embedded-resource']) visit(value, path);
  const values = valuesOf(schema);
  for (const key of Object.keys(value)) {
    const inner = propertyOf(schema, key) ?? values;
    if (inner) visitEmbedded(inner, value[key], childPath(path, key), visit);
  }
}

const remembered = new WeakMap<JsonSchema, boolean>();

/** True when there may be an embedded object at or below this place: most schemas have none, and are not walked. */
function mayEmbed(schema: JsonSchema): boolean {
  let known = remembered.get(schema);
  if (known === undefined) {
    const values = valuesOf(schema);
    known =
      schema['x-kubernetes-embedded-resource'] === true ||
      Object.values(schema.properties ?? {}).some(mayEmbed) ||
      (schema.items !== undefined && mayEmbed(schema.items)) ||
      (values !== undefined && mayEmbed(values));
    remembered.set(schema, known);
  }
  return known;
}
