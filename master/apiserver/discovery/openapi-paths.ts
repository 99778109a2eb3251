/**
 * The paths of one group version in OpenAPI v3, written from its kinds.
 *
 * kubectl looks here for two things: which path serves a kind (`explain`), and whether PATCH of a kind takes
 * `fieldValidation` (then it leaves the checking of manifests to the server).
 * https://kubernetes.io/docs/concepts/overview/kubernetes-api/#openapi-v3
 */
import type { Kind } from '../../../helper/api/kind';
import { resourcePath } from '../../../helper/api/resource';
import { findSchema } from '../../../helper/api/schema/load';
import { listSchemaOf } from './openapi-custom';
import { componentRef } from './openapi-schemas';
import { type ServedSubresource, subresourcesOf, verbsOf } from './resources';

type Json = Record<string, unknown>;

const META = 'io.k8s.apimachinery.pkg.apis.meta.v1';
/** Schemas every document needs beside those of its kinds. */
const SHARED_SCHEMAS = ['DeleteOptions', 'Patch', 'Status', 'WatchEvent'].map((name) => `${META}.${name}`);

const PATCH_TYPES = [
  'application/apply-patch+yaml',
  'application/json-patch+json',
  'application/merge-patch+json',
  'application/strategic-merge-patch+json',
];

const CUSTOM_PATCH_TYPES = PATCH_TYPES.filter((type) => !type.includes('strategic'));

const parameter = (place: 'query' | 'path', name: string, type: string, description: string): Json => ({
  name,
  in: place,
  description,
  ...(place === 'path' ? { required: true } : {}),
  schema: { type, uniqueItems: true },
});
const query = (name: string, type: string, description: string) => parameter('query', name, type, description);

const NAMESPACE = parameter('path', 'namespace', 'string', 'Namespace of the object.');
const NAME = parameter('path', 'name', 'string', 'Name of the object.');
const DRY_RUN = query('dryRun', 'string', 'All: do everything but store the result.');
const FIELD_MANAGER = query('fieldManager', 'string', 'Who makes the change.');
const FIELD_VALIDATION = query(
  'fieldValidation',
  'string',
  'What to do about unknown and duplicate fields: Ignore, Warn or Strict.',
);
const FORCE = query('force', 'boolean', 'Take over fields of other managers; server-side apply only.');
const WRITE_PARAMETERS = [DRY_RUN, FIELD_MANAGER, FIELD_VALIDATION];
const LIST_PARAMETERS = [
  query('allowWatchBookmarks', 'boolean', 'Send BOOKMARK events.'),
  query('continue', 'string', 'Where the previous part of the list ended.'),
  query('fieldSelector', 'string', 'Restricts the list of returned objects by their fields.'),
  query('labelSelector', 'string', 'Restricts the list of returned objects by their labels.'),
  query('limit', 'integer', 'Largest number of objects in the answer.'),
  query('resourceVersion', 'string', 'How new the answer must be.'),
  query('resourceVersionMatch', 'string', 'How resourceVersion is meant.'),
  query('sendInitialEvents', 'boolean', 'Begin a watch with the objects there are.'),
  query('timeoutSeconds', 'integer', 'When to end a watch.'),
  query('watch', 'boolean', 'Watch for changes to the described resources instead of listing them.'),
];
const DELETE_PARAMETERS = [
  DRY_RUN,
  query('gracePeriodSeconds', 'integer', 'Seconds the object has to end.'),
  query('orphanDependents', 'boolean', 'Deprecated: use propagationPolicy.'),
  query('propagationPolicy', 'string', 'Orphan, Background or Foreground.'),
];

/** What an operation is about: kind and the schemas of body and answer. */
interface Subject {
  readonly gvk: { group: string; version: string; kind: string };
  readonly schema: string;
  readonly listSchema: string;
  /** described by a definition instead of a generated schema */
  readonly isCustom: boolean;
  /** DELETE answers with the object instead of a Status */
  readonly returnsDeleted: boolean;
}

function isDescribed({ isCustom, ...subject }: Subject, schema: string): boolean {
  return findSchema(schema) !== undefined || (isCustom && (schema === subject.schema || schema === subject.listSchema));
}

/** Bodies of that schema; streams (`exec`) have none and are described as text. */
function content(subject: Subject, schema: string, types: readonly string[] = ['application/json']): Json {
  if (!isDescribed(subject, schema)) return { '*/*': { schema: { type: 'string' } } };
  return Object.fromEntries(types.map((type) => [type, { schema: componentRef(schema) }]));
}

/** One operation. `body` is the schema of the request, `answer` of the response. */
function operation(
  action: string,
  subject: Subject,
  parts: { answer: string; body?: string; bodyTypes?: readonly string[]; parameters?: readonly Json[] },
): Json {
  return {
    'x-kubernetes-action': action,
    'x-kubernetes-group-version-kind': subject.gvk,
    ...(parts.parameters ? { parameters: parts.parameters } : {}),
    ...(parts.body && isDescribed(subject, parts.body)
      ? { requestBody: { content: content(subject, parts.body, parts.bodyTypes) } }
      : {}),
    responses: {
      200: { description: 'OK', content: content(subject, parts.answer) },
      401: { description: 'Unauthorized' },
    },
  };
}

