/**
 * From what the kernel holds to what it should hold, as lines for `ip -batch` and `bridge -batch`: pure.
 *
 * Only differences are written, so nothing that works is touched: a restarted overlay that finds everything in place writes nothing.
 */
import { type OverlayPlan, type Route, VXLAN_PORT, type VxlanDevice } from './plan-overlay';

/** Marks our routes among those of others; any number that nobody else uses will do. */
export const ROUTE_PROTOCOL = 199;

/** The kernel's device as far as we look at it. */
export interface ActualDevice extends Omit<VxlanDevice, 'address'> {
  readonly port: number;
  readonly isUp: boolean;
  /** IPv4, with prefix */
  readonly addresses: readonly string[];
}

export interface OverlayState extends Omit<OverlayPlan, 'device'> {
  readonly device: ActualDevice | undefined;
}

/** To be run in this order; each empty when there is nothing to do. */
export interface OverlayCommands {
  readonly ip: readonly string[];
  readonly bridge: readonly string[];
}

function deviceLines(actual: ActualDevice | undefined, wanted: VxlanDevice): { lines: string[]; isNew: boolean } {
  const { name, vni, mac, local, mtu, address } = wanted;
  const isSame =
    actual?.vni === vni && actual.mac === mac && actual.local === local && actual.port === VXLAN_PORT && actual.isUp;
  if (!actual || !isSame) {
    const made = `link add ${name} address ${mac} mtu ${mtu} type vxlan id ${vni} local ${local} dstport ${VXLAN_PORT} nolearning`;
    const lines = [made, `addr add ${address} dev ${name}`, `link set ${name} up`];
    // What was set up wrong is made anew: most of a VXLAN device cannot be changed, and one that was down has lost its routes.
    return { lines: actual ? [`link del ${name}`, ...lines] : lines, isNew: true };
  }
  return {
    lines: [
      ...(actual.mtu === mtu ? [] : [`link set ${name} mtu ${mtu}`]),
      ...(actual.addresses.includes(address) ? [] : [`addr add ${address} dev ${name}`]),
      ...actual.addresses.filter((other) => other !== address).map((other) => `addr del ${other} dev ${name}`),
    ],
    isNew: false,
  };
}

const throughDevice = ({ device }: Route) => (device ? ` dev ${device} onlink` : '');
const routeLine = (route: Route) =>
  `route replace ${route.destination} via ${route.via}${throughDevice(route)} proto ${ROUTE_PROTOCOL}`;

/** Those of `list` that `others` has not got, compared by value. */
function without<T>(list: readonly T[], others: readonly T[]): T[] {
  const known = new Set(others.map((other) => JSON.stringify(other)));
  return list.filter((item) => !known.has(JSON.stringify(item)));
}

/** What makes `wanted` of `actual`. What is no longer wanted goes first: a range may have moved to another node. */
export function differences(actual: OverlayState, wanted: OverlayPlan): OverlayCommands {
  const { lines, isNew } = wanted.device
    ? deviceLines(actual.device, wanted.device)
    : { lines: actual.device ? [`link del ${actual.device.name}`] : [], isNew: true };
  // A device that is made anew has no entries, and took its routes with it.
  const before = isNew
    ? { forwarding: [], neighbours: [], routes: actual.routes.filter(({ device }) => !device) }
    : actual;
  const name = wanted.device?.name ?? '';
  const destinations = new Set(wanted.routes.map(({ destination }) => destination));
  const goneRoutes = before.routes.filter(({ destination }) => !destinations.has(destination));
  const addresses = new Set(wanted.neighbours.map(({ address }) => address));
  const goneNeighbours = before.neighbours.filter(({ address }) => !addresses.has(address));
  return {
    ip: [
      ...lines,
      ...goneRoutes.map(({ destination }) => `route del ${destination} proto ${ROUTE_PROTOCOL}`),
      ...goneNeighbours.map(({ address }) => `neigh del ${address} dev ${name}`),
      ...without(wanted.neighbours, before.neighbours).map(
        ({ address, mac }) => `neigh replace ${address} lladdr ${mac} dev ${name} nud permanent`,
      ),
      ...without(wanted.routes, before.routes).map(routeLine),
    ],
    bridge: [
      ...without(before.forwarding, wanted.forwarding).map(
        ({ mac, node }) => `fdb del ${mac} dev ${name} dst ${node} self`,
      ),
      ...without(wanted.forwarding, before.forwarding).map(
        ({ mac, node }) => `fdb replace ${mac} dev ${name} dst ${node} self permanent`,
      ),
    ],
  };
}
