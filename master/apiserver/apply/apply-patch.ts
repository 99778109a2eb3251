/**
 * Server-side apply: lays a configuration over an object and settles who owns which fields.
 *
 * A field of the configuration that another manager owns with another value is a conflict, unless forced; with the same
 * value both own it. What the same manager applied before and leaves out now is removed, unless somebody else owns it.
 * https://kubernetes.io/docs/reference/using-api/server-side-apply/
 */
import type { KubeObject } from '../../../helper/api/meta';
import { badRequest } from '../../../helper/api/status-error';
import { isJsonObject, type JsonObject, shownField } from '../../../helper/patch/json-object';
import { checkConfiguration } from './check-configuration';
import { conflictError } from './conflict-error';
import { FieldSet } from './field-set';
import { jsonEqual } from './json-equal';
import { KUBECTL, lastAppliedFields, withLastApplied } from './last-applied';
import {
  encodeManagers,
  type ManagedFieldsEntry,
  ManagedSet,
  type Managers,
  managerId,
  storedManagers,
} from './managers';
import { mergeConfiguration } from './merge-configuration';
import { type Change, type Conflict, compareChange, releaseFields } from './ownership';
import { pruneDropped } from './prune-dropped';
import { toFieldSet } from './to-field-set';
import { trackUpdate } from './track-update';
import { managerOf, type WriteContext } from './update-managers';

export interface Apply extends WriteContext {
  readonly kind: string;
  /** undefined when the object does not exist yet */
  readonly live: KubeObject | undefined;
  /** the configuration as it was sent, nulls and unknown fields included */
  readonly patch: JsonObject;
  /** take fields from other managers instead of failing */
  readonly force: boolean;
}

export interface Applied {
  /** the next state without managedFields; defaults, checks and the server's own metadata are the caller's */
  readonly object: JsonObject;
  readonly managedFields: ManagedFieldsEntry[];
}

/** Owns what was there before managers were kept, so that the first apply does not take everything. */
const BEFORE_FIRST_APPLY = 'before-first-apply';

/** Throws BadRequest for a configuration that cannot be applied and Conflict for fields others own. */
export function applyServerSide(apply: Apply): Applied {
  assertApplicable(apply);
  const live = withoutManagedFields(apply.live);
  const before = managersBefore(apply, live);
  const { object, managers } = mergeAndOwn(apply, live, before);
  const self = managerOf(apply, 'Apply');
  const id = managerId(self);
  const [mine, last] = [managers.get(id), before.get(id)];
  const isUnchanged = live !== undefined && jsonEqual(object, live) && mine && last?.fields.equals(mine.fields);
  const stamped = new Map(managers);
  if (mine) stamped.set(id, mine.as({ ...self, time: isUnchanged ? last?.info.time : self.time }));
  const synced = apply.manager === KUBECTL ? withLastApplied(object, apply.patch) : object;
  return { object: synced, managedFields: encodeManagers(stamped) };
}

function assertApplicable({ type, apiVersion, kind, patch }: Apply): void {
  const given = `${shownField(patch.apiVersion)}, Kind=${shownField(patch.kind)}`;
  if (patch.apiVersion !== apiVersion || patch.kind !== kind) throw badRequest(`invalid object type: ${given}`);
  const metadata = isJsonObject(patch.metadata) ? patch.metadata : {};
  if (metadata.managedFields !== undefined && metadata.managedFields !== null) {
    throw badRequest('metadata.managedFields must be nil');
  }
  const problems = checkConfiguration(type, patch);
  if (problems.length === 0) return;
  const text = problems.length === 1 ? problems[0] : `errors:\n${problems.map((problem) => `  ${problem}`).join('\n')}`;
  const place = `${shownField(metadata.namespace)}/${shownField(metadata.name)}; ${given}`;
  // Kubernetes answers 500 here; a wrong configuration is the client's fault.
  throw badRequest(`failed to create typed patch object (${place}): ${text}`);
}

function withoutManagedFields(live: KubeObject | undefined): JsonObject | undefined {
  if (!live) return undefined;
  const { managedFields: _, ...metadata } = live.metadata;
  return { ...live, metadata };
}

function managersBefore(apply: Apply, live: JsonObject | undefined): Managers {
  const stored = storedManagers((apply.live?.metadata.managedFields ?? []) as ManagedFieldsEntry[]);
  if (!live || stored.size > 0) return stored;
  const change = changeOf(apply, undefined, live);
  return trackUpdate(change, stored, managerOf({ ...apply, manager: BEFORE_FIRST_APPLY }, 'Update'));
}

function changeOf(apply: Apply, live: JsonObject | undefined, next: JsonObject): Change {
  const { type, apiVersion, ignored = new FieldSet(), convert } = apply;
  return { type, old: live ?? {}, next, apiVersion, ignored, convert };
}

interface Outcome {
  readonly object: JsonObject;
  readonly managers: Managers;
}

function mergeAndOwn(apply: Apply, live: JsonObject | undefined, before: Managers): Outcome {
  const { type, patch, apiVersion, ignored = new FieldSet(), convert } = apply;
  const self = managerOf(apply, 'Apply');
  const id = managerId(self);
  const own = toFieldSet(type, patch).without(ignored);
  const managers = new Map(before).set(id, ManagedSet.of(self, own));
  const object = mergeConfiguration(type, live ?? {}, patch);
  const pruned = pruneDropped({ type, object, apiVersion, convert }, managers, before.get(id));
  const change = changeOf(apply, live, pruned);
  const release = releaseFields(change, compareChange(change), managers, id);
  const conflicts = apply.force ? [] : realConflicts(apply, live, release.conflicts);
  if (conflicts.length > 0) throw conflictError(conflicts);
  return { object: pruned, managers: release.managers };
}

/** Without those that only take over from client-side apply. */
function realConflicts(
  { type, manager, apiVersion }: Apply,
  live: JsonObject | undefined,
  conflicts: readonly Conflict[],
) {
  if (manager !== KUBECTL || !live || conflicts.length === 0) return conflicts;
  const allowed = lastAppliedFields(type, live, apiVersion);
  return conflicts
    .map(({ managed, fields }) => ({ managed, fields: fields.difference(allowed) }))
    .filter(({ fields }) => !fields.isEmpty());
}
