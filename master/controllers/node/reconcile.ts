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
import { type Pod, podResource } from '../../../helper/api/core/pod';
import { isPodReady } from '../../../helper/api/core/pod-availability';
import { EMPTY_PLAN, type Plan, type Write } from '../../../helper/controller/controller';
import { type EvictionOrder, readinessOf, wantedTaints } from './node-taints';

/** Conditions the kubelet keeps, which nobody knows any more when it is silent. */
const KUBELET_CONDITIONS = ['Ready', 'MemoryPressure', 'DiskPressure', 'PIDPressure'];
/** A new node gets at least this long for its first word. */
const STARTUP_GRACE_SECONDS = 60;

export interface NodeFacts {
  /** when the node last gave a sign of life */
  readonly lastSeen: Date;
  readonly graceSeconds: number;
  /** pods bound to the node */
  readonly pods: readonly Pod[];
  readonly eviction: EvictionOrder;
}

const timestamp = (now: Date) => now.toISOString().replace(/\.\d+Z$/, 'Z');

/** The plan for one node; empty when it is heard of and its taints fit. */
export function reconcileNode(node: Node, facts: NodeFacts, now: Date): Plan {
  const silentMs = now.getTime() - facts.lastSeen.getTime();
  const neverSpoke = readinessOf(node) === undefined;
  const graceSeconds = neverSpoke ? Math.max(STARTUP_GRACE_SECONDS, facts.graceSeconds) : facts.graceSeconds;
  const graceMs = graceSeconds * 1000;
  if (silentMs > graceMs) {
    const plan = silencePlan(node, facts.pods, now);
    if (plan.steps.length > 0) return plan;
  }
  const taints = wantedTaints(node, facts.eviction, now);
  const later = silentMs > graceMs ? {} : { requeueAfterMs: graceMs - silentMs + 1 };
  if (!taints) return silentMs > graceMs ? EMPTY_PLAN : { steps: [], ...later };
  const { name, resourceVersion } = node.metadata;
  const body = { metadata: { resourceVersion }, spec: { taints: taints.length > 0 ? taints : null } };
  return {
    steps: [[{ verb: 'patch', resource: nodeResource, namespace: '', name, body }]],
    ...later,
  };
}

function silencePlan(node: Node, pods: readonly Pod[], now: Date): Plan {
  const conditions = silentConditions(node, now);
  const steps: Write[][] = [];
  if (conditions) {
    const object: Node = { ...node, status: { ...node.status, conditions } };
    steps.push([{ verb: 'updateStatus', resource: nodeResource, object }]);
  }
  const deaf = pods.filter(isPodReady).map((pod) => notReadyWrite(pod, now));
  if (deaf.length > 0) steps.push(deaf);
  const wasReady = readinessOf(node) === 'True';
  const message = `Node ${node.metadata.name} status is now: NodeNotReady`;
  return { steps, ...(wasReady ? { events: [{ type: 'Normal', reason: 'NodeNotReady', message }] } : {}) };
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

function notReadyWrite(pod: Pod, now: Date): Write {
  const conditions = (pod.status?.conditions ?? []).map((condition) =>
    condition.type === 'Ready' ? { ...condition, status: 'False', lastTransitionTime: timestamp(now) } : condition,
  );
  const object: Pod = { ...pod, status: { ...pod.status, conditions } };
  const about = pod;
  const onSuccess = { type: 'Warning', reason: 'NodeNotReady', message: 'Node is not ready', about } as const;
  return { verb: 'updateStatus', resource: podResource, object, onSuccess };
}
