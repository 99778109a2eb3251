/**
 * Which kinds of objects have to be looked at to know what a quota uses.
 *
 * Pods, services and claims are read whole, because what they use is in them; of every other kind the number is enough. Kinds are
 * known by discovery, so quotas can also count objects of custom resources.
 * https://kubernetes.io/docs/concepts/policy/resource-quotas/#quota-on-object-count
 */
import { MEASURED_PLURALS, usesResource } from '../../../helper/api/core/quota-usage';
import type { DiscoveredResource } from '../../../helper/client/discovery';

/** Kinds that objects can use one of these resources of; kinds nobody serves are left out. */
export function countedTypes(
  resources: readonly string[],
  served: readonly DiscoveredResource[],
): readonly DiscoveredResource[] {
  return served.filter(
    (type) => type.namespaced && type.verbs.includes('watch') && resources.some((name) => usesResource(type, name)),
  );
}

/** Has it to be read whole? */
export function isMeasured({ group, plural }: DiscoveredResource): boolean {
  return group === '' && MEASURED_PLURALS.includes(plural);
}
