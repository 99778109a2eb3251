/**
 * Keeps managedFields short: of the managers that update, only the ten latest have entries of their own.
 *
 * The oldest ones of a version are put together as `ancient-changes`. Managers that apply are never merged, because their
 * entry decides what the next apply removes.
 */
import { compareAge, type ManagedSet, type Managers, managerId } from './managers';

/** As in Kubernetes. */
const MAX_UPDATE_MANAGERS = 10;
const MERGED_NAME = 'ancient-changes';

/** The managers, at most {@link MAX_UPDATE_MANAGERS} of them with operation Update (more if all are of different versions). */
export function capUpdateManagers(managers: Managers): Managers {
  const updaters = [...managers.values()].filter(({ info }) => info.operation === 'Update');
  let excess = updaters.length - MAX_UPDATE_MANAGERS;
  if (excess <= 0) return managers;
  const capped = new Map(managers);
  const firstOf = new Map<string, ManagedSet>();
  for (const managed of updaters.sort(compareAge)) {
    if (excess === 0) break;
    const first = firstOf.get(managed.info.apiVersion);
    if (!first) firstOf.set(managed.info.apiVersion, managed);
    else {
      mergeInto(capped, first, managed);
      excess--;
    }
  }
  return capped;
}

/** The first of a version becomes the bucket when a second one has to go into it. */
function mergeInto(managers: Map<string, ManagedSet>, first: ManagedSet, managed: ManagedSet): void {
  const info = { ...managed.info, manager: MERGED_NAME, subresource: '' };
  const bucketId = managerId(info);
  const bucket = managers.get(bucketId) ?? first;
  managers.delete(managerId(bucket === first ? first.info : info));
  managers.delete(managerId(managed.info));
  managers.set(bucketId, managed.owning(bucket.fields.union(managed.fields)).as(info));
}
