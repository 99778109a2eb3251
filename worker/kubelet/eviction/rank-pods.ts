/**
 * Who has to go first when the node is short of something: the order of eviction, in one function. Pure.
 *
 * First those that use more than they asked for, among them the least important, among those the largest use beyond the
 * request. A shortage of processes knows no requests: importance, then number of processes.
 * https://kubernetes.io/docs/concepts/scheduling-eviction/node-pressure-eviction/#pod-selection-for-kubelet-eviction
 */
import type { Pod } from '../../../helper/api/core/pod';
import { podResources } from '../../../helper/api/core/pod-resources';
import { formatBytes } from '../../../helper/api/quantity';
import type { Crossed } from './thresholds';

/** Pods of this priority keep the node itself alive. */
const SYSTEM_CRITICAL_PRIORITY = 2_000_000_000;
const MIRROR_ANNOTATION = 'kubernetes.io/config.mirror';
const SOURCE_ANNOTATION = 'kubernetes.io/config.source';

/** What one container uses of the resource that is short. */
interface ContainerUse {
  readonly name: string;
  readonly used: number;
  readonly requested: number;
}

export interface PodUse {
  readonly pod: Pod;
  /** of the resource that is short: bytes, inodes or processes */
  readonly used: number;
  readonly containers: readonly ContainerUse[];
}

/** Pods in the order they are to be evicted; those that may not be evicted are left out. */
export function rankPods(pods: readonly PodUse[], resource: Crossed['resource']): PodUse[] {
  const knowsRequests = resource === 'memory' || resource === 'ephemeral-storage';
  const overBy = ({ pod, used }: PodUse) => (knowsRequests ? used - requestOf(pod, resource) : used);
  const isOver = (use: PodUse) => !knowsRequests || overBy(use) > 0;
  return pods
    .filter(({ pod }) => !isCritical(pod))
    .sort(
      (a, b) =>
        Number(isOver(b)) - Number(isOver(a)) ||
        (a.pod.spec?.priority ?? 0) - (b.pod.spec?.priority ?? 0) ||
        overBy(b) - overBy(a),
    );
}

function requestOf(pod: Pod, resource: string): number {
  return podResources(pod.spec ?? { containers: [] }).requests[resource] ?? 0;
}

/** Static pods are this machine's own, and system-critical ones keep it going. */
function isCritical({ metadata, spec }: Pod): boolean {
  const source = metadata.annotations?.[SOURCE_ANNOTATION];
  const isStatic = source !== undefined && source !== 'api';
  const isMirror = metadata.annotations?.[MIRROR_ANNOTATION] !== undefined;
  return isStatic || isMirror || (spec?.priority ?? 0) >= SYSTEM_CRITICAL_PRIORITY;
}

/** What the evicted pod's status says. */
export function evictionMessage(crossed: Crossed, victim: PodUse): string {
  const { resource, threshold, available } = crossed;
  const amount = (value: number) => amountOf(value, resource);
  const quantities = `Threshold quantity: ${amount(threshold)}, available: ${amount(available)}. `;
  const containers = victim.containers
    .filter(({ used, requested }) => used > requested)
    .map(
      ({ name, used, requested }) =>
        `Container ${name} was using ${amount(used)}, request is ${amount(requested)}, has larger consumption of ${resource}. `,
    );
  return `The node was low on resource: ${resource}. ${quantities}${containers.join('')}`;
}

function amountOf(value: number, resource: Crossed['resource']): string {
  return resource === 'memory' || resource === 'ephemeral-storage' ? formatBytes(value) : String(value);
}
