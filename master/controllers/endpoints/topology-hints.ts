/**
 * For which zone each endpoint is meant: the hints that let kube-proxy keep traffic near. Pure.
 *
 * `trafficDistribution: PreferClose` means each endpoint for its own zone. `topology-mode: Auto` shares them out by the cores of the zones'
 * nodes, so that no zone's endpoints get more than a fifth too much; where that cannot be, nobody has hints and a reason is given.
 * https://kubernetes.io/docs/concepts/services-networking/topology-aware-routing/
 */
import type { Node } from '../../../helper/api/core/node';
import type { Service } from '../../../helper/api/core/service';
import { milliValue } from '../../../helper/api/quantity';

const ZONE_LABEL = 'topology.kubernetes.io/zone';
const MODE = 'service.kubernetes.io/topology-mode';
const OLD_MODE = 'service.kubernetes.io/topology-aware-hints';
const NOT_FOR_WORK = ['node-role.kubernetes.io/control-plane', 'node-role.kubernetes.io/master'];
/** By how much an endpoint may be used more than its even share. */
const OVERLOAD = 0.2;

/** A ready endpoint, by the uid of its pod. */
export interface Placed {
  readonly uid: string;
  readonly zone: string | undefined;
}

export interface Hints {
  /** uid -> zone; empty: no hints */
  readonly zoneOf: ReadonlyMap<string, string>;
  /** why there are none although the Service asks for them */
  readonly problem?: string;
}

const NONE: Hints = { zoneOf: new Map() };
const refused = (problem: string): Hints => ({ ...NONE, problem });

/** The zone a node says it is in. */
export const zoneOf = (node: Node | undefined): string | undefined => node?.metadata.labels?.[ZONE_LABEL] || undefined;

/** Whether the Service wants zones shared out by their cores. */
export function wantsAuto({ metadata: { annotations = {} } }: Service): boolean {
  return ['Auto', 'auto'].includes(annotations[OLD_MODE] ?? annotations[MODE] ?? '');
}

/** Whether endpoints of the Service depend on the nodes' zones. */
export const wantsHints = (service: Service): boolean =>
  wantsAuto(service) || service.spec?.trafficDistribution === 'PreferClose';

/** Hints for the ready endpoints, in the order in which they may be given to other zones. */
export function topologyHints(service: Service, ready: readonly Placed[], nodes: readonly Node[]): Hints {
  if (wantsAuto(service)) return autoHints(ready, nodes);
  if (service.spec?.trafficDistribution !== 'PreferClose') return NONE;
  return { zoneOf: new Map(ready.flatMap(({ uid, zone }) => (zone ? [[uid, zone] as const] : []))) };
}

const isReady = ({ status }: Node) =>
  status?.conditions?.some(({ type, status: value }) => type === 'Ready' && value === 'True') === true;

/** Share of each zone in the cores of the nodes that work; undefined when one of them does not say enough. */
function coresByZone(nodes: readonly Node[]): ReadonlyMap<string, number> | undefined {
  const cores = new Map<string, number>();
  let total = 0;
  for (const node of nodes) {
    if (!isReady(node) || NOT_FOR_WORK.some((label) => node.metadata.labels?.[label] !== undefined)) continue;
    const zone = zoneOf(node);
    const milli = milliValue((node.status?.allocatable as Record<string, string> | undefined)?.['cpu'] ?? '0');
    if (!zone || milli === 0) return undefined;
    cores.set(zone, (cores.get(zone) ?? 0) + milli);
    total += milli;
  }
  return total === 0 ? undefined : new Map([...cores].map(([zone, milli]) => [zone, milli / total]));
}

/** How many endpoints each zone should have; a text when a zone would be overloaded whatever is done. */
function wantedByZone(count: number, nodes: readonly Node[]): ReadonlyMap<string, number> | string {
  const shares = coresByZone(nodes);
  if (!shares) return 'Insufficient Node information: allocatable CPU or zone not specified on one or more nodes';
  if (shares.size < 2) return 'Nodes only ready in one zone';
  if (shares.size > count)
    return `Insufficient number of Endpoints (${count}), impossible to safely allocate proportionally`;
  const wanted = new Map<string, number>();
  let left = count;
  for (const [zone, share] of shares) {
    const least = Math.ceil((share * count) / (1 + OVERLOAD));
    wanted.set(zone, Math.max(share * count, least));
    left -= least;
  }
  if (left < 0) return `Minimum allocation of endpoints would exceed the number of them (${count})`;
  return wanted;
}

function autoHints(ready: readonly Placed[], nodes: readonly Node[]): Hints {
  const wanted = wantedByZone(ready.length, nodes);
  if (typeof wanted === 'string') return refused(wanted);
  const hints = new Map<string, string>();
  const given = new Map<string, number>();
  for (const { uid, zone } of ready) {
    if (!zone) return refused('One or more endpoints do not have a zone specified');
    hints.set(uid, zone);
    given.set(zone, (given.get(zone) ?? 0) + 1);
  }
  // Whole endpoints move from zones with too many to zones with too few; rounding keeps each near its share.
  const spare = new Map([...given].map(([zone, count]) => [zone, Math.floor(count - (wanted.get(zone) ?? 0))]));
  const missing = new Map([...wanted].map(([zone, count]) => [zone, Math.ceil(count - (given.get(zone) ?? 0))]));
  for (const { uid, zone = '' } of ready) {
    const to = (spare.get(zone) ?? 0) > 0 ? [...missing].find(([, count]) => count > 0)?.[0] : undefined;
    if (to === undefined) continue;
    hints.set(uid, to);
    spare.set(zone, (spare.get(zone) ?? 0) - 1);
    missing.set(to, (missing.get(to) ?? 0) - 1);
  }
  return { zoneOf: hints };
}
