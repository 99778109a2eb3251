/**
 * Gives every Node its range of pod addresses. A kubelet waits for it at its first start, so this is kept short.
 */
import { type Node, nodeResource } from '../../../helper/api/core/node';
import type { Resource } from '../../../helper/api/resource';
import { type ControllerSpec, EMPTY_PLAN, type Plan } from '../../../helper/controller/controller';
import { allocatePodCidr } from './allocate-pod-cidr';

/** The controller for nodes that have no range yet. */
export function podCidrController(clusterCidr: string): ControllerSpec<Node> {
  /** ranges given to nodes whose copy does not show it yet: two new nodes must not get the same */
  const given = new Map<string, string>();
  return {
    name: 'node-ipam-controller',
    primary: nodeResource,
    watches: [],
    // One at a time, so that each plan knows what the ones before it gave away.
    workers: 1,
    plan(node, key, view): Plan {
      if (!node || node.spec?.podCIDR) {
        given.delete(key);
        return EMPTY_PLAN;
      }
      const others = view.cache(nodeResource).list();
      const taken = others.flatMap(({ spec }) => spec?.podCIDRs ?? (spec?.podCIDR ? [spec.podCIDR] : []));
      const cidr = given.get(key) ?? allocatePodCidr(clusterCidr, [...taken, ...given.values()]);
      if (!cidr) {
        const message = `Node ${key} status is now: CIDRNotAvailable`;
        return { steps: [], events: [{ type: 'Normal', reason: 'CIDRNotAvailable', message }], requeueAfterMs: 30_000 };
      }
      given.set(key, cidr);
      const body = { metadata: { uid: node.metadata.uid }, spec: { podCIDR: cidr, podCIDRs: [cidr] } };
      const resource = nodeResource as unknown as Resource;
      return { steps: [[{ verb: 'patch', resource, namespace: '', name: key, body }]] };
    },
  };
}
