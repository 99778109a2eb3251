/**
 * Local routes for cluster addresses a user chose outside the allocated range (`192.168.88.88`).
 *
 * The allocated range is routed to the pod bridge as a whole by the pod network. An address elsewhere gets a route of its own
 * for as long as a Service holds it, so that a packet to it is translated or refused here and never leaves the machine.
 */
import { existsSync } from 'node:fs';
import { isInRange, parseCidr, parseIpv4 } from '../../helper/net/ipv4';
import { ensureLocalRoute, removeLocalRoute } from '../network/local-routes';
import type { ServiceRoutes } from './proxier';

export function createServiceRoutes(bridgeName: string, allocatedCidr: string): ServiceRoutes {
  const allocated = parseCidr(allocatedCidr);
  const routed = new Set<string>();
  return {
    async setAddresses(addresses) {
      // The pod network makes the bridge; until then the caller tries again.
      if (!existsSync(`/sys/class/net/${bridgeName}`)) return false;
      const wanted = [...addresses].filter((address) => !isInRange(parseIpv4(address), allocated));
      for (const address of wanted) {
        if (routed.has(address)) continue;
        // false: the host itself has the address, which then is reached without a route of ours.
        await ensureLocalRoute(bridgeName, address);
        routed.add(address);
      }
      for (const address of [...routed].filter((candidate) => !addresses.has(candidate))) {
        await removeLocalRoute(bridgeName, address);
        routed.delete(address);
      }
      return true;
    },
  };
}
