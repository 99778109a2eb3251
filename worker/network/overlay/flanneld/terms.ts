/**
 * What flanneld and this cluster tell each other, as texts: the network's configuration in etcd, flanneld's command line, and the file
 * in which it says what it leased. Pure.
 * https://github.com/flannel-io/flannel/blob/master/Documentation/configuration.md
 */
import { formatIpv4, parseCidr } from '../../../../helper/net/ipv4';
import type { Settings } from '../../../../helper/process/settings';
import { networkNumber } from '../plan-overlay';

/** Where flanneld looks unless it is told otherwise. */
export const CONFIG_KEY = '/coreos.com/network/config';
/** Nodes have a /24 each. */
const SUBNET_BITS = 24;

type NetworkSettings = Pick<Settings, 'podCidr' | 'overlayBackend' | 'portBase'>;
type DaemonSettings = Pick<Settings, 'etcdEndpoints' | 'nodeIp'>;

/** The value at {@link CONFIG_KEY}: flanneld's leases are the ranges the cluster gives to Nodes, from the first on. */
export function networkConfig({ podCidr, overlayBackend, portBase }: NetworkSettings): string {
  const backend = overlayBackend === 'vxlan' ? { Type: 'vxlan', VNI: networkNumber(portBase) } : { Type: 'host-gw' };
  const SubnetMin = formatIpv4(parseCidr(podCidr).first);
  return JSON.stringify({ Network: podCidr, SubnetLen: SUBNET_BITS, SubnetMin, Backend: backend });
}

/** Masquerading is the pod network's own (`POD-MASQ`). */
export function flanneldArguments({ etcdEndpoints, nodeIp }: DaemonSettings, subnetFile: string): string[] {
  return [
    `--etcd-endpoints=${etcdEndpoints.join(',')}`,
    `--iface=${nodeIp}`,
    `--public-ip=${nodeIp}`,
    `--subnet-file=${subnetFile}`,
    '--ip-masq=false',
  ];
}

export interface Lease {
  /** the node's range: `10.244.1.0/24` */
  readonly subnet: string;
  /** of a pod's interface */
  readonly mtu: number;
}

/** What flanneld wrote; undefined while it has not got so far. */
export function readLease(file: string): Lease | undefined {
  const value = (name: string) => new RegExp(`^${name}=(.+)$`, 'm').exec(file)?.[1];
  const [subnet, mtu] = [value('FLANNEL_SUBNET'), Number(value('FLANNEL_MTU'))];
  if (!subnet || !mtu) return undefined;
  const { first, prefixLength: bits } = parseCidr(subnet);
  return { subnet: `${formatIpv4(first)}/${bits}`, mtu };
}

/** The file before the first start: flanneld takes the range that stands there, when nobody has it. */
export function askForLease(networkCidr: string, podCidr: string): string {
  const { first, prefixLength: bits } = parseCidr(podCidr);
  return `FLANNEL_NETWORK=${networkCidr}\nFLANNEL_SUBNET=${formatIpv4(first + 1)}/${bits}\n`;
}
