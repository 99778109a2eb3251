/**
 * Filters: why a node cannot take a pod. One function a reason; the first that speaks decides.
 *
 * Texts are Kubernetes', since they end up in the FailedScheduling event and in scripts that read it.
 * https://kubernetes.io/docs/reference/scheduling/config/#scheduling-plugins
 */
import type { Taint } from 'kubernetes-types/core/v1';
import type { Node } from '../../helper/api/core/node';
import { matchesNodeAffinity } from '../../helper/api/core/node-affinity';
import type { Pod } from '../../helper/api/core/pod';
import { tolerates } from '../../helper/api/core/tolerations';
import type { NodeState } from './node-state';
import { allocatableOf, type PodDemand } from './pod-demand';

/** undefined: the node passes */
type Filter = (pod: Pod, demand: PodDemand, state: NodeState) => string[] | undefined;

/** A filter prepared for one pod: why the node cannot take it; undefined: the node passes. */
export type NodeFilter = (state: NodeState) => string | undefined;

const UNSCHEDULABLE_TAINT: Taint = { key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' };
const NOT_READY_TAINT: Taint = { key: 'node.kubernetes.io/not-ready', effect: 'NoSchedule' };

const nodeName: Filter = (pod, _demand, { name }) =>
  pod.spec?.nodeName && pod.spec.nodeName !== name ? ["node(s) didn't match the requested node name"] : undefined;

const cordoned: Filter = (pod, _demand, { node }) =>
  node?.spec?.unschedulable && !tolerates(pod, UNSCHEDULABLE_TAINT) ? ['node(s) were unschedulable'] : undefined;

/** The first taint that keeps the pod from the node; undefined when there is none. */
export function blockingTaint(pod: Pod, node: Node | undefined): Taint | undefined {
  return (node?.spec?.taints ?? []).find(
    (taint) => (taint.effect === 'NoSchedule' || taint.effect === 'NoExecute') && !tolerates(pod, taint),
  );
}

const taints: Filter = (pod, _demand, { node }) => {
  const blocking = blockingTaint(pod, node);
  return blocking ? [`node(s) had untolerated taint {${blocking.key}: ${blocking.value ?? ''}}`] : undefined;
};

/** Kubernetes relies on the taint alone; between a node's failure and its taint this closes the gap. */
const ready: Filter = (pod, _demand, { node }) => {
  const condition = node?.status?.conditions?.find((candidate) => candidate.type === 'Ready');
  return condition?.status === 'True' || tolerates(pod, NOT_READY_TAINT) ? undefined : ['node(s) were not ready'];
};

const affinity: Filter = (pod, _demand, { node }) =>
  node && matchesNodeAffinity(pod, node) ? undefined : ["node(s) didn't match Pod's node affinity/selector"];

const hostPorts: Filter = (_pod, demand, state) =>
  demand.hostPorts.some((port) => state.isPortTaken(port))
    ? ["node(s) didn't have free ports for the requested pod ports"]
    : undefined;

const resources: Filter = (_pod, demand, state) => {
  const allocatable = allocatableOf(state.node);
  const reasons: string[] = [];
  if (state.pods.size + 1 > (allocatable.get('pods') ?? 0)) reasons.push('Too many pods');
  for (const [resource, amount] of demand.requests) {
    if (amount === 0) continue;
    const free = (allocatable.get(resource) ?? 0) - (state.requested.get(resource) ?? 0);
    if (amount > free) reasons.push(`Insufficient ${resource}`);
  }
  return reasons.length > 0 ? reasons : undefined;
};

/** In the order Kubernetes judges: cheap and final reasons first. */
const FILTERS: readonly Filter[] = [cordoned, nodeName, taints, ready, affinity, hostPorts, resources];

/** All reasons the node is refused for; empty when it passes. `more` are filters that were prepared for this pod. */
export function refusals(pod: Pod, demand: PodDemand, state: NodeState, more: readonly NodeFilter[]): string[] {
  for (const filter of FILTERS) {
    const reasons = filter(pod, demand, state);
    if (reasons) return reasons;
  }
  for (const filter of more) {
    const reason = filter(state);
    if (reason) return [reason];
  }
  return [];
}
