/**
 * Whether pods may be driven off nodes that fell silent: not when so many are silent that the fault is probably ours.
 *
 * Each zone has a state. Normal: one node every ten seconds. Most of the zone's nodes down: slower in big zones, not at all
 * in small ones. Every node of every zone down: nothing is evicted and what was begun is taken back, because then it is the
 * master that is cut off. A cluster of one node is in that state as soon as its node is silent.
 * https://kubernetes.io/docs/concepts/architecture/nodes/#rate-limits-on-eviction
 */
import type { Node } from '../../../helper/api/core/node';
import { readinessOf } from './node-taints';

const NODES_PER_SECOND = 0.1;
const DISRUPTED_NODES_PER_SECOND = 0.01;
/** share of nodes that are not ready from which on a zone counts as disrupted */
const UNHEALTHY_THRESHOLD = 0.55;
/** zones up to this size stop evictions altogether when disrupted */
const LARGE_ZONE_NODES = 50;
/** Label of nodes that say nothing about the health of their zone (machines that come and go by design). */
const EXCLUDE = 'node.kubernetes.io/exclude-disruption';

/** Region and zone of a node, as one text; '' for nodes without either label. */
export function zoneOf(node: Node): string {
  const labels = node.metadata.labels ?? {};
  const region = labels['topology.kubernetes.io/region'] ?? labels['failure-domain.beta.kubernetes.io/region'] ?? '';
  const zone = labels['topology.kubernetes.io/zone'] ?? labels['failure-domain.beta.kubernetes.io/zone'] ?? '';
  return region || zone ? `${region}:${zone}` : '';
}

/** Nodes per second that may be tainted for eviction in the zone: 0 = none for now. */
function rateOf(ready: number, notReady: number): number {
  const total = ready + notReady;
  const isDisrupted = ready > 0 && notReady > 2 && notReady / total >= UNHEALTHY_THRESHOLD;
  if (!isDisrupted) return NODES_PER_SECOND;
  return total > LARGE_ZONE_NODES ? DISRUPTED_NODES_PER_SECOND : 0;
}

export interface Disruption {
  /** every node is silent: take all evictions back */
  readonly isTotal: boolean;
  /** zone -> nodes that may be tainted per second */
  readonly rates: ReadonlyMap<string, number>;
}

/** The state of the whole cluster. */
export function findDisruption(nodes: readonly Node[]): Disruption {
  const zones = new Map<string, { ready: number; notReady: number }>();
  for (const node of nodes) {
    if (node.metadata.labels?.[EXCLUDE] !== undefined) continue;
    const zone = zones.get(zoneOf(node)) ?? { ready: 0, notReady: 0 };
    zones.set(zoneOf(node), zone);
    if (readinessOf(node) === 'True') zone.ready += 1;
    else zone.notReady += 1;
  }
  const counts = [...zones];
  return {
    isTotal: counts.length > 0 && counts.every(([, { ready }]) => ready === 0),
    rates: new Map(counts.map(([name, { ready, notReady }]) => [name, rateOf(ready, notReady)])),
  };
}
