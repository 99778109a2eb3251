/**
 * Who owns what after a write that is no apply: the writer gets every field it added or changed.
 *
 * Everybody else loses those fields; removed fields have no owner any more. The writer's time moves only when it changed
 * something, so a write that changes nothing leaves managedFields as they were, to the byte.
 * https://kubernetes.io/docs/reference/using-api/server-side-apply/#field-management
 */
import { capUpdateManagers } from './cap-managers';
import { isSame } from './compare-objects';
import { ManagedSet, type ManagerInfo, type Managers, managerId } from './managers';
import { type Change, compareChange, releaseFields } from './ownership';

/** The managers after the change, written by `self` with operation Update. */
export function trackUpdate(change: Change, managers: Managers, self: ManagerInfo): Managers {
  const comparison = compareChange(change);
  if (isSame(comparison)) return managers;
  const id = managerId(self);
  const taken = comparison.added.union(comparison.modified);
  const kept = new Map(releaseFields(change, comparison, managers, id).managers);
  const before = kept.get(id)?.without(comparison.removed);
  if (!taken.isEmpty()) {
    const after = before ? before.with(taken) : ManagedSet.of(self, taken);
    kept.set(id, after.as(self));
  } else if (before) kept.set(id, before);
  return capUpdateManagers(kept);
}
