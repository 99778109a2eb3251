/**
 * Patches of a kustomization: strategic merge or JSON patch, at the object they name or at all that match a target. Pure.
 * https://kubernetes.io/docs/tasks/manage-kubernetes-objects/kustomization/#customizing
 */
import { parse, parseAllDocuments } from 'yaml';
import { matchesRequirements, parseLabelSelector } from '../../../helper/api/label-selector';
import { applyJsonPatch } from '../../../helper/patch/apply-json-patch';
import { applyMergePatch } from '../../../helper/patch/apply-merge-patch';
import { applyStrategicMergePatch } from '../../../helper/patch/apply-strategic-merge-patch';
import type { JsonObject } from '../../../helper/patch/json-object';
import { schemaNameOf } from '../apply/schema-name';
import { CommandError } from '../command-error';
import type { AnyObject } from '../resources/get-object';
import type { PatchArgs, PatchTarget } from './kustomization';
import { groupOf, type Item } from './resource-set';

const versionOf = ({ apiVersion }: AnyObject) => apiVersion.split('/').at(-1) ?? '';
const fits = (pattern: string | undefined, text: string) => !pattern || new RegExp(`^(?:${pattern})$`).test(text);

/** True when the target means this object. Empty fields of a target mean any. */
export function isTarget({ object, names }: Item, target: PatchTarget): boolean {
  const { labels = {}, annotations = {}, namespace = '' } = object.metadata;
  const matches = (selector: string | undefined, texts: Readonly<Record<string, string>>) =>
    !selector || matchesRequirements(parseLabelSelector(selector), texts);
  return (
    fits(target.group, groupOf(object)) &&
    fits(target.version, versionOf(object)) &&
    fits(target.kind, object.kind) &&
    names.some((name) => fits(target.name, name)) &&
    fits(target.namespace, namespace) &&
    matches(target.labelSelector, labels) &&
    matches(target.annotationSelector, annotations)
  );
}

/** The object after the patch; undefined when the patch deletes it. */
function merged(object: AnyObject, patch: JsonObject): AnyObject | undefined {
  if (patch['$patch'] === 'delete') return undefined;
  const schemaName = schemaNameOf({ group: groupOf(object), version: versionOf(object), kind: object.kind });
  const plain = object as unknown as JsonObject;
  const result = schemaName ? applyStrategicMergePatch(plain, patch, schemaName) : applyMergePatch(plain, patch);
  return result as unknown as AnyObject;
}

/** Name and kind stay, whatever a patch for several objects is called. */
function keepIdentity(
  patched: AnyObject,
  { apiVersion, kind, metadata }: AnyObject,
  options: PatchArgs['options'],
): AnyObject {
  const name = options?.allowNameChange ? patched.metadata.name : metadata.name;
  const type = options?.allowKindChange ? {} : { apiVersion, kind };
  return { ...patched, ...type, metadata: { ...patched.metadata, name } };
}

type Change = (object: AnyObject) => AnyObject | undefined;

function applyTo(items: readonly Item[], isMeant: (item: Item) => boolean, change: Change): Item[] {
  return items.flatMap((item) => {
    if (!isMeant(item)) return [item];
    const object = change(item.object);
    return object ? [{ ...item, object }] : [];
  });
}

function applyMerge(items: readonly Item[], patch: AnyObject, { target, options }: PatchArgs): Item[] {
  const change: Change = (object) => {
    const result = merged(object, patch as unknown as JsonObject);
    return result && keepIdentity(result, object, options);
  };
  if (target) return applyTo(items, (item) => isTarget(item, target), change);
  const { kind, metadata } = patch;
  const isMeant = ({ object, names }: Item) =>
    object.kind === kind &&
    groupOf(object) === groupOf(patch) &&
    names.includes(metadata.name) &&
    (!metadata.namespace || metadata.namespace === object.metadata.namespace);
  const found = items.filter(isMeant);
  if (found.length !== 1)
    throw new CommandError(
      `no resource matches strategic merge patch "${kind}.${versionOf(patch)}.${groupOf(patch) || '[noGrp]'}/${metadata.name}.${metadata.namespace ?? '[noNs]'}": ${found.length === 0 ? 'no matches for Id' : 'multiple matches for Id'}; failed to find unique target for patch`,
    );
  return applyTo(items, isMeant, change);
}

/** The items after one patch. `text` is what the patch's file or field says. */
export function applyPatch(items: readonly Item[], args: PatchArgs, text: string): Item[] {
  const content =
    text.trimStart().startsWith('[') ||
    /^\s*-\s/m.test(text.split('\n').find((line) => line.trim() && !line.trim().startsWith('#')) ?? '')
      ? (parse(text) as unknown)
      : undefined;
  if (Array.isArray(content)) {
    const { target, options } = args;
    if (!target) throw new CommandError('a JSON patch needs a target: group, version, kind, name');
    return applyTo(
      items,
      (item) => isTarget(item, target),
      (object) =>
        keepIdentity(applyJsonPatch(object as unknown as JsonObject, content) as unknown as AnyObject, object, options),
    );
  }
  const documents = parseAllDocuments(text).map((document) => document.toJS() as AnyObject | null);
  return documents.reduce<Item[]>((now, patch) => (patch ? applyMerge(now, patch, args) : now), [...items]);
}
