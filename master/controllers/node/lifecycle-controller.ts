/**
 * Node lifecycle in the harness: a node wakes for its own changes, its lease, and every change of readiness in the cluster.
 */
import { type Lease, leaseResource } from '../../../helper/api/coordination/lease';
import { type Node, nodeResource } from '../../../helper/api/core/node';
import { podResource } from '../../../helper/api/core/pod';
import { type ControllerSpec, EMPTY_PLAN, type Plan, type View } from '../../../helper/controller/controller';
import { findDisruption, zoneOf } from './disruption';
import { EvictionPace } from './eviction-pace';
import { Heartbeats } from './heartbeats';
import { type EvictionOrder, NOT_READY, readinessOf, readinessTaintKey, UNREACHABLE } from './node-taints';
import { reconcileNode } from './reconcile';

const LEASE_NAMESPACE = 'kube-node-lease';

interface Order {
  readonly eviction: EvictionOrder;
  /** when the node's turn may come */
  readonly waitMs?: number;
}

/** Whether this node gets its NoExecute taint now. */
function orderFor(node: Node, nodes: readonly Node[], pace: EvictionPace, now: Date): Order {
  const key = readinessTaintKey(node);
  const disruption = findDisruption(nodes);
  if (!key || disruption.isTotal) return { eviction: 'clear' };
  const isEvicting = node.spec?.taints?.some(
    (taint) => taint.effect === 'NoExecute' && (taint.key === NOT_READY || taint.key === UNREACHABLE),
  );
  // A node being evicted already had its turn; only the reason may change.
  if (isEvicting) return { eviction: 'taint' };
  const waitMs = pace.take(zoneOf(node), disruption.rates.get(zoneOf(node)) ?? 0, now);
  if (waitMs === 0) return { eviction: 'taint' };
  return { eviction: 'keep', ...(waitMs === undefined ? {} : { waitMs }) };
}

/** Who is ready decides for all who are not. */
const readinessWatch = {
  resource: nodeResource,
  toKeys: (_node: unknown, view: View) =>
    view
      .cache(nodeResource)
      .list()
      .filter((node) => readinessOf(node) !== 'True')
      .map(({ metadata }) => metadata.name),
};

export function lifecycleController(graceSeconds: number): ControllerSpec<Node> {
  const heartbeats = new Heartbeats();
  const pace = new EvictionPace();
  const registered = new Set<string>();
  return {
    name: 'node-controller',
    primary: nodeResource,
    watches: [
      readinessWatch,
      { resource: podResource, toKeys: () => [] },
      {
        resource: leaseResource,
        fieldSelector: `metadata.namespace=${LEASE_NAMESPACE}`,
        toKeys: (lease) => [lease.metadata.name],
      },
    ],
    plan(node, key, view, now): Plan {
      if (!node) {
        heartbeats.forget(key);
        registered.delete(key);
        return EMPTY_PLAN;
      }
      const lease: Lease | undefined = view.cache(leaseResource).get(LEASE_NAMESPACE, key);
      const lastSeen = heartbeats.note(node, lease, now);
      const isReady = readinessOf(node) === 'True';
      const order = isReady
        ? { eviction: 'clear' as const }
        : orderFor(node, view.cache(nodeResource).list(), pace, now);
      const pods = isReady && now.getTime() - lastSeen.getTime() <= graceSeconds * 1000 ? [] : podsOn(key, view);
      const plan = reconcileNode(node, { lastSeen, graceSeconds, pods, eviction: order.eviction }, now);
      return withRegistration(withWait(plan, order), key, registered);
    },
  };
}

function podsOn(nodeName: string, view: View) {
  return view
    .cache(podResource)
    .list()
    .filter(({ spec }) => spec?.nodeName === nodeName);
}

function withWait(plan: Plan, { waitMs }: { waitMs?: number }): Plan {
  if (waitMs === undefined) return plan;
  return { ...plan, requeueAfterMs: Math.min(waitMs, plan.requeueAfterMs ?? waitMs) };
}

/** Says once, per node and life of this controller, that the node is known. */
function withRegistration(plan: Plan, name: string, registered: Set<string>): Plan {
  if (registered.has(name)) return plan;
  registered.add(name);
  const message = `Node ${name} event: Registered Node ${name} in Controller`;
  return { ...plan, events: [...(plan.events ?? []), { type: 'Normal', reason: 'RegisteredNode', message }] };
}
