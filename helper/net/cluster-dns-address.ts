/**
 * Where the cluster's DNS server is: by convention the tenth address of the Service range, `10.96.0.10`.
 *
 * Everybody works it out from the range instead of being told: the kubelet for resolv.conf, `up` for the Service.
 * https://kubernetes.io/docs/concepts/services-networking/dns-pod-service/
 */
import { formatIpv4, parseCidr } from './ipv4';

const TENTH = 10;

/** `10.96.0.0/12` → `10.96.0.10`. Throws when the text is no range. */
export function clusterDnsAddress(serviceCidr: string): string {
  return formatIpv4(parseCidr(serviceCidr).first + TENTH);
}
