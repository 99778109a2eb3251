/**
 * Which objects of a kind a list, watch or deletecollection is about: label and field selectors, compiled once a request.
 *
 * Without selectors `matches` is undefined, and the fast paths that send ready bytes apply.
 * https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#api
 */
import { fieldMatcher, parseFieldSelector } from '../../../helper/api/field-selector';
import type { Kind } from '../../../helper/api/kind';
import { matchesRequirements, parseLabelSelector } from '../../../helper/api/label-selector';
import type { KubeObject } from '../../../helper/api/meta';
import { badRequest } from '../../../helper/api/status-error';
import type { RequestInfo } from '../request-info';
import type { CachedObject } from '../watch/cached-object';
import type { WatchCache } from '../watch/watch-cache';

export interface Selection {
  /** the one name asked for by field selector or path: no search is needed */
  readonly name: string | undefined;
  /** labels and fields; undefined = everything */
  readonly matches: ((object: KubeObject) => boolean) | undefined;
}

/** Reads labelSelector and fieldSelector. Throws BadRequest for a selector that cannot be read or a field the kind cannot select on. */
export function parseSelection(kind: Kind, { query, name }: RequestInfo): Selection {
  const labels = parseLabelSelector(query.get('labelSelector') ?? '');
  const fields = parseFieldSelector(query.get('fieldSelector') ?? '');
  // Compiled as a whole first: it refuses unknown fields.
  const allFields = fieldMatcher(kind, fields);
  const byName = fields.find(({ field, operator }) => field === 'metadata.name' && operator === '=');
  if (name && fields.length > 0 && byName?.value !== name) {
    throw badRequest("fieldSelector metadata.name doesn't match requested name");
  }
  const others = fields.filter((requirement) => requirement !== byName);
  const fieldsMatch = others.length === fields.length ? allFields : fieldMatcher(kind, others);
  const needsObject = labels.length > 0 || others.length > 0;
  return {
    name: name || byName?.value,
    matches: needsObject
      ? (object) => matchesRequirements(labels, object.metadata.labels) && fieldsMatch(object)
      : undefined,
  };
}

/** True when the object is selected. The object is parsed only when a selector looks into it. */
export function isSelected({ name, matches }: Selection, object: CachedObject): boolean {
  return (name === undefined || object.name === name) && (!matches || matches(object.object));
}

/** The selected objects of a namespace ('' = all) in key order. */
export function select({ table }: WatchCache, namespace: string, selection: Selection): readonly CachedObject[] {
  if (selection.name !== undefined && namespace) {
    const object = table.get(namespace, selection.name);
    return object && isSelected(selection, object) ? [object] : [];
  }
  const objects = table.list(namespace);
  if (selection.name === undefined && !selection.matches) return objects;
  return objects.filter((object) => isSelected(selection, object));
}
