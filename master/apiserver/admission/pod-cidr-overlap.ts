/**
 * PodCIDROverlap, a plugin of our own: a node may not be given pod addresses that another node or the cluster's Services have.
 *
 * Every machine routes a range to one node, so of two nodes with the same addresses one could not be reached. The node controller never
 * gives out what is taken; this is about ranges that users write, and Kubernetes takes those.
 * https://kubernetes.io/docs/concepts/cluster-administration/networking/
 */
import { type Node, nodeResource } from '../../../helper/api/core/node';
import { type FieldError, invalid } from '../../../helper/api/field-error';
import { invalidObject } from '../../../helper/api/status-error';
import { rangesOverlap } from '../../../helper/net/ipv4';
import { type AdmissionPlugin, isOneOf } from './review';

/** A range that is taken, and by whom, in words. */
interface Taken {
  readonly range: string;
  readonly by: string;
}

const isIpv4 = (range: string) => !range.includes(':');
const rangesOf = ({ spec }: Node): readonly string[] => (spec?.podCIDRs ?? []).filter(isIpv4);

/** One error for each of the node's ranges that overlaps one that is taken. */
export function podCidrErrors(node: Node, taken: readonly Taken[]): FieldError[] {
  return rangesOf(node).flatMap((range) => {
    const found = taken.find((other) => rangesOverlap(range, other.range));
    if (!found) return [];
    const index = node.spec?.podCIDRs?.indexOf(range) ?? 0;
    return [invalid(`spec.podCIDRs[${index}]`, range, `overlaps ${found.range}, ${found.by}`)];
  });
}

export const podCidrOverlap: AdmissionPlugin = {
  name: 'PodCIDROverlap',
  handles: (kind, operation) => operation !== 'delete' && isOneOf(kind, ['Node']),
  validate({ registry }, { object, old }) {
    const node = object as Node;
    const before = old as Node | undefined;
    // Given once and for life: a node that has its range is never looked at again.
    if (rangesOf(node).length === 0 || (before && rangesOf(before).length > 0)) return;
    const { name } = node.metadata;
    const others = registry.cacheOf(nodeResource).table.list('') as readonly { readonly object: Node }[];
    const [services = ''] = registry.settings.serviceCidrs;
    const taken = [
      ...others
        .filter(({ object: other }) => other.metadata.name !== name)
        .flatMap(({ object: other }) =>
          rangesOf(other).map((range) => ({ range, by: `the range of node ${other.metadata.name}` })),
        ),
      { range: services, by: 'the range of Services' },
    ];
    const errors = podCidrErrors(node, taken);
    if (errors.length > 0) throw invalidObject(nodeResource, name, errors);
  },
};
