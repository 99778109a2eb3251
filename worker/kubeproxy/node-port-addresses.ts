/**
 * On which of this host's addresses node ports answer, when the administrator does not want all. Pure.
 * https://kubernetes.io/docs/concepts/services-networking/service/#service-nodeport-custom-listen-address
 */
import { isInRange, parseCidr, parseIpv4 } from '../../helper/net/ipv4';

/** The word for the node's own address, whatever else the host has. */
const PRIMARY = 'primary';

/** undefined: on all of them; empty: on none. `wanted` are ranges, or the word `primary`. */
export function nodePortAddresses(
  wanted: readonly string[],
  nodeIp: string,
  hostAddresses: () => readonly string[],
): readonly string[] | undefined {
  if (wanted.length === 0) return undefined;
  if (wanted.includes(PRIMARY)) return [nodeIp];
  const ranges = wanted.map(parseCidr);
  return hostAddresses()
    .filter((address) => ranges.some((range) => isInRange(parseIpv4(address), range)))
    .sort();
}
