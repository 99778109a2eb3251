/**
 * What the api-server must know of a kind beyond its names: one row of the table in `kinds.ts`.
 *
 * Routes, discovery, OpenAPI, Table output, garbage collection, kubectl and console loop over the rows; nothing else
 * switches on a kind. A new kind is one file beside these and one row.
 * https://kubernetes.io/docs/concepts/overview/kubernetes-api/
 */
import type { JsonSchema } from './apiextensions/schema/json-schema';
import type { FieldError } from './field-error';
import type { KubeObject } from './meta';
import type { Resource } from './resource';
import type { StructureReport } from './schema/check-structure';

/** Who makes an object, for the kinds that write it down. */
export interface Creator {
  readonly name: string;
  readonly uid?: string;
  readonly groups: readonly string[];
  readonly extra?: Readonly<Record<string, readonly string[]>>;
}

/** The rules of one kind. Functions that change an object change the private copy they are handed. */
export interface Strategy<T extends KubeObject = KubeObject> {
  /** Fills the fields a user may leave out, with Kubernetes' defaults. Idempotent. */
  applyDefaults?(object: T): void;
  /** Clears what a creator may not set (status), sets what the server owns. Runs before defaults. */
  prepareForCreate?(object: T, creator?: Creator): void;
  /** Carries over what an update may not change silently. `old` is read-only. Status is carried over by the caller. */
  prepareForUpdate?(object: T, old: T): void;
  /** The same for the status subresource; everything but status and metadata is carried over by the caller. */
  prepareForStatusUpdate?(object: T, old: T): void;
  /** All that is wrong with the object, metadata included, in field order; empty when valid. Runs after defaults. */
  validate(object: T): FieldError[];
  /** Further rules that only new objects have to keep; runs with {@link validate}. */
  validateCreate?(object: T): FieldError[];
  /** Immutable fields and the like, metadata included; runs after {@link validate} has passed. */
  validateUpdate?(object: T, old: T): FieldError[];
  /** Rules of the status subresource. */
  validateStatusUpdate?(object: T, old: T): FieldError[];
  /** The approval subresource, for kinds that have one. Only status.conditions are taken from a writer. */
  readonly approval?: { prepare(object: T, old: T): void; validate(object: T, old: T): FieldError[] };
  /** `Warning:` header texts for accepted but doubtful input; empty array when none. */
  warnings?(object: T): string[];
  /** Graceful deletion: seconds to wait, 0 = delete now. Absent: the kind is deleted at once. */
  deletionGraceSeconds?(object: T, requested: number | undefined): number;
  /** Finalizers every object gets when its deletion begins: somebody has to clean up first. */
  readonly deletionFinalizers?: readonly string[];
  /** True when DELETE answers with the object it removed; other kinds answer with a Status. */
  readonly returnsDeleted?: boolean;
  /** True when a PUT creates what is not there; most kinds answer it with 404. */
  readonly createdByUpdate?: boolean;
  /** True when a PUT has to name the resourceVersion it replaces. */
  readonly updateNeedsVersion?: boolean;
  /** True when changing anything but metadata and status bumps metadata.generation. */
  readonly hasGeneration: boolean;
}

/** One printed column of `kubectl get`. Priority 0 is always shown, 1 only with `-o wide`. */
export interface Column<T extends KubeObject = KubeObject> {
  readonly name: string;
  readonly type: 'string' | 'integer' | 'number' | 'date' | 'boolean';
  readonly format?: string;
  readonly description: string;
  readonly priority: number;
  value(object: T, now: Date): string | number | boolean | null;
}

/** JSON paths of the scale subresource, dotted (`spec.replicas`). */
export interface ScalePaths {
  readonly specReplicas: string;
  readonly statusReplicas: string;
  /** Reads the label selector of the pods as a string (`app=web`). */
  selector(object: KubeObject): string;
}

/** The type of a kind that has no generated schema: a custom resource brings its own. */
export interface Structure {
  /** `openAPIV3Schema` of the version */
  readonly schema: JsonSchema;
  /** Drops in place what the type does not have and returns the paths of it, and of values whose types cannot be kept. */
  check(object: Record<string, unknown>): StructureReport;
}

export interface Kind<T extends KubeObject = KubeObject> extends Resource<T> {
  /** Name of its schema in the OpenAPI document: `io.k8s.api.core.v1.Pod`. */
  readonly schema: string;
  /** Present when the type of its objects is not that generated schema. */
  readonly structure?: Structure;
  /** Kind of its lists, where it is not the kind with `List` behind it. */
  readonly listKind?: string;
  /** What everybody who uses this version is warned of. */
  readonly deprecation?: string;
  readonly strategy: Strategy<T>;
  readonly columns: readonly Column<T>[];
  /** Field selectors beyond metadata.name and metadata.namespace: field path -> value as text. */
  readonly fieldSelectors: Readonly<Record<string, (object: T) => string>>;
  readonly hasStatus: boolean;
  readonly scale?: ScalePaths;
  /** Further subresources with handlers of their own, as discovery lists them: `binding`, `log`, `exec`, `token`, ... */
  readonly subresources: readonly Subresource[];
  /** false: the kind is never stored; it takes only create (reviews), or what `verbs` says. */
  readonly stored?: boolean;
  /** What a kind that is never stored takes, where it is not create. */
  readonly verbs?: readonly string[];
  /** Present when the store may hold the objects in other words than this row's. */
  readonly face?: Face;
}

type Converted = readonly KubeObject[] | Promise<readonly KubeObject[]>;

/**
 * One of several group versions that show the same stored objects: `autoscaling/v1` over `autoscaling/v2`, or a version of a
 * custom resource. Between reading and storing everything works in the row's own form; these two translate at the store's
 * door, some objects at a time, because a webhook may have to be asked. Objects they are handed are theirs to change and
 * have no resourceVersion. A face of its own row is allowed: what an older version stored has to be translated too.
 */
export interface Face {
  /** under which group and plural, and in which version, objects are stored */
  readonly of: Pick<Resource, 'group' | 'version' | 'kind' | 'plural' | 'namespaced'>;
  /** true when somebody else converts, who may take his time */
  readonly isRemote?: boolean;
  fromStored(objects: KubeObject[]): Converted;
  toStored(objects: KubeObject[]): Converted;
}

/** Names under which the objects of a row are stored: its own, unless it shows those of another. */
export function storedAs(kind: Pick<Kind, keyof Resource | 'face'>): Face['of'] {
  return kind.face?.of ?? kind;
}

/** True when another row stores what this one shows. */
export function isFaceOfAnother(kind: Pick<Kind, keyof Resource | 'face'>): boolean {
  const of = storedAs(kind);
  return of.version !== kind.version || of.group !== kind.group;
}

/** The kind of a list of its objects: `PodList`. */
export function listKindOf({ kind, listKind }: Pick<Kind, 'kind' | 'listKind'>): string {
  return listKind ?? `${kind}List`;
}

export interface Subresource {
  readonly name: string;
  /** Kind, group and version of the body it takes, e.g. policy/v1 Eviction; the parent's kind when it has none of its own. */
  readonly kind: string;
  readonly group?: string;
  readonly version?: string;
  readonly verbs: readonly string[];
}
