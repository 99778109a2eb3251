/**
 * Gives each node its range of pod addresses, `spec.podCIDR`, as soon as it registers: without one it cannot become Ready.
 *
 * One worker, and a memory of what it gave out: two nodes that register together must not read the same free range.
 * https://kubernetes.io/docs/reference/command-line-tools-reference/kube-controller-manager/ (--allocate-node-cidrs)
 */
import { type Node, nodeResource } from '../../../helper/api/core/node';
import { type ControllerSpec, EMPTY_PLAN } from '../../../helper/controller/controller';
import { allocatePodCidr } from './allocate-pod-cidr';

export function nodeIpamController(clusterCidr: string): ControllerSpec<Node> {
  /** node -> range written for it, perhaps not in the cache yet */
  const given = new Map<string, string>();
  return {
    name: 'node-ipam-controller',
    primary: nodeResource,
    watches: [],
    workers: 1,
    plan(node, name, view) {
      if (!node || node.spec?.podCIDR) given.delete(name);
      if (!node || node.spec?.podCIDR || node.metadata.deletionTimestamp) return EMPTY_PLAN;
      const others = view.cache(nodeResource).list();
      const known = others.flatMap(({ spec }) => [...(spec?.podCIDRs ?? []), ...(spec?.podCIDR ? [spec.podCIDR] : [])]);
      const podCIDR = given.get(name) ?? allocatePodCidr(clusterCidr, [...known, ...given.values()]);
      if (!podCIDR) {
        const message = `Node ${name} status is now: CIDRNotAvailable`;
        return { steps: [], events: [{ type: 'Normal', reason: 'CIDRNotAvailable', message }], requeueAfterMs: 10_000 };
      }
      given.set(name, podCIDR);
      const body = { metadata: { uid: node.metadata.uid }, spec: { podCIDR, podCIDRs: [podCIDR] } };
      return { steps: [[{ verb: 'patch', resource: nodeResource, namespace: '', name, body }]] };
    },
  };
}
