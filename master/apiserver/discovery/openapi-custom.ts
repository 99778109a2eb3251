/**
 * Schemas of custom resources as OpenAPI v3 components.
 *
 * A definition describes spec and status; apiVersion, kind and metadata are added with the words every kind has for them, and
 * the list is described beside it.
 * https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#publish-validation-schema-in-openapi
 */
import { isJsonMap, type JsonSchema } from '../../../helper/api/apiextensions/schema/json-schema';
import { type Kind, listKindOf } from '../../../helper/api/kind';
import { loadDescriptions } from '../../../helper/api/schema/load';

type Json = Record<string, unknown>;

const META = '#/components/schemas/io.k8s.apimachinery.pkg.apis.meta.v1';
/** Any kind's words for the fields all kinds have. */
const EXAMPLE = 'io.k8s.api.core.v1.ConfigMap';

/** `com.example.v1.FooList` for `com.example.v1.Foo`. */
export function listSchemaOf(kind: Kind): string {
  return kind.schema.slice(0, kind.schema.lastIndexOf('.') + 1) + listKindOf(kind);
}

/** The components of the custom kinds among these, with their lists. */
export function customSchemas(kinds: readonly Kind[]): Json {
  const components: Json = {};
  for (const kind of kinds) {
    if (!kind.structure) continue;
    components[kind.schema] = objectSchema(kind, kind.structure.schema);
    components[listSchemaOf(kind)] = listSchema(kind);
  }
  return components;
}

const gvkOf = ({ group, version }: Kind, kind: string) => ({
  'x-kubernetes-group-version-kind': [{ group, version, kind }],
});

/** apiVersion, kind and metadata as every object has them. */
function objectFields(metadata: 'ObjectMeta' | 'ListMeta'): Json {
  const texts = loadDescriptions()[EXAMPLE] ?? {};
  return {
    apiVersion: { type: 'string', description: texts.apiVersion },
    kind: { type: 'string', description: texts.kind },
    metadata: { description: texts.metadata, allOf: [{ $ref: `${META}.${metadata}` }] },
  };
}

function objectSchema(kind: Kind, schema: JsonSchema): Json {
  const published = publish(schema) as Json;
  const properties = { ...objectFields('ObjectMeta'), ...withoutObjectFields(published.properties) };
  return { ...published, type: 'object', properties, ...gvkOf(kind, kind.kind) };
}

function withoutObjectFields(properties: unknown): Json {
  const { apiVersion: _apiVersion, kind: _kind, metadata: _metadata, ...rest } = (properties ?? {}) as Json;
  return rest;
}

function listSchema(kind: Kind): Json {
  return {
    description: `${listKindOf(kind)} is a list of ${kind.kind}`,
    type: 'object',
    required: ['items'],
    properties: {
      ...objectFields('ListMeta'),
      items: {
        type: 'array',
        description: `List of ${kind.plural}. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md`,
        items: { $ref: `#/components/schemas/${kind.schema}` },
      },
    },
    ...gvkOf(kind, listKindOf(kind)),
  };
}

/** Embedded objects get the fields all objects have; everything else is published as it was written. */
function publish(schema: JsonSchema): JsonSchema {
  const { properties, items, additionalProperties } = schema;
  const embeds = schema['x-kubernetes-embedded-resource'] === true;
  const published =
    properties && Object.fromEntries(Object.entries(properties).map(([name, inner]) => [name, publish(inner)]));
  const fields = embeds ? { ...objectFields('ObjectMeta'), ...withoutObjectFields(published) } : published;
  return {
    ...schema,
    ...(fields ? { properties: fields as Record<string, JsonSchema> } : {}),
    ...(items ? { items: publish(items) } : {}),
    ...(isJsonMap(additionalProperties) ? { additionalProperties: publish(additionalProperties) } : {}),
  };
}
