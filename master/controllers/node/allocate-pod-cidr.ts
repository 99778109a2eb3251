/**
 * Which range of pod addresses a new node gets: the first free /24 of the cluster's.
 *
 * A node keeps its range for life; when it is deleted the range is free again. Pods of a node get their addresses from it, and the
 * other nodes route the whole range to it.
 * https://kubernetes.io/docs/concepts/cluster-administration/networking/
 */

import { formatIpv4, parseCidr } from '../../../helper/net/ipv4';

/** Bits of the network part of a node's range: 254 pods, the size Kubernetes takes for IPv4. */
const NODE_PREFIX = 24;

/**
 * The first /24 of `clusterCidr` that overlaps none of `taken` (ranges of other nodes, of any size; unreadable ones are
 * ignored), or undefined when all are taken. A cluster range smaller than a /24 is one range. Throws on a malformed `clusterCidr`.
 */
export function allocatePodCidr(clusterCidr: string, taken: Iterable<string>): string | undefined {
  const cluster = parseCidr(clusterCidr);
  const prefix = Math.max(NODE_PREFIX, cluster.prefixLength);
  const size = 2 ** (32 - prefix);
  const used = [...taken].flatMap((cidr) => {
    try {
      return [parseCidr(cidr)];
    } catch {
      return []; // An IPv6 range of a dual-stack node cannot collide with ours.
    }
  });
  used.sort((a, b) => a.first - b.first);
  let candidate = cluster.first;
  for (const range of used) {
    if (range.last < candidate) continue;
    if (range.first >= candidate + size) break;
    candidate = Math.ceil((range.last + 1) / size) * size;
  }
  return candidate <= cluster.last ? `${formatIpv4(candidate)}/${prefix}` : undefined;
}
