/**
 * What a DELETE makes of an object: pure decisions over its present state.
 *
 * An object goes at once when nothing holds it. A grace period (pods), finalizers, or a namespace's spec.finalizers hold
 * it: then it gets a deletionTimestamp and stays until the last of them lets go.
 * https://kubernetes.io/docs/concepts/overview/working-with-objects/finalizers/
 */
import type { Kind } from '../../../helper/api/kind';
import type { KubeObject } from '../../../helper/api/meta';
import { conflict } from '../../../helper/api/status-error';
import { sameValue } from '../../../helper/api/validate-metadata';
import { apiTime } from './object-identity';
import type { Change } from './store-write';

const FOREGROUND = 'foregroundDeletion';
const ORPHAN = 'orphan';

/** DeleteOptions of meta/v1, as far as they matter here. */
export interface DeletionOptions {
  readonly gracePeriodSeconds?: number;
  readonly propagationPolicy?: 'Background' | 'Foreground' | 'Orphan';
  readonly preconditions?: { readonly uid?: string; readonly resourceVersion?: string };
}

interface HeldObject extends KubeObject {
  spec?: { finalizers?: readonly string[] };
  status?: { phase?: string };
}

/** Only a Namespace has finalizers in its spec; they hold it like those in metadata. */
const specFinalizers = (kind: Pick<Kind, 'kind'>, object: KubeObject) =>
  kind.kind === 'Namespace' ? ((object as HeldObject).spec?.finalizers ?? []) : [];

/** True when an update let go of an object that was only kept by what it removed. */
export function isReleased(object: KubeObject, old: KubeObject): boolean {
  const { deletionTimestamp, deletionGracePeriodSeconds, finalizers = [] } = object.metadata;
  if (!deletionTimestamp || finalizers.length > 0 || specFinalizers(object, object).length > 0) return false;
  return (deletionGracePeriodSeconds ?? 0) === 0 && (old.metadata.deletionGracePeriodSeconds ?? 0) === 0;
}

/** Throws Conflict when the object is not the one the client means. */
function assertPreconditions(kind: Kind, { metadata }: KubeObject, { preconditions = {} }: DeletionOptions): void {
  const { uid, resourceVersion } = preconditions;
  const name = metadata.name;
  if (uid && uid !== metadata.uid) {
    throw conflict(kind, name, `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${metadata.uid}`);
  }
  if (resourceVersion && resourceVersion !== metadata.resourceVersion) {
    throw conflict(
      kind,
      name,
      `Precondition failed: ResourceVersion in precondition: ${resourceVersion}, ResourceVersion in object meta: ${metadata.resourceVersion}`,
    );
  }
}

/** The policy decides over the two finalizers the garbage collector works by; without one they stay as they are. */
function finalizersFor(present: readonly string[], policy: DeletionOptions['propagationPolicy']): string[] {
  if (!policy) return [...present];
  const others = present.filter((finalizer) => finalizer !== FOREGROUND && finalizer !== ORPHAN);
  if (policy === 'Background') return others;
  return [...others, policy === 'Foreground' ? FOREGROUND : ORPHAN];
}

/** The finalizers the object has or, when its deletion begins now, gets. */
function withOwn({ strategy }: Kind, { metadata }: KubeObject): readonly string[] {
  const { deletionTimestamp, finalizers = [] } = metadata;
  const own = deletionTimestamp ? undefined : strategy.deletionFinalizers;
  return own ? [...finalizers, ...own.filter((finalizer) => !finalizers.includes(finalizer))] : finalizers;
}

/** What becomes of the object. Throws Conflict when a precondition does not hold. */
export function decideDeletion(kind: Kind, object: KubeObject, options: DeletionOptions, now: Date): Change {
  assertPreconditions(kind, object, options);
  const finalizers = finalizersFor(withOwn(kind, object), options.propagationPolicy);
  const graceSeconds = graceOf(kind, object, options);
  const isHeld = finalizers.length > 0 || specFinalizers(kind, object).length > 0;
  if (graceSeconds === 0 && !isHeld) return { remove: true };
  const next = structuredClone(object);
  if (finalizers.length > 0) next.metadata.finalizers = finalizers;
  else delete next.metadata.finalizers;
  markDeleted(kind, next, graceSeconds, now);
  return sameValue(next, object) ? { keep: true } : { next };
}

/** Seconds the object still has: a second request can only shorten them. */
function graceOf(kind: Kind, object: KubeObject, { gracePeriodSeconds }: DeletionOptions): number {
  const wanted = kind.strategy.deletionGraceSeconds?.(object, gracePeriodSeconds) ?? 0;
  const { deletionTimestamp, deletionGracePeriodSeconds = 0 } = object.metadata;
  if (!deletionTimestamp) return wanted;
  return gracePeriodSeconds === undefined ? deletionGracePeriodSeconds : Math.min(wanted, deletionGracePeriodSeconds);
}

function markDeleted(kind: Kind, object: KubeObject, graceSeconds: number, now: Date): void {
  const { metadata } = object;
  const isShortened = metadata.deletionGracePeriodSeconds !== graceSeconds;
  if (!metadata.deletionTimestamp || isShortened) {
    const began = metadata.deletionTimestamp
      ? Date.parse(metadata.deletionTimestamp) - (metadata.deletionGracePeriodSeconds ?? 0) * 1000
      : now.getTime();
    if (!metadata.deletionTimestamp && metadata.generation !== undefined) metadata.generation++;
    metadata.deletionTimestamp = apiTime(new Date(began + graceSeconds * 1000));
    metadata.deletionGracePeriodSeconds = graceSeconds;
  }
  if (specFinalizers(kind, object).length === 0) return;
  const namespace = object as HeldObject;
  namespace.status = { ...namespace.status, phase: 'Terminating' };
}
