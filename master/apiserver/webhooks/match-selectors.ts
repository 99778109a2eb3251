/**
 * Selectors of webhooks and policies: labels of the object, and of the namespace it is in.
 *
 * The label `kubernetes.io/metadata.name` every namespace has lets a selector name namespaces. Objects outside namespaces always match
 * a namespace selector; a Namespace is judged by its own labels.
 * https://kubernetes.io/docs/reference/access-authn-authz/extensible-admission-controllers/#matching-requests-namespaceselector
 */
import type { LabelSelector } from 'kubernetes-types/meta/v1';
import { namespaceResource } from '../../../helper/api/core/namespace';
import { matchesLabelSelector } from '../../../helper/api/label-selector';
import type { KubeObject } from '../../../helper/api/meta';
import type { Registry } from '../registry';
import type { Attributes } from './attributes';

export interface Selectors {
  readonly namespaceSelector?: LabelSelector;
  readonly objectSelector?: LabelSelector;
}

const isEmpty = (selector: LabelSelector | undefined): boolean =>
  !selector?.matchExpressions?.length && Object.keys(selector?.matchLabels ?? {}).length === 0;

/** The namespace of the request as it is; undefined outside namespaces, or when there is none. */
export function namespaceOf(registry: Registry, { namespace }: Attributes): KubeObject | undefined {
  return namespace ? registry.cacheOf(namespaceResource).get('', namespace)?.object : undefined;
}

function matchesNamespace(selector: LabelSelector | undefined, attributes: Attributes, registry: Registry): boolean {
  if (isEmpty(selector) || !attributes.namespace) return true;
  const { group, resource } = attributes.resource;
  const isItself = group === '' && resource === 'namespaces' && attributes.subresource === '';
  const own = isItself && attributes.operation !== 'DELETE' ? attributes.object : undefined;
  const labels = (own ?? namespaceOf(registry, attributes))?.metadata.labels;
  return matchesLabelSelector(selector, labels);
}

/** True when the labels of object and namespace are meant; of an update either state of the object will do. */
export function matchesSelectors(selectors: Selectors, attributes: Attributes, registry: Registry): boolean {
  const { namespaceSelector, objectSelector } = selectors;
  if (!matchesNamespace(namespaceSelector, attributes, registry)) return false;
  if (isEmpty(objectSelector)) return true;
  return [attributes.object, attributes.oldObject].some(
    (object) => object?.metadata && matchesLabelSelector(objectSelector, object.metadata.labels),
  );
}
