/**
 * Names and ranges that keep two clusters on one machine apart.
 *
 * The first cluster has the usual ones. A cluster with another port base gets a bridge, iptables chains and address ranges of
 * its own, derived from that port, so that neither sees the other's rules.
 */
import type { Settings } from '../../helper/process/settings';

export const DEFAULT_PORT_BASE = 6443;

type Profile = Partial<Pick<Settings, 'bridgeName' | 'chainPrefix' | 'podCidr' | 'serviceCidrs' | 'loadBalancerCidr'>>;

/** What differs from the defaults for a cluster on this port base; empty for the first cluster. */
export function clusterProfile(portBase: number): Profile {
  if (portBase === DEFAULT_PORT_BASE) return {};
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