/** Operations on one object by name, for the verbs it has. */
function objectOperations(verbs: readonly string[], subject: Subject): Json {
  const { schema } = subject;
  const available: Record<string, [method: string, make: () => Json]> = {
    get: ['get', () => operation('get', subject, { answer: schema })],
    update: ['put', () => operation('put', subject, { answer: schema, body: schema, parameters: WRITE_PARAMETERS })],
    patch: [
      'patch',
      () =>
        operation('patch', subject, {
          answer: schema,
          body: `${META}.Patch`,
          bodyTypes: subject.isCustom ? CUSTOM_PATCH_TYPES : PATCH_TYPES,
          parameters: [...WRITE_PARAMETERS, FORCE],
        }),
    ],
    delete: [
      'delete',
      () =>
        operation('delete', subject, {
          answer: subject.returnsDeleted ? schema : `${META}.Status`,
          body: `${META}.DeleteOptions`,
          parameters: DELETE_PARAMETERS,
        }),
    ],
    create: ['post', () => operation('post', subject, { answer: schema, body: schema, parameters: WRITE_PARAMETERS })],
  };
  const chosen = verbs.flatMap((verb) => (available[verb] ? [available[verb]] : []));
  return Object.fromEntries(chosen.map(([method, make]) => [method, make()]));
}

function collectionOperations(verbs: readonly string[], subject: Subject): Json {
  const { schema, listSchema } = subject;
  return {
    ...(verbs.includes('list')
      ? { get: operation('list', subject, { answer: listSchema, parameters: LIST_PARAMETERS }) }
      : {}),
    ...(verbs.includes('create')
      ? { post: operation('post', subject, { answer: schema, body: schema, parameters: WRITE_PARAMETERS }) }
      : {}),
    ...(verbs.includes('deletecollection')
      ? {
          delete: operation('deletecollection', subject, {
            answer: `${META}.Status`,
            body: `${META}.DeleteOptions`,
            parameters: [...DELETE_PARAMETERS, ...LIST_PARAMETERS],
          }),
        }
      : {}),
  };
}

/** All paths of the kinds of one group version. */
export function openApiPaths(kinds: readonly Kind[]): Json {
  const paths: Json = {};
  for (const kind of kinds) {
    const subject = subjectOf(kind);
    const scope = kind.namespaced ? '{namespace}' : '';
    const scopeParameters = kind.namespaced ? [NAMESPACE] : [];
    const verbs = verbsOf(kind);
    paths[resourcePath(kind, scope)] = {
      ...collectionOperations(verbs, subject),
      // Go's reader of these documents cannot tell an empty list from none: it must come out as it went in.
      ...(scopeParameters.length > 0 ? { parameters: scopeParameters } : {}),
    };
    if (kind.namespaced && verbs.includes('list')) {
      paths[resourcePath(kind)] = collectionOperations(['list'], subject);
    }
    const objectVerbs = verbs.filter((verb) => verb !== 'create');
    const parameters = [NAME, ...scopeParameters];
    if (objectVerbs.length > 0) {
      paths[resourcePath(kind, scope, '{name}')] = { ...objectOperations(objectVerbs, subject), parameters };
    }
    for (const subresource of subresourcesOf(kind)) {
      paths[resourcePath(kind, scope, '{name}', subresource.name)] = {
        ...objectOperations(subresource.verbs, subresourceSubject(kind, subresource)),
        parameters,
      };
    }
  }
  return paths;
}

/** Names of the schemas the paths of these kinds refer to. */
export function schemasOfPaths(kinds: readonly Kind[]): string[] {
  return [
    ...SHARED_SCHEMAS,
    ...kinds.flatMap((kind) => [
      subjectOf(kind).schema,
      subjectOf(kind).listSchema,
      ...subresourcesOf(kind).map((subresource) => subresourceSubject(kind, subresource).schema),
    ]),
  ];
}

function subjectOf(kind: Kind): Subject {
  const gvk = { group: kind.group, version: kind.version, kind: kind.kind };
  const returnsDeleted = kind.strategy.returnsDeleted === true;
  const isCustom = kind.structure !== undefined;
  return { gvk, schema: kind.schema, listSchema: listSchemaOf(kind), returnsDeleted, isCustom };
}

/** A subresource's body lives in its own group version (`io.k8s.api.autoscaling.v1.Scale`) or beside its parent. */
function subresourceSubject(kind: Kind, { group, version, kind: bodyKind }: ServedSubresource): Subject {
  const gvk = { group: group ?? kind.group, version: version ?? kind.version, kind: bodyKind };
  const beside = kind.schema.slice(0, kind.schema.lastIndexOf('.'));
  const module = group && version ? `io.k8s.api.${group.split('.')[0]}.${version}` : beside;
  const isCustom = kind.structure !== undefined;
  return {
    gvk,
    schema: `${module}.${bodyKind}`,
    listSchema: `${module}.${bodyKind}List`,
    returnsDeleted: false,
    isCustom,
  };
}
