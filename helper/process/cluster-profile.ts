/**
 * Names and ranges that keep two clusters on one machine apart.
 *
 * The first cluster has the usual ones. A cluster with another port base gets a bridge, iptables chains and address ranges of
 * its own, derived from that port, so that neither sees the other's rules. Defaults: what a user asks for comes first.
 */
import type { Settings } from './settings';

export const DEFAULT_PORT_BASE = 6443;

type Profile = Pick<Settings, 'bridgeName' | 'chainPrefix' | 'podCidr' | 'serviceCidrs' | 'loadBalancerCidr'>;

const FIRST: Profile = {
  bridgeName: 'mk8s0',
  chainPrefix: 'KUBE',
  podCidr: '10.244.0.0/16',
  serviceCidrs: ['10.96.0.0/12', '192.168.0.0/16'],
  loadBalancerCidr: '198.18.0.0/24',
};

/** Those of a cluster on this port base. */
export function clusterProfile(portBase: number): Profile {
  if (portBase === DEFAULT_PORT_BASE) return FIRST;
  const number = portBase % 64;
  return {
    // Interface names have 15 characters at most, chain names 28: a port always fits.
    bridgeName: `mk8s${portBase}`,
    chainPrefix: `K${portBase}`,
    podCidr: `10.${128 + number}.0.0/16`,
    serviceCidrs: [`10.${192 + number}.0.0/16`, '192.168.0.0/16'],
    loadBalancerCidr: `198.18.${192 + number}.0/24`,
  };
}
