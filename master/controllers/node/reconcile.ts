/**
 * The life of a Node as the control plane sees it: silent for too long means unknown, and what follows from that.
 *
 * The kubelet says how its node is; this only speaks for it when it has fallen silent. Order: conditions become Unknown and its
 * pods not ready (so Services drop them at once); then taints follow the conditions; the eviction controller and the
 * scheduler act on the taints. Each write wakes the node again, so one call does one thing.
 * https://kubernetes.io/docs/concepts/architecture/nodes/#node-controller
 */
import type { NodeCondition } from 'kubernetes-types/core/v1';
import { type Node, nodeResource } from '../../../helper/api/core/node';
import type { Pod } from '../../../helper/api/core/pod';
import { isPodReady } from '../../../helper/api/core/pod-availability';
import type { Plan, Write } from '../../../helper/controller/controller';
import { type EvictionOrder, readinessOf, wantedTaints } from './node-taints';
import { markNotReady } from './pod-status-writes';

/** Conditions the kubelet keeps, which nobody knows any more when it is silent. */
const KUBELET_CONDITIONS = ['Ready', 'MemoryPressure', 'DiskPressure', 'PIDPressure'];
/** A new node gets at least this long for its first word. */
const STARTUP_GRACE_SECONDS = 60;

export interface NodeFacts {
  /** when the node last gave a sign of life */
  readonly lastSeen: Date;
  readonly graceSeconds: number;
  /** pods bound to the node; needed only of one that is silent */
  readonly pods: readonly Pod[];
  readonly eviction: EvictionOrder;
}

const timestamp = (now: Date) => now.toISOString().replace(/\.\d+Z$/, 'Z');

/** Milliseconds until the node counts as silent; 0 or less when it does. A node that never spoke gets its time to start. */
export function msUntilSilent(node: Node, { lastSeen, graceSeconds }: NodeFacts, now: Date): number {
  const neverSpoke = readinessOf(node) === undefined;
  const seconds = neverSpoke ? Math.max(STARTUP_GRACE_SECONDS, graceSeconds) : graceSeconds;
  return lastSeen.getTime() + seconds * 1000 - now.getTime();
}

/** The plan for one node; nothing to write when it is heard of and its taints fit. */
export function reconcileNode(node: Node, facts: NodeFacts, now: Date): Plan {
  const leftMs = msUntilSilent(node, facts, now);
  if (leftMs <= 0) {
    const plan = silencePlan(node, facts.pods, now);
    if (plan.steps.length > 0) return plan;
  }
  const later = leftMs > 0 ? { requeueAfterMs: leftMs } : {};
  const taints = wantedTaints(node, facts.eviction, now);
  if (!taints) return { steps: [], ...later };
  const { name, resourceVersion } = node.metadata;
  // The list is replaced as a whole, so it must be the one that was read.
  const body = { metadata: { resourceVersion }, spec: { taints: taints.length > 0 ? taints : null } };
  return { steps: [[{ verb: 'patch', resource: nodeResource, namespace: '', name, body }]], ...later };
}

/** The kubelet can speak neither for the node nor for its pods, so this does. */
function silencePlan(node: Node, pods: readonly Pod[], now: Date): Plan {
  const conditions = silentConditions(node, now);
  const steps: Write[][] = [];
  if (conditions) {
    const object: Node = { ...node, status: { ...node.status, conditions } };
    const message = `Node ${node.metadata.name} status is now: NodeNotReady`;
    const onSuccess = { type: 'Normal', reason: 'NodeNotReady', message } as const;
    const wasReady = readinessOf(node) === 'True';
    steps.push([{ verb: 'updateStatus', resource: nodeResource, object, ...(wasReady ? { onSuccess } : {}) }]);
  }
  const deaf = pods.filter(isPodReady).map((pod) => markNotReady(pod, now));
  if (deaf.length > 0) steps.push(deaf);
  return { steps };
}

/** The node's conditions with the kubelet's ones Unknown; undefined when they are already. */
function silentConditions(node: Node, now: Date): NodeCondition[] | undefined {
  const current = node.status?.conditions ?? [];
  const changed = current.map((condition) =>
    KUBELET_CONDITIONS.includes(condition.type) && condition.status !== 'Unknown'
      ? {
          ...condition,
          status: 'Unknown',
          reason: 'NodeStatusUnknown',
          message: 'Kubelet stopped posting node status.',
          lastTransitionTime: timestamp(now),
        }
      : condition,
  );
  const missing = KUBELET_CONDITIONS.filter((type) => !current.some((condition) => condition.type === type));
  const created = node.metadata.creationTimestamp;
  const added = missing.map((type) => ({
    type,
    status: 'Unknown',
    reason: 'NodeStatusNeverUpdated',
    message: 'Kubelet never posted node status.',
    ...(created ? { lastHeartbeatTime: created } : {}),
    lastTransitionTime: timestamp(now),
  }));
  const isSame = added.length === 0 && changed.every((condition, index) => condition === current[index]);
  return isSame ? undefined : [...changed, ...added];
}
