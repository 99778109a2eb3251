/**
 * The network between the machines of one host, as names, addresses and commands: pure.
 *
 * A switch in a network namespace of its own, with one port for each machine and one for the host, whose address is the machines'
 * way out. The switch is not in the host's namespace: there Docker lets iptables see bridged frames and drops what it does not
 * know. The host itself is the cluster's first node, so that the user's shell reaches the API, Service addresses and node ports.
 *
 *     host (node1) .1 --- [ switch ] --- .2 node2 (namespaces)
 *                              +-------- .3 node3 (namespaces)
 */
export interface Fabric {
  /** name of the switch's namespace */
  readonly namespace: string;
  /** the host's interface into the switch */
  readonly hostInterface: string;
  readonly hostAddress: string;
  readonly subnet: string;
  readonly prefixLength: number;
  /** iptables chain that lets machines out */
  readonly chain: string;
}

/** Interface name of a machine's port in the switch; Linux allows 15 characters. */
export const portOf = (number: number): string => `port${number}`;
const SUBNETS = 254;

/**
 * A range from 198.18.0.0/15, which is set aside for laboratories (RFC 2544): it overlaps neither pods nor Services nor networks
 * people use. Clusters with other ports have other subnets.
 */
export function fabricOf(portBase: number, chainPrefix: string): Fabric {
  const third = portBase % SUBNETS;
  return {
    namespace: `mk8s${portBase}`,
    hostInterface: `mk8sh${portBase}`,
    hostAddress: `198.18.${third}.1`,
    subnet: `198.18.${third}.0/24`,
    prefixLength: 24,
    chain: `${chainPrefix}-MACHINES`,
  };
}

/** Address of the machine with this number; the host is number 1. */
export function addressOf({ subnet }: Fabric, number: number): string {
  return subnet.replace(/\.0\/24$/, `.${number}`);
}

/** Shell lines that make the switch and the host's cable into it. */
export function renderFabric({ namespace, hostInterface, hostAddress, prefixLength }: Fabric): string[] {
  return [
    `ip netns add ${namespace}`,
    `ip -n ${namespace} link set lo up`,
    `ip -n ${namespace} link add br0 type bridge`,
    `ip -n ${namespace} link set br0 up`,
    // Frames in the switch are nobody's business; the setting does not exist where the kernel has no bridge filter.
    `nsenter --net=/run/netns/${namespace} sh -c 'f=/proc/sys/net/bridge/bridge-nf-call-iptables; [ ! -e $f ] || echo 0 >$f'`,
    `ip link add ${hostInterface} type veth peer name host netns ${namespace}`,
    `ip -n ${namespace} link set host master br0 up`,
    `ip addr add ${hostAddress}/${prefixLength} dev ${hostInterface}`,
    `ip link set ${hostInterface} up`,
  ];
}

/** Shell lines that let machines reach the world by way of the host, as a router at home would. */
export function renderWayOut({ chain, subnet }: Fabric): string[] {
  const comment = '-m comment --comment "minik8s machines"';
  return [
    `iptables -w -t nat -N ${chain}`,
    `iptables -w -t nat -A ${chain} -s ${subnet} ! -d ${subnet} -j MASQUERADE`,
    `iptables -w -t nat -I POSTROUTING ${comment} -j ${chain}`,
    `iptables -w -N ${chain}`,
    `iptables -w -A ${chain} -s ${subnet} -j ACCEPT`,
    `iptables -w -A ${chain} -d ${subnet} -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT`,
    `iptables -w -I FORWARD ${comment} -j ${chain}`,
  ];
}

/** Shell lines that take all of it back; each may fail because its part is gone already. */
export function renderFabricRemoval({ namespace, hostInterface, chain }: Fabric): string[] {
  const comment = '-m comment --comment "minik8s machines"';
  return [
    `iptables -w -t nat -D POSTROUTING ${comment} -j ${chain}`,
    `iptables -w -t nat -F ${chain}`,
    `iptables -w -t nat -X ${chain}`,
    `iptables -w -D FORWARD ${comment} -j ${chain}`,
    `iptables -w -F ${chain}`,
    `iptables -w -X ${chain}`,
    `ip link del ${hostInterface}`,
    `ip netns del ${namespace}`,
  ];
}

/** Shell lines that plug the machine with this init process into the switch and give it an address and a way out. */
export function renderCable(fabric: Fabric, number: number, initPid: number): string[] {
  const { namespace, prefixLength, hostAddress } = fabric;
  const port = portOf(number);
  const inside = `nsenter -t ${initPid} -n ip`;
  return [
    `ip -n ${namespace} link add ${port} type veth peer name cable${number}`,
    `ip -n ${namespace} link set cable${number} netns ${initPid}`,
    `ip -n ${namespace} link set ${port} master br0 up`,
    `${inside} link set lo up`,
    `${inside} link set cable${number} name eth0`,
    `${inside} addr add ${addressOf(fabric, number)}/${prefixLength} dev eth0`,
    `${inside} link set eth0 up`,
    `${inside} route add default via ${hostAddress}`,
  ];
}
