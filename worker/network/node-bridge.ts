/**
 * The node's bridge as commands and kernel settings; nothing is run here.
 *
 * The bridge is the switch all pods of a node are plugged into, and with its address their gateway.
 */

import { parseCidr } from '../../helper/net/ipv4';
import { gatewayOf, hardwareAddressOf } from './address-pool';
import { type LocalRoutesPlan, renderLocalRoutes } from './local-routes';

export interface BridgePlan extends LocalRoutesPlan {
  readonly exists: boolean;
  readonly mtu: number;
  /** undefined while the node has no range: the bridge is made without an address, for the local routes */
  readonly podCidr?: string | undefined;
  /** the bridge has an address of an earlier range */
  readonly rangeChanged: boolean;
}

/** Lines for `ip -batch`. */
export function renderBridge(plan: BridgePlan): string[] {
  const { bridgeName, podCidr } = plan;
  const addressed = podCidr
    ? [
        // A bridge without a fixed hardware address takes on a port's, and pods would keep a stale one when that port goes.
        `link set ${bridgeName} address ${hardwareAddressOf(gatewayOf(podCidr))}`,
        `addr replace ${gatewayOf(podCidr)}/${parseCidr(podCidr).prefixLength} brd + dev ${bridgeName}`,
      ]
    : [];
  return [
    ...(plan.exists ? [] : [`link add ${bridgeName} mtu ${plan.mtu} type bridge`]),
    ...(plan.rangeChanged ? [`addr flush dev ${bridgeName}`] : []),
    `link set ${bridgeName} up`,
    ...addressed,
    ...renderLocalRoutes(plan),
  ];
}

/** Kernel settings, as files below /proc/sys. Those of the bridge vanish with it; the host's are put back by teardown. */
export function sysctlsOf(bridgeName: string): {
  readonly host: Record<string, string>;
  readonly bridge: Record<string, string>;
} {
  return {
    host: {
      'net/ipv4/ip_forward': '1',
      // Answers of a Service's pod on the same bridge must pass through NAT on their way back.
      'net/bridge/bridge-nf-call-iptables': '1',
    },
    bridge: {
      // 127.0.0.1:<host port> of the host leads to a pod.
      [`net/ipv4/conf/${bridgeName}/route_localnet`]: '1',
    },
  };
}
