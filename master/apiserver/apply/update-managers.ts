/**
 * metadata.managedFields of create, update and the three patches that are no apply.
 *
 * Called on every write, after defaults and before admission, so its usual outcome is quick: fields the writer owns
 * already get new values, and nothing but its time changes.
 * https://kubernetes.io/docs/reference/using-api/server-side-apply/#field-management
 */
import type { KubeObject } from '../../../helper/api/meta';
import type { JsonObject } from '../../../helper/patch/json-object';
import { createdFields } from './created-fields';
import { FieldSet } from './field-set';
import type { MapType } from './field-type';
import { jsonEqual } from './json-equal';
import {
  encodeManagers,
  type ManagedFieldsEntry,
  ManagedSet,
  type ManagerInfo,
  type Managers,
  parseManagers,
  storedManagers,
} from './managers';
import type { ConvertVersion } from './ownership';
import { trackUpdate } from './track-update';

/** What apply and the other writes have in common. */
export interface WriteContext {
  /** from `typeOfKind` or `customType` */
  readonly type: MapType;
  /** name of who writes; see `managerName` */
  readonly manager: string;
  /** the version the client speaks: `apps/v1` */
  readonly apiVersion: string;
  /** '' for the object itself, `status`, `scale`, ... */
  readonly subresource: string;
  readonly now: Date;
  /** fields this request cannot change; see `ignoredFields` */
  readonly ignored?: FieldSet;
  /** only for kinds with several versions */
  readonly convert?: ConvertVersion;
}

export interface Update extends WriteContext {
  /** undefined when the object is created */
  readonly live: KubeObject | undefined;
  /** the next state, defaults filled in; its managedFields are what the client sent */
  readonly next: KubeObject;
}

const NOTHING = new FieldSet();

/** What a write of the object or of a subresource cannot change, and therefore nobody comes to own by it. */
export function ignoredFields(subresource: string, hasStatus: boolean): FieldSet {
  if (subresource === '') return hasStatus ? STATUS : NOTHING;
  return subresource === 'status' ? ALL_BUT_STATUS : NOTHING;
}

const STATUS = FieldSet.of(['f:status']);
const ALL_BUT_STATUS = FieldSet.of(
  ['f:spec'],
  ['f:metadata', 'f:ownerReferences'],
  ['f:metadata', 'f:deletionTimestamp'],
);

/** RFC 3339, whole seconds. */
const timeText = (now: Date) => `${now.toISOString().slice(0, 19)}Z`;

/** The manager of a write. */
export function managerOf(context: WriteContext, operation: ManagerInfo['operation']): ManagerInfo {
  const { manager, apiVersion, subresource, now } = context;
  return { manager, operation, apiVersion, subresource, time: timeText(now) };
}

/** metadata.managedFields as the client sent it, told apart from absence. */
function entriesOf(object: KubeObject | undefined): ManagedFieldsEntry[] | undefined {
  return object?.metadata.managedFields as ManagedFieldsEntry[] | undefined;
}

/** `[]` and `[{}]` mean: forget who owns what. */
function isReset(entries: readonly ManagedFieldsEntry[] | undefined): boolean {
  if (!entries || entries.length > 1) return false;
  return Object.keys(entries[0] ?? {}).length === 0;
}

/** Whoever does not know managedFields leaves them as they are; whoever does may rewrite them, except through a subresource. */
function managersBefore({ live, next, subresource }: Update): Managers {
  const stored = entriesOf(live) ?? [];
  const sent = entriesOf(next);
  if (subresource !== '' || sent === undefined) return storedManagers(stored);
  if (isReset(sent)) return new Map();
  if (jsonEqual(sent, stored)) return storedManagers(stored);
  const parsed = parseManagers(sent);
  return parsed && parsed.size > 0 ? parsed : storedManagers(stored);
}

/**
 * The managedFields to store with `next`; undefined when there are none. Never throws for what a client sent: managedFields
 * that make no sense count as not sent, as in Kubernetes.
 */
export function updateManagers(update: Update): ManagedFieldsEntry[] | undefined {
  const { type, live, next, apiVersion, ignored = NOTHING, convert } = update;
  if (!live && !next.metadata.managedFields) return creator(update);
  const before = managersBefore(update);
  // Somebody asked to forget the owners of this object: none are kept until the next apply.
  if (live && before.size === 0) return undefined;
  const change = {
    type,
    old: (live ?? {}) as JsonObject,
    next: next as unknown as JsonObject,
    apiVersion,
    ignored,
    convert,
  };
  const after = trackUpdate(change, before, managerOf(update, 'Update'));
  const entries = encodeManagers(after);
  return entries.length > 0 ? entries : undefined;
}

/** The managedFields of a new object: all of it is its creator's. */
function creator(update: Update): ManagedFieldsEntry[] | undefined {
  const { type, next, ignored = NOTHING } = update;
  const fields = createdFields(type, next as unknown as JsonObject, ignored);
  const managed = ManagedSet.ofStored(managerOf(update, 'Update'), fields);
  return managed.isEmpty() ? undefined : [managed.toEntry()];
}

/**
 * The managedFields to store when admission and validation are through: those of the stored object when all that is new
 * in them is a time, so that a write that changes nothing stays one.
 */
export function keepTimes(next: ManagedFieldsEntry[] | undefined, live: KubeObject): ManagedFieldsEntry[] | undefined {
  const stored = entriesOf(live);
  const timeless = (entries: readonly ManagedFieldsEntry[] = []) => entries.map(({ time: _, ...rest }) => rest);
  return jsonEqual(timeless(next), timeless(stored)) ? stored : next;
}
