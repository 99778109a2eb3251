/**
 * OpenAPI v2 of the whole API in one document, for older clients and for tools that never learned v3.
 *
 * Written from the v3 documents, group by group; a group is translated once and kept until its hash changes, so a new
 * definition of a custom resource costs one small group. What v2 cannot say (null, alternatives) is left out, as Kubernetes does,
 * so that clients that validate with it refuse nothing that is fine.
 * https://kubernetes.io/docs/concepts/overview/kubernetes-api/#openapi-v2
 */
import { createHash } from 'node:crypto';
import type { OpenApiV2Part } from './external-version';
import { type OpenApiGroup, openApiDocument } from './openapi';
import { serverVersion } from './server-version';

type Json = Record<string, unknown>;

const METHODS = ['get', 'put', 'post', 'delete', 'patch'] as const;
/** Schemas that are alternatives in v3, as v2 writes them. */
const PLAIN: Readonly<Record<string, Json>> = {
  'io.k8s.apimachinery.pkg.api.resource.Quantity': { type: 'string' },
  'io.k8s.apimachinery.pkg.util.intstr.IntOrString': { type: 'string', format: 'int-or-string' },
};

/** What one group version adds to the document. */
interface GroupPart {
  readonly hash: string;
  readonly paths: Json;
  readonly definitions: Json;
}

/** Writes documents and remembers the parts that did not change. */
export class OpenApiV2 {
  private readonly parts = new Map<string, GroupPart>();

  /** The document for these groups and what extension servers add to them; of definitions with one name ours counts. */
  document(groups: readonly OpenApiGroup[], external: readonly OpenApiV2Part[] = []): Json {
    const own = groups.map((group) => this.partOf(group));
    for (const path of this.parts.keys()) if (!groups.some((group) => group.path === path)) this.parts.delete(path);
    const parts = [...external, ...own];
    return {
      swagger: '2.0',
      info: { title: 'Kubernetes', version: serverVersion().gitVersion },
      paths: Object.assign({}, ...parts.map(({ paths }) => paths)),
      definitions: Object.assign({}, ...parts.map(({ definitions }) => definitions)),
      securityDefinitions: { BearerToken: { type: 'apiKey', name: 'authorization', in: 'header' } },
      security: [{ BearerToken: [] }],
    };
  }

  private partOf(group: OpenApiGroup): GroupPart {
    const known = this.parts.get(group.path);
    if (known?.hash === group.hash) return known;
    const { paths, components } = openApiDocument(group);
    const custom = new Set(group.kinds.flatMap(({ structure, schema }) => (structure ? [schema] : [])));
    const part = {
      hash: group.hash,
      paths: mapValues(paths, (item) => pathItem(item as Json)),
      definitions: mapValues(components.schemas, (schema, name) => definition(name, schema as Json, custom.has(name))),
    };
    this.parts.set(group.path, part);
    return part;
  }
}

/** Changes whenever the document does. */
export function openApiV2Hash(groups: readonly OpenApiGroup[], external: readonly OpenApiV2Part[] = []): string {
  const text = [...groups.map(({ path, hash }) => `${path} ${hash}`), ...external.map(({ hash }) => hash)].join('\n');
  return createHash('sha256').update(text).digest('hex').toUpperCase();
}

function mapValues(table: Json, change: (value: unknown, name: string) => unknown): Json {
  return Object.fromEntries(Object.entries(table).map(([name, value]) => [name, change(value, name)]));
}

function pathItem(item: Json): Json {
  const operations = METHODS.filter((method) => item[method]).map((method) => [
    method,
    operation(item[method] as Json),
  ]);
  const parameters = ((item.parameters as Json[]) ?? []).map(parameter);
  return { ...Object.fromEntries(operations), ...(parameters.length > 0 ? { parameters } : {}) };
}

interface Content {
  readonly content?: Record<string, { schema: Json }>;
}

function operation({ requestBody, responses, parameters, ...rest }: Json): Json {
  const body = (requestBody as Content | undefined)?.content;
  const [bodySchema] = body ? Object.values(body) : [];
  const all = ((parameters as Json[]) ?? []).map(parameter);
  if (bodySchema) all.push({ name: 'body', in: 'body', required: true, schema: schemaOf(bodySchema.schema) });
  const answers = mapValues(responses as Json, (response) => {
    const { content, ...said } = response as Json & Content;
    const [answer] = content ? Object.values(content) : [];
    return answer ? { ...said, schema: schemaOf(answer.schema) } : said;
  });
  const okContent = ((responses as Json)['200'] as Content | undefined)?.content;
  return {
    ...rest,
    consumes: body ? Object.keys(body) : ['*/*'],
    produces: okContent ? Object.keys(okContent) : ['application/json'],
    schemes: ['https'],
    ...(all.length > 0 ? { parameters: all } : {}),
    responses: answers,
  };
}

const parameter = ({ schema, ...rest }: Json): Json => ({ ...rest, ...(schema as Json) });

function definition(name: string, schema: Json, isCustom: boolean): Json {
  const plain = PLAIN[name];
  if (plain) return { ...plain, description: schema.description };
  // Not even metadata is named: clients would take it that nothing else may be there.
  if (isCustom && schema['x-kubernetes-preserve-unknown-fields'] === true) {
    const { description } = schema;
    const gvk = schema['x-kubernetes-group-version-kind'];
    return { ...(description ? { description } : {}), type: 'object', 'x-kubernetes-group-version-kind': gvk };
  }
  return schemaOf(schema);
}

/** Alternatives and conditions v2 does not have, or has with another meaning. */
const LEFT_OUT = new Set(['oneOf', 'anyOf', 'allOf', 'not', 'nullable']);

/** A schema in v2's words. */
function schemaOf(schema: Json): Json {
  const reference = referenceOf(schema);
  if (reference) return { ...(schema.description ? { description: schema.description } : {}), $ref: reference };
  const isOpen = schema['x-kubernetes-preserve-unknown-fields'] === true;
  const isUntyped = schema.nullable === true || schema['x-kubernetes-int-or-string'] === true;
  const result: Json = {};
  for (const [name, value] of Object.entries(schema)) {
    if (LEFT_OUT.has(name) || (isUntyped && name === 'type')) continue;
    if (name === 'properties') {
      if (!isOpen && !isUntyped) result.properties = mapValues(value as Json, (inner) => schemaOf(inner as Json));
    } else if (name === 'items' || name === 'additionalProperties') {
      const isSchema = typeof value === 'object' && value !== null;
      if (!isUntyped && !(isOpen && name === 'items')) result[name] = isSchema ? schemaOf(value as Json) : value;
    } else result[name] = value;
  }
  return result;
}

/** The target of a reference, which v3 wraps in allOf where it has a description. */
function referenceOf({ $ref, allOf }: Json): string | undefined {
  const [only] = Array.isArray(allOf) && allOf.length === 1 ? (allOf as Json[]) : [];
  const target = $ref ?? only?.$ref;
  return typeof target === 'string' ? target.replace('#/components/schemas/', '#/definitions/') : undefined;
}
