/**
 * The commands that give a pod its interface, as text; nothing is run here.
 *
 * A veth pair is a cable: one end in the pod (`eth0`), the other plugged into the node's bridge. Starting programs is what
 * costs time, so a pod takes one shell with two `ip -batch`: one on the host, one inside the pod's network namespace.
 */
import { createHash } from 'node:crypto';
import { parseCidr } from '../../helper/net/ipv4';
import { gatewayOf, hardwareAddressOf } from './address-pool';

/** Linux allows 15 characters; the hash keeps pods, and two clusters on one host, apart. */
export function hostInterfaceOf(bridgeName: string, podUid: string): string {
  return `veth${createHash('sha1').update(`${bridgeName}/${podUid}`).digest('hex').slice(0, 11)}`;
}

export interface InterfacePlan {
  readonly bridgeName: string;
  readonly podCidr: string;
  readonly mtu: number;
  readonly hostInterface: string;
  /** a process in the pod's network namespace */
  readonly pid: number;
  readonly ip: string;
}

/** A shell script. Hairpin lets a pod reach itself through its own Service: the bridge may send a frame back where it came from. */
export function renderAttach(plan: InterfacePlan): string {
  const { hostInterface, mtu, ip } = plan;
  const hardware = hardwareAddressOf(ip);
  return `set -e
ip -batch - <<'HOST'
link add ${hostInterface} mtu ${mtu} master ${plan.bridgeName} type veth peer name eth0 mtu ${mtu} address ${hardware} netns ${plan.pid}
link set ${hostInterface} up type bridge_slave hairpin on
HOST
exec nsenter -t ${plan.pid} -n ip -batch - <<'POD'
link set lo up
link set eth0 up
addr add ${ip}/${parseCidr(plan.podCidr).prefixLength} brd + dev eth0
route add default via ${gatewayOf(plan.podCidr)}
POD
`;
}
