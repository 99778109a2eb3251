/**
 * Removes from the merged object what its applier applied before and no longer does.
 *
 * A field goes only when nobody else owns it. A struct that was the applier's goes with whatever unowned was in it.
 * https://kubernetes.io/docs/reference/using-api/server-side-apply/#field-management
 */
import type { JsonObject } from '../../../helper/patch/json-object';
import { FieldSet } from './field-set';
import type { MapType } from './field-type';
import { type ManagedSet, type Managers, managerId } from './managers';
import type { ConvertVersion, VersionedObject } from './ownership';
import { removeFields, withStructs } from './select-fields';
import { toFieldSet } from './to-field-set';

export interface Merged {
  readonly type: MapType;
  readonly object: JsonObject;
  readonly apiVersion: string;
  readonly convert: ConvertVersion | undefined;
}

/** The fields of an object, structs included. */
const allFields = (type: MapType, object: JsonObject) => withStructs(type, toFieldSet(type, object));

/**
 * The object without the dropped fields. `last` is what its applier owned so far, `managers` all managers with the
 * applier's new fields.
 */
export function pruneDropped(merged: Merged, managers: Managers, last: ManagedSet | undefined): JsonObject {
  if (!last || last.isEmpty() || appliesAllOf(merged, managers, last)) return merged.object;
  const there = inVersion(merged, merged.object, last.info.apiVersion);
  // The version it was applied in is gone: nobody can say any more what was dropped.
  if (!there) return merged.object;
  const { type, object } = there;
  const lastFields = withStructs(type, last.fields);
  const cut = removeFields(type, object, lastFields);
  const kept = addBackOwned(merged, { type, object: cut }, managers);
  const left = inVersion(merged, kept, last.info.apiVersion);
  if (!left) return merged.object;
  const all = allFields(type, object);
  const dropped = all.difference(allFields(type, left.object)).intersection(lastFields);
  return inVersion(merged, removeFields(type, object, dropped), merged.apiVersion)?.object ?? merged.object;
}

/** The usual case: everything the manager applied before is in its new configuration again. */
function appliesAllOf({ convert, apiVersion }: Merged, managers: Managers, last: ManagedSet): boolean {
  if (convert && last.info.apiVersion !== apiVersion) return false;
  const now = managers.get(managerId(last.info));
  return now !== undefined && last.fields.difference(now.fields).isEmpty();
}

/** Puts back what was cut but has an owner, the applier's new configuration included; version by version. */
function addBackOwned(merged: Merged, cut: VersionedObject, managers: Managers): JsonObject {
  const byVersion = new Map<string, FieldSet>();
  const ownVersion = String(cut.object.apiVersion);
  byVersion.set(merged.convert ? ownVersion : merged.apiVersion, new FieldSet());
  for (const { info, fields } of managers.values()) {
    const version = merged.convert ? info.apiVersion : merged.apiVersion;
    byVersion.set(version, (byVersion.get(version) ?? new FieldSet()).union(fields));
  }
  let kept = cut.object;
  for (const [version, owned] of byVersion) {
    const whole = inVersion(merged, merged.object, version);
    const part = inVersion(merged, kept, version);
    if (!whole || !part) continue;
    const { type, object } = whole;
    const gone = allFields(type, object).difference(allFields(type, part.object));
    kept = removeFields(type, object, gone.difference(withStructs(type, owned)));
  }
  return kept;
}

function inVersion(merged: Merged, object: JsonObject, apiVersion: string): VersionedObject | undefined {
  if (!merged.convert || object.apiVersion === apiVersion) return { type: merged.type, object };
  return merged.convert(object, apiVersion);
}
