/**
 * topologySpreadConstraints, made ready for counting: "pods like these evenly over the domains of this label".
 *
 * A node takes part in the counting when it has the labels of all constraints, when the pod could go there as far as its node
 * selector is concerned (nodeAffinityPolicy, honoured unless told otherwise) and, only when asked for, when the pod tolerates
 * its taints (nodeTaintsPolicy).
 * https://kubernetes.io/docs/concepts/scheduling-eviction/topology-spread-constraints/
 */
import type { TopologySpreadConstraint } from 'kubernetes-types/core/v1';
import { matchesNodeAffinity } from '../../helper/api/core/node-affinity';
import type { Pod } from '../../helper/api/core/pod';
import { matchesRequirements, type Requirement, requirementsOf } from '../../helper/api/label-selector';
import type { LabelSelector } from '../../helper/api/meta';
import { requirementsOfKeys } from './affinity-terms';
import { blockingTaint } from './filters';
import type { NodeState } from './node-state';
import { domainOf } from './topology-counts';

export interface SpreadConstraint {
  readonly topologyKey: string;
  readonly maxSkew: number;
  readonly minDomains: number;
  /** undefined: no pod is meant */
  readonly selector: readonly Requirement[] | undefined;
  readonly honoursAffinity: boolean;
  readonly honoursTaints: boolean;
}

type WhenUnsatisfiable = 'DoNotSchedule' | 'ScheduleAnyway';

const NONE: readonly SpreadConstraint[] = [];

function prepare(pod: Pod, constraint: TopologySpreadConstraint): SpreadConstraint {
  const { topologyKey, maxSkew, minDomains = 1, labelSelector, matchLabelKeys } = constraint;
  return {
    topologyKey,
    maxSkew,
    minDomains,
    selector: labelSelector && [
      ...requirementsOf(labelSelector as LabelSelector),
      ...requirementsOfKeys(pod, matchLabelKeys, 'In'),
    ],
    honoursAffinity: (constraint.nodeAffinityPolicy ?? 'Honor') === 'Honor',
    honoursTaints: constraint.nodeTaintsPolicy === 'Honor',
  };
}

/** The pod's constraints of one sort; empty when it has none. */
export function spreadConstraints(pod: Pod, sort: WhenUnsatisfiable): readonly SpreadConstraint[] {
  const constraints = pod.spec?.topologySpreadConstraints;
  if (!constraints?.length) return NONE;
  return constraints.filter((entry) => entry.whenUnsatisfiable === sort).map((entry) => prepare(pod, entry));
}

/** True when the node has the labels all constraints count by. */
export function hasDomains(state: NodeState, constraints: readonly SpreadConstraint[]): boolean {
  return constraints.every(({ topologyKey }) => domainOf(state, topologyKey) !== undefined);
}

/** True when the constraint counts the node's pods. */
export function takesPart(pod: Pod, state: NodeState, constraint: SpreadConstraint): boolean {
  if (!state.node) return false;
  if (constraint.honoursAffinity && !matchesNodeAffinity(pod, state.node)) return false;
  return !constraint.honoursTaints || blockingTaint(pod, state.node) === undefined;
}

/** True when the constraint of `pod` counts `other`: same namespace, matching labels, not on its way out. */
export function counts(pod: Pod, other: Pod, { selector }: SpreadConstraint): boolean {
  if (!selector || other.metadata.deletionTimestamp || other.metadata.namespace !== pod.metadata.namespace)
    return false;
  return matchesRequirements(selector, other.metadata.labels);
}

/** How many of the node's pods the constraint counts. */
export function countPods(pod: Pod, state: NodeState, constraint: SpreadConstraint): number {
  let count = 0;
  for (const other of state.pods.values()) if (counts(pod, other, constraint)) count += 1;
  return count;
}
