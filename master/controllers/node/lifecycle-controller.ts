/**
 * Node lifecycle in the harness: a node wakes for its own changes, its lease, and every change of readiness in the cluster.
 *
 * Between those it sleeps until the moment its silence would be too long; nothing polls.
 */
import { type Lease, leaseResource } from '../../../helper/api/coordination/lease';
import { type Node, nodeResource } from '../../../helper/api/core/node';
import { podResource } from '../../../helper/api/core/pod';
import { isNotFound } from '../../../helper/api/status-error';
import type { ApiClient } from '../../../helper/client/client';
import { type ControllerSpec, EMPTY_PLAN, type Plan, type View } from '../../../helper/controller/controller';
import { findDisruption, zoneOf } from './disruption';
import { EvictionPace } from './eviction-pace';
import { Heartbeats } from './heartbeats';
import { type EvictionOrder, isEvicting, readinessOf, readinessTaintKey } from './node-taints';
import { podsOnNode } from './pods-on-node';
import { msUntilSilent, type NodeFacts, reconcileNode } from './reconcile';

const LEASE_NAMESPACE = 'kube-node-lease';

interface Order {
  readonly eviction: EvictionOrder;
  /** when the node's turn may come */
  readonly waitMs?: number;
}

/** Whether this node gets its NoExecute taint now. */
function orderFor(node: Node, nodes: readonly Node[], pace: EvictionPace, now: Date): Order {
  const { name } = node.metadata;
  const disruption = readinessTaintKey(node) ? findDisruption(nodes) : undefined;
  if (!disruption || disruption.isTotal) {
    pace.giveBack(name);
    return { eviction: 'clear' };
  }
  // A node being evicted already had its turn; only the reason may change.
  if (isEvicting(node)) return { eviction: 'taint' };
  const zone = zoneOf(node);
  const waitMs = pace.take(name, zone, disruption.rates.get(zone) ?? 0, now);
  if (waitMs === 0) return { eviction: 'taint' };
  return { eviction: 'keep', ...(waitMs === undefined ? {} : { waitMs }) };
}

/** Who is ready decides over all who are not. */
const readinessWatch = {
  resource: nodeResource,
  toKeys: (_node: unknown, view: View) =>
    view
      .cache(nodeResource)
      .list()
      .filter((node) => readinessOf(node) !== 'True')
      .map(({ metadata }) => metadata.name),
};

export function lifecycleController(client: ApiClient, graceSeconds: number): ControllerSpec<Node> {
  const heartbeats = new Heartbeats();
  const pace = new EvictionPace();
  const registered = new Map<string, Node>();

  /** Looks again, past our copies, before a node is called silent. When we cannot look, its grace begins anew: the fault is ours. */
  async function confirmSilence(node: Node, facts: NodeFacts, now: Date): Promise<NodeFacts> {
    const { name } = node.metadata;
    try {
      const lease = await client.get(leaseResource, LEASE_NAMESPACE, name).catch(undefinedWhenNotFound);
      return { ...facts, lastSeen: heartbeats.note(node, lease, now) };
    } catch (error) {
      heartbeats.forget(name);
      throw error;
    }
  }

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
    async plan(node, key, view, now): Promise<Plan> {
      if (!node) {
        heartbeats.forget(key);
        pace.giveBack(key);
        return farewell(key, registered);
      }
      const lease = view.cache(leaseResource).get(LEASE_NAMESPACE, key);
      const order = orderFor(node, view.cache(nodeResource).list(), pace, now);
      let facts: NodeFacts = {
        lastSeen: heartbeats.note(node, lease, now),
        graceSeconds,
        pods: [],
        eviction: order.eviction,
      };
      if (msUntilSilent(node, facts, now) <= 0) {
        if (readinessOf(node) !== 'Unknown') facts = await confirmSilence(node, facts, now);
        facts = { ...facts, pods: podsOnNode(key, view) };
      }
      return withRegistration(withWait(reconcileNode(node, facts, now), order), node, registered);
    },
  };
}

function undefinedWhenNotFound(error: unknown): Lease | undefined {
  if (isNotFound(error)) return undefined;
  throw error;
}

function withWait(plan: Plan, { waitMs }: Order): Plan {
  if (waitMs === undefined) return plan;
  return { ...plan, requeueAfterMs: Math.min(waitMs, plan.requeueAfterMs ?? waitMs) };
}

/** Says once, per node and life of this controller, that the node is known. */
function withRegistration(plan: Plan, node: Node, registered: Map<string, Node>): Plan {
  const { name } = node.metadata;
  const isNew = !registered.has(name);
  registered.set(name, node);
  if (!isNew) return plan;
  const message = `Node ${name} event: Registered Node ${name} in Controller`;
  return { ...plan, events: [...(plan.events ?? []), { type: 'Normal', reason: 'RegisteredNode', message }] };
}

function farewell(name: string, registered: Map<string, Node>): Plan {
  const about = registered.get(name);
  registered.delete(name);
  if (!about) return EMPTY_PLAN;
  const message = `Node ${name} event: Removing Node ${name} from Controller`;
  return { steps: [], events: [{ type: 'Normal', reason: 'RemovingNode', message, about }] };
}
