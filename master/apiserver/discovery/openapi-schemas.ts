/**
 * The generated schemas as OpenAPI v3 components: what `kubectl explain` prints and `kubectl apply` merges by.
 * https://kubernetes.io/docs/concepts/overview/kubernetes-api/#openapi-v3
 */
import { findSchema, loadDescriptions } from '../../../helper/api/schema/load';
import type { FieldSchema, ObjectSchema, ScalarType } from '../../../helper/api/schema/schema';

type Json = Record<string, unknown>;

/** Scalars that Kubernetes describes as components of their own. */
const NAMED_SCALARS: Partial<Record<ScalarType, { name: string; schema: Json }>> = {
  quantity: {
    name: 'io.k8s.apimachinery.pkg.api.resource.Quantity',
    schema: {
      description: 'A number with an optional suffix: 500m, 1.5, 128Mi, 1e3.',
      oneOf: [{ type: 'string' }, { type: 'number' }],
    },
  },
  intOrString: {
    name: 'io.k8s.apimachinery.pkg.util.intstr.IntOrString',
    schema: {
      description: 'A number or a text, such as a port number or a port name, a count or a percentage.',
      format: 'int-or-string',
      oneOf: [{ type: 'integer' }, { type: 'string' }],
    },
  },
  time: {
    name: 'io.k8s.apimachinery.pkg.apis.meta.v1.Time',
    schema: { description: 'A moment, as RFC 3339 text.', type: 'string', format: 'date-time' },
  },
  microTime: {
    name: 'io.k8s.apimachinery.pkg.apis.meta.v1.MicroTime',
    schema: { description: 'A moment with microseconds, as RFC 3339 text.', type: 'string', format: 'date-time' },
  },
};

const PLAIN_SCALARS: Partial<Record<ScalarType, Json>> = {
  string: { type: 'string' },
  boolean: { type: 'boolean' },
  int32: { type: 'integer', format: 'int32' },
  int64: { type: 'integer', format: 'int64' },
  double: { type: 'number', format: 'double' },
  bytes: { type: 'string', format: 'byte' },
  object: { type: 'object' },
  // Not empty: kubectl explain takes an empty schema for a missing one.
  any: { description: 'Any JSON value.' },
};

/** The `$ref` of a component. */
export function componentRef(name: string): Json {
  return { $ref: `#/components/schemas/${name}` };
}

/** Everything a schema that is written already refers to. */
function refsIn(component: unknown): string[] {
  return [...JSON.stringify(component).matchAll(/"#\/components\/schemas\/([^"]+)"/g)].map(([, name]) => name ?? '');
}

/**
 * The named components and everything they refer to, by name. Names without a schema are left out. `custom` are further components,
 * ready as they are.
 */
export function openApiSchemas(names: Iterable<string>, custom: Json = {}): Json {
  const descriptions = loadDescriptions();
  const components: Json = { ...custom };
  const pending = [...names, ...refsIn(custom)];
  for (let name = pending.pop(); name !== undefined; name = pending.pop()) {
    const schema = findSchema(name);
    if (!schema || Object.hasOwn(components, name)) continue;
    const refer = (target: string) => {
      pending.push(target);
      return componentRef(target);
    };
    components[name] = objectSchema(schema, descriptions[name] ?? {}, refer);
  }
  for (const { name, schema } of Object.values(NAMED_SCALARS)) components[name] = schema;
  return Object.fromEntries(Object.entries(components).sort(([a], [b]) => (a < b ? -1 : 1)));
}

type Refer = (name: string) => Json;

function objectSchema(schema: ObjectSchema, texts: Record<string, string>, refer: Refer): Json {
  const properties = Object.entries(schema.fields)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, field]) => [name, propertySchema(field, texts[name], refer)]);
  return {
    ...(texts[''] ? { description: texts[''] } : {}),
    type: 'object',
    ...(properties.length > 0 ? { properties: Object.fromEntries(properties) } : {}),
    ...(schema.required.length > 0 ? { required: schema.required } : {}),
    ...(schema.gvk ? { 'x-kubernetes-group-version-kind': [schema.gvk] } : {}),
    ...(schema.mapType ? { 'x-kubernetes-map-type': schema.mapType } : {}),
  };
}

/** A field with its text and merge rules. A reference may have no neighbours in OpenAPI 3.0, hence `allOf`. */
function propertySchema(field: FieldSchema, description: string | undefined, refer: Refer): Json {
  const type = fieldSchema(field, refer);
  return {
    ...(type['$ref'] ? { allOf: [type] } : type),
    ...(description ? { description } : {}),
    ...mergeRules(field),
  };
}

function fieldSchema(field: FieldSchema, refer: Refer): Json {
  if (field.type === 'ref') return refer(field.ref);
  if (field.type === 'list') return { type: 'array', items: fieldSchema(field.items, refer) };
  if (field.type === 'map') return { type: 'object', additionalProperties: fieldSchema(field.values, refer) };
  const named = NAMED_SCALARS[field.type];
  return named ? componentRef(named.name) : (PLAIN_SCALARS[field.type] ?? {});
}

function mergeRules(field: FieldSchema): Json {
  const rules: Json = {};
  if ('patch' in field && field.patch) rules['x-kubernetes-patch-strategy'] = field.patch;
  if (field.type === 'list') {
    if (field.key) rules['x-kubernetes-patch-merge-key'] = field.key;
    rules['x-kubernetes-list-type'] = field.listType;
    if (field.mapKeys) rules['x-kubernetes-list-map-keys'] = field.mapKeys;
  }
  if (field.type === 'map' && field.mapType) rules['x-kubernetes-map-type'] = field.mapType;
  return rules;
}
