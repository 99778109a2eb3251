/**
 * Taints that follow from a node's state: what keeps pods away from it, and what drives them off.
 *
 * NoSchedule taints mirror conditions and cordoning at once. NoExecute taints mirror only readiness, and only when
 * `disruption.ts` finds it safe. Taints of anyone else are never touched.
 * https://kubernetes.io/docs/concepts/scheduling-eviction/taint-and-toleration/#taint-based-evictions
 */
import type { Taint } from 'kubernetes-types/core/v1';
import type { Node } from '../../../helper/api/core/node';

const NOT_READY = 'node.kubernetes.io/not-ready';
const UNREACHABLE = 'node.kubernetes.io/unreachable';
const UNSCHEDULABLE = 'node.kubernetes.io/unschedulable';

/** Condition type and status -> key of the NoSchedule taint. */
const CONDITION_TAINTS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  Ready: { False: NOT_READY, Unknown: UNREACHABLE },
  MemoryPressure: { True: 'node.kubernetes.io/memory-pressure' },
  DiskPressure: { True: 'node.kubernetes.io/disk-pressure' },
  PIDPressure: { True: 'node.kubernetes.io/pid-pressure' },
  NetworkUnavailable: { True: 'node.kubernetes.io/network-unavailable' },
};
const NO_SCHEDULE_KEYS = new Set([UNSCHEDULABLE, ...Object.values(CONDITION_TAINTS).flatMap(Object.values)]);
const NO_EXECUTE_KEYS = new Set([NOT_READY, UNREACHABLE]);

/** What readiness asks of NoExecute taints: put them on, take them off, or leave them as they are (not yet this node's turn). */
export type EvictionOrder = 'taint' | 'clear' | 'keep';

/** 'True', 'False' or 'Unknown'; undefined when the node never said anything. */
export function readinessOf(node: Node): string | undefined {
  return node.status?.conditions?.find(({ type }) => type === 'Ready')?.status;
}

/** The key of the taint that tells why the node is not ready; undefined when it is, or never said. */
export function readinessTaintKey(node: Node): string | undefined {
  return CONDITION_TAINTS['Ready']?.[readinessOf(node) ?? ''];
}

/** True when the node carries a NoExecute taint of ours: it had its turn, and its pods are on their way off. */
export function isEvicting({ spec }: Node): boolean {
  return (spec?.taints ?? []).some(({ key, effect }) => effect === 'NoExecute' && NO_EXECUTE_KEYS.has(key));
}

function noScheduleKeys({ spec, status }: Node): string[] {
  const keys = (status?.conditions ?? []).flatMap((condition) => {
    return CONDITION_TAINTS[condition.type]?.[condition.status] ?? [];
  });
  return spec?.unschedulable ? [...keys, UNSCHEDULABLE] : keys;
}

function noExecuteKeys(node: Node, order: EvictionOrder): string[] {
  if (order === 'taint') return [readinessTaintKey(node) ?? []].flat();
  if (order === 'clear') return [];
  const present = (node.spec?.taints ?? []).filter(
    ({ key, effect }) => effect === 'NoExecute' && NO_EXECUTE_KEYS.has(key),
  );
  return present.map(({ key }) => key);
}

/** All taints the node should have, those already there first and as they are; undefined when nothing changes. */
export function wantedTaints(node: Node, order: EvictionOrder, now: Date): Taint[] | undefined {
  const current = node.spec?.taints ?? [];
  const wanted = [
    ...noScheduleKeys(node).map((key) => ({ key, effect: 'NoSchedule' })),
    ...noExecuteKeys(node, order).map((key) => ({ key, effect: 'NoExecute' })),
  ];
  const isOurs = ({ key, effect }: Taint) =>
    (effect === 'NoSchedule' && NO_SCHEDULE_KEYS.has(key)) || (effect === 'NoExecute' && NO_EXECUTE_KEYS.has(key));
  const isIn = (list: readonly Taint[], { key, effect }: Taint) =>
    list.some((other) => other.key === key && other.effect === effect);
  const kept = current.filter((taint) => !isOurs(taint) || isIn(wanted, taint));
  const timeAdded = now.toISOString().replace(/\.\d+Z$/, 'Z');
  const added = wanted.filter((taint) => !isIn(current, taint)).map((taint) => ({ ...taint, timeAdded }));
  return added.length === 0 && kept.length === current.length ? undefined : [...kept, ...added];
}
