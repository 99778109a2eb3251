/**
 * What a change does to the owners of the changed fields: the one rule behind apply and all other writes.
 *
 * Whoever else owns a field that was added or changed is in conflict, and loses it when the write goes ahead. A removed
 * field has no owner. Managers that wrote in another version are asked in their version.
 * https://kubernetes.io/docs/reference/using-api/server-side-apply/#conflicts
 */
import type { JsonObject } from '../../../helper/patch/json-object';
import { type Comparison, compareObjects, ignoring } from './compare-objects';
import type { FieldSet } from './field-set';
import type { MapType } from './field-type';
import type { ManagedSet, Managers } from './managers';

/** An object in one version. */
export interface VersionedObject {
  readonly type: MapType;
  readonly object: JsonObject;
}

/** The object in another version of its kind; undefined when that version is not served any more. */
export type ConvertVersion = (object: JsonObject, apiVersion: string) => VersionedObject | undefined;

/** A write: from one state to the next, in the version the client speaks. */
export interface Change {
  readonly type: MapType;
  readonly old: JsonObject;
  readonly next: JsonObject;
  readonly apiVersion: string;
  /** fields this kind of write cannot change (status, when writing the object itself) */
  readonly ignored: FieldSet;
  /** only kinds with several versions have one */
  readonly convert: ConvertVersion | undefined;
}

/** The fields of other managers that a change touches. */
export interface Conflict {
  readonly managed: ManagedSet;
  readonly fields: FieldSet;
}

export interface Release {
  /** the other managers, without what they lost; those with nothing left are gone */
  readonly managers: Managers;
  readonly conflicts: readonly Conflict[];
}

/** The comparison in the version of the change. */
export function compareChange({ type, old, next, ignored }: Change): Comparison {
  return ignoring(compareObjects(type, old, next), ignored);
}

/** The comparison in the version of another manager; undefined when that version is gone. */
function compareIn(change: Change, apiVersion: string, own: Comparison): Comparison | undefined {
  if (!change.convert || apiVersion === change.apiVersion) return own;
  const old = change.convert(change.old, apiVersion);
  const next = change.convert(change.next, apiVersion);
  if (!old || !next) return undefined;
  return compareChange({ ...change, type: next.type, old: old.object, next: next.object });
}

/** Takes from all managers but `self` what the change gives to somebody else. `comparison` is that of the change itself. */
export function releaseFields(change: Change, comparison: Comparison, managers: Managers, self: string): Release {
  const comparisons = new Map<string, Comparison | undefined>();
  const kept = new Map<string, ManagedSet>();
  const conflicts: Conflict[] = [];
  for (const [id, managed] of managers) {
    const { apiVersion } = managed.info;
    if (!comparisons.has(apiVersion)) comparisons.set(apiVersion, compareIn(change, apiVersion, comparison));
    const theirs = comparisons.get(apiVersion);
    if (id === self) kept.set(id, managed);
    else if (theirs) {
      const taken = theirs.added.union(theirs.modified);
      const left = managed.without(taken);
      if (left !== managed) conflicts.push({ managed, fields: managed.fields.intersection(taken) });
      const remaining = left.without(theirs.removed);
      if (!remaining.isEmpty()) kept.set(id, remaining);
    }
  }
  return { managers: kept, conflicts: conflicts.filter(({ fields }) => !fields.isEmpty()) };
}
