/**
 * One scheduling decision, as a pure function: a pod and the nodes in, the chosen node or the reasons out.
 *
 * By default the best score wins. The classroom strategies walk the nodes in order (`roundrobin`) or shuffled (`random`) and
 * take the first that passes the filters.
 * https://kubernetes.io/docs/concepts/scheduling-eviction/kube-scheduler/
 */
import type { Pod } from '../../helper/api/core/pod';
import type { NamespaceLabels } from './affinity-terms';
import { refusals } from './filters';
import type { NodeState } from './node-state';
import { podAffinityFilter } from './pod-affinity-filter';
import { podDemand } from './pod-demand';
import type { PodVolumes } from './pod-volumes';
import { scoreNodes } from './scores';
import { spreadFilter } from './spread-filter';

/** Set by the classroom dialect from a Pod's `strategy`. */
export const STRATEGY_ANNOTATION = 'minik8s.io/scheduling-strategy';

export interface Choice {
  readonly node: string;
}

/** Per node, why it was refused. Empty when there are no nodes at all. */
export interface Refusal {
  readonly verdicts: ReadonlyMap<string, readonly string[]>;
  /** why no node was even looked at */
  readonly rejection?: string;
}

export interface SchedulingContext {
  /** name of the node the last roundrobin pod went to */
  readonly lastRoundRobin: string | undefined;
  /** for terms that choose namespaces by label */
  readonly namespaceLabels: NamespaceLabels;
  /** what the pod's claims demand; absent when it has none */
  readonly volumes?: PodVolumes | undefined;
  /** 0 <= value < 1 */
  random(): number;
}

export type Decision = Choice | Refusal;

export const isChoice = (decision: Decision): decision is Choice => 'node' in decision;

export function schedulePod(pod: Pod, nodes: readonly NodeState[], context: SchedulingContext): Decision {
  const { volumes } = context;
  if (volumes?.rejection !== undefined) return { verdicts: new Map(), rejection: volumes.rejection };
  const demand = podDemand(pod);
  const verdicts = new Map<string, readonly string[]>();
  const filters = [volumes?.filter, spreadFilter(pod, nodes), podAffinityFilter(pod, nodes, context.namespaceLabels)];
  const prepared = filters.filter((filter) => filter !== undefined);
  const strategy = pod.metadata.annotations?.[STRATEGY_ANNOTATION];
  if (strategy === 'roundrobin' || strategy === 'random') {
    const order = strategy === 'random' ? shuffled(nodes, context) : rotated(nodes, context.lastRoundRobin);
    for (const state of order) {
      const reasons = refusals(pod, demand, state, prepared);
      if (reasons.length === 0) return { node: state.name };
      verdicts.set(state.name, reasons);
    }
    return { verdicts };
  }
  const fitting = nodes.filter((state) => {
    const reasons = refusals(pod, demand, state, prepared);
    if (reasons.length > 0) verdicts.set(state.name, reasons);
    return reasons.length === 0;
  });
  const best = pickBest(fitting, scoreNodes(pod, demand, { nodes, fitting, ...context }), context);
  return best ? { node: best.name } : { verdicts };
}

/** The highest score; among equals any, so that equal nodes fill evenly. */
function pickBest(
  states: readonly NodeState[],
  scores: readonly number[],
  context: SchedulingContext,
): NodeState | undefined {
  let best: NodeState | undefined;
  let bestScore = Number.NEGATIVE_INFINITY;
  let equals = 0;
  states.forEach((state, index) => {
    const score = scores[index] ?? 0;
    if (score > bestScore) {
      [best, bestScore, equals] = [state, score, 1];
    } else if (score === bestScore) {
      equals += 1;
      // Reservoir sampling: each of the equals is chosen with the same probability.
      if (context.random() * equals < 1) best = state;
    }
  });
  return best;
}

/** By name, starting behind the last used node. */
function rotated(nodes: readonly NodeState[], last: string | undefined): NodeState[] {
  const sorted = [...nodes].sort((a, b) => (a.name < b.name ? -1 : 1));
  if (last === undefined) return sorted;
  const next = sorted.findIndex((state) => state.name > last);
  return next < 0 ? sorted : [...sorted.slice(next), ...sorted.slice(0, next)];
}

function shuffled(nodes: readonly NodeState[], context: SchedulingContext): NodeState[] {
  const order = [...nodes];
  for (let i = order.length - 1; i > 0; i -= 1) {
    const j = Math.floor(context.random() * (i + 1));
    [order[i], order[j]] = [order[j] as NodeState, order[i] as NodeState];
  }
  return order;
}

/** `0/3 nodes are available: 1 Insufficient cpu, 2 node(s) were unschedulable.`: Kubernetes' summary of the verdicts. */
export function refusalMessage({ verdicts, rejection }: Refusal, nodeCount: number): string {
  if (rejection !== undefined && nodeCount > 0) return `0/${nodeCount} nodes are available: ${rejection}.`;
  if (verdicts.size === 0) return 'no nodes available to schedule pods';
  const counts = new Map<string, number>();
  for (const reasons of verdicts.values())
    for (const reason of reasons) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  const parts = [...counts].map(([reason, count]) => `${count} ${reason}`).sort();
  return `0/${verdicts.size} nodes are available: ${parts.join(', ')}.`;
}
