/**
 * In which order the pods of a node end when it is shut down, and how long each group has. Pure.
 *
 * The configuration names priorities and periods; a pod belongs to the highest named priority that is not above its own. Groups
 * end from the lowest to the highest, so that what others lean on (DNS, network, storage) goes last.
 * https://kubernetes.io/docs/concepts/cluster-administration/node-shutdown/#graceful-node-shutdown
 */
import type { Pod } from '../../../helper/api/core/pod';
import type { KubeletConfiguration } from '../config/kubelet-configuration';

const SYSTEM_CRITICAL_PRIORITY = 2_000_000_000;
const DEFAULT_GRACE_SECONDS = 30;

/** How long pods from a priority upwards have to end. */
export interface PriorityPeriod {
  readonly priority: number;
  readonly seconds: number;
}

export interface ShutdownGroup extends PriorityPeriod {
  readonly pods: readonly Pod[];
}

type Periods = Pick<
  KubeletConfiguration,
  'shutdownGracePeriodMs' | 'shutdownGracePeriodCriticalPodsMs' | 'shutdownGracePeriodByPodPriority'
>;

/** Lowest priority first; empty: the node is not shut down gracefully. The short form means two groups, critical pods and all others. */
export function shutdownPeriods(configuration: Periods): readonly PriorityPeriod[] {
  const { shutdownGracePeriodMs, shutdownGracePeriodCriticalPodsMs, shutdownGracePeriodByPodPriority } = configuration;
  if (shutdownGracePeriodByPodPriority.length > 0) {
    return [...shutdownGracePeriodByPodPriority].sort((a, b) => a.priority - b.priority);
  }
  if (shutdownGracePeriodMs === 0) return [];
  const seconds = (ms: number) => Math.floor(ms / 1000);
  return [
    { priority: 0, seconds: seconds(shutdownGracePeriodMs - shutdownGracePeriodCriticalPodsMs) },
    { priority: SYSTEM_CRITICAL_PRIORITY, seconds: seconds(shutdownGracePeriodCriticalPodsMs) },
  ];
}

/** The groups that have pods, in the order they end. Pods below the lowest named priority are in the first group. */
export function shutdownGroups(periods: readonly PriorityPeriod[], pods: readonly Pod[]): ShutdownGroup[] {
  const indexOf = ({ spec }: Pod) => periods.findLastIndex(({ priority }) => priority <= (spec?.priority ?? 0));
  return periods
    .map((period, index) => ({ ...period, pods: pods.filter((pod) => Math.max(0, indexOf(pod)) === index) }))
    .filter((group) => group.pods.length > 0);
}

/** Seconds the pod's containers have: its own grace, at most its group's period. */
export function shutdownGrace({ spec }: Pod, { seconds }: PriorityPeriod): number {
  return Math.min(spec?.terminationGracePeriodSeconds ?? DEFAULT_GRACE_SECONDS, seconds);
}
