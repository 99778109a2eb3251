/**
 * Which range of pod addresses a new node gets: the first free /24 of the cluster's.
 *
 * A node keeps its range for life; when it is deleted the range is free again. Pods of a node get their addresses from it, and the
 * other nodes route the whole range to it.
 * https://kubernetes.io/docs/concepts/cluster-administration/networking/
 */

/** Bits of the network part of a node's range: 254 pods, the size Kubernetes takes for IPv4. */
const NODE_PREFIX = 24;

function parseIpv4Cidr(cidr: string): { first: number; prefix: number } {
  const [address = '', bits = ''] = cidr.split('/');
  const bytes = address.split('.').map(Number);
  const prefix = Number(bits);
  const isValid =
    bytes.length === 4 &&
    bytes.every((byte) => Number.isInteger(byte) && byte >= 0 && byte <= 255) &&
    bits !== '' &&
    Number.isInteger(prefix) &&
    prefix >= 0 &&
    prefix <= 32;
  if (!isValid) throw new Error(`cannot read "${cidr}": expected an IPv4 range such as 10.244.0.0/16`);
  const number = bytes.reduce((sum, byte) => sum * 256 + byte, 0);
  const size = 2 ** (32 - prefix);
  return { first: Math.floor(number / size) * size, prefix };
}

const formatAddress = (number: number) =>
  [24, 16, 8, 0].map((shift) => Math.floor(number / 2 ** shift) % 256).join('.');

/**
 * The first /24 of `clusterCidr` that overlaps none of `taken` (ranges of other nodes, of any size; unreadable ones are
 * ignored), or undefined when all are taken. A cluster range smaller than a /24 is one range. Throws on a malformed `clusterCidr`.
 */
export function allocatePodCidr(clusterCidr: string, taken: Iterable<string>): string | undefined {
  const cluster = parseIpv4Cidr(clusterCidr);
  const prefix = Math.max(NODE_PREFIX, cluster.prefix);
  const size = 2 ** (32 - prefix);
  const end = cluster.first + 2 ** (32 - cluster.prefix);
  const used = [...taken].flatMap((cidr) => {
    try {
      const { first, prefix: bits } = parseIpv4Cidr(cidr);
      return [{ first, end: first + 2 ** (32 - bits) }];
    } catch {
      return []; // An IPv6 range of a dual-stack node cannot collide with ours.
    }
  });
  used.sort((a, b) => a.first - b.first);
  let candidate = cluster.first;
  for (const range of used) {
    if (range.end <= candidate) continue;
    if (range.first >= candidate + size) break;
    candidate = Math.ceil(range.end / size) * size;
  }
  return candidate < end ? `${formatAddress(candidate)}/${prefix}` : undefined;
}
