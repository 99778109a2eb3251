/**
 * Whether an object belongs to what a list or watch with selectors shows, decided on this side of the wire.
 *
 * Used to know which informers will hear of a write. Field selectors are read as plain paths (`spec.nodeName`); an absent
 * field is ''. The api-server knows better which fields a kind allows; here only those that were already accepted arrive.
 */
import { matchesRequirements, parseLabelSelector } from '../api/label-selector';
import type { KubeObject } from '../api/meta';
import type { ListQuery } from './client';

type Selectors = Pick<ListQuery, 'namespace' | 'labelSelector' | 'fieldSelector'>;

function fieldText(object: KubeObject, path: string): string {
  let value: unknown = object;
  for (const step of path.split('.')) {
    value = value && typeof value === 'object' ? (value as Record<string, unknown>)[step] : undefined;
  }
  return value === undefined || value === null ? '' : String(value);
}

function matchesFields(object: KubeObject, selector: string): boolean {
  return selector.split(',').every((term) => {
    const [, path = '', operator = '=', wanted = ''] = /^([^=!]+)(!=|==|=)(.*)$/.exec(term) ?? [];
    return (fieldText(object, path) === wanted) === (operator !== '!=');
  });
}

/** True when the object is in the namespace and both selectors, where given, match. */
export function matchesQuery(object: KubeObject, { namespace, labelSelector, fieldSelector }: Selectors): boolean {
  if (namespace && object.metadata.namespace !== namespace) return false;
  if (labelSelector && !matchesRequirements(parseLabelSelector(labelSelector), object.metadata.labels)) return false;
  return !fieldSelector || matchesFields(object, fieldSelector);
}
