/**
 * The verdict on an object that has owners: keep it, cut references to owners that are gone, or delete it.
 *
 * One owner that stays is enough to keep an object. Without any it goes: in the foreground when an owner waits for it and
 * it has dependents itself, else in the way its own finalizers ask for.
 * https://kubernetes.io/docs/concepts/architecture/garbage-collection/#cascading-deletion
 */
import type { DeleteOptions } from '../../../helper/client/client';
import { FOREGROUND_FINALIZER, type GraphNode, ORPHAN_FINALIZER } from './graph';

/** `solid`: exists and stays. `waiting`: is deleted in the foreground. `absent`: does not exist, or not where the reference says. */
export type OwnerState = 'solid' | 'waiting' | 'absent';

export interface OwnedObject {
  /** owner's uid -> its state */
  readonly owners: ReadonlyMap<string, OwnerState>;
  readonly finalizers: readonly string[];
  readonly dependents: readonly GraphNode[];
}

export type Judgement =
  | { readonly action: 'keep' }
  | { readonly action: 'cut'; readonly uids: readonly string[] }
  | {
      readonly action: 'delete';
      readonly policy: NonNullable<DeleteOptions['propagationPolicy']>;
      /** the object is part of a ring of foreground deletions: it must first stop blocking its owners */
      readonly unblock: boolean;
    };

/** What becomes of the object, given the live state of its owners. */
export function judge({ owners, finalizers, dependents }: OwnedObject): Judgement {
  const inState = (state: OwnerState) => [...owners].filter(([, found]) => found === state).map(([uid]) => uid);
  const leaving = [...inState('absent'), ...inState('waiting')];
  if (owners.size === 0 || leaving.length === 0) return { action: 'keep' };
  if (inState('solid').length > 0) return { action: 'cut', uids: leaving };
  if (inState('waiting').length > 0 && dependents.length > 0) {
    return { action: 'delete', policy: 'Foreground', unblock: dependents.some((node) => node.waitsForDependents) };
  }
  return { action: 'delete', policy: policyOf(finalizers), unblock: false };
}

/** An object deleted before with a wish of its own keeps it. */
function policyOf(finalizers: readonly string[]): NonNullable<DeleteOptions['propagationPolicy']> {
  if (finalizers.includes(ORPHAN_FINALIZER)) return 'Orphan';
  return finalizers.includes(FOREGROUND_FINALIZER) ? 'Foreground' : 'Background';
}
