/**
 * The order of groups and versions in discovery: the priorities Kubernetes gives its own, and custom resources.
 *
 * When a name is ambiguous (`events`), kubectl takes the first group that has it; so the order is part of the API. APIServices of
 * extension servers bring priorities of their own.
 * https://kubernetes.io/docs/reference/kubernetes-api/cluster-resources/api-service-v1/
 */
import type { Kind } from '../../../helper/api/kind';

const GROUP_PRIORITIES: Readonly<Record<string, number>> = {
  '': 18_000,
  // It is served by the aggregator itself, which puts it first.
  'apiregistration.k8s.io': 18_000,
  apps: 17_800,
  'events.k8s.io': 17_750,
  'authentication.k8s.io': 17_700,
  'authorization.k8s.io': 17_600,
  autoscaling: 17_500,
  batch: 17_400,
  'certificates.k8s.io': 17_300,
  'networking.k8s.io': 17_200,
  policy: 17_100,
  'rbac.authorization.k8s.io': 17_000,
  'storage.k8s.io': 16_800,
  'apiextensions.k8s.io': 16_700,
  'admissionregistration.k8s.io': 16_700,
  'scheduling.k8s.io': 16_600,
  'coordination.k8s.io': 16_500,
  'node.k8s.io': 16_300,
  'discovery.k8s.io': 16_200,
  'flowcontrol.apiserver.k8s.io': 16_100,
  // As the APIService of metrics-server has it: `pods` never means these.
  'metrics.k8s.io': 100,
};
const CUSTOM_GROUP_PRIORITY = 1_000;

/** `groupPriorityMinimum` of the local APIService of a group. */
export const groupPriority = (group: string): number => GROUP_PRIORITIES[group] ?? CUSTOM_GROUP_PRIORITY;

/** `versionPriority` of the local APIService of a kind's group version. */
export function versionPriority({ group, version, structure }: Pick<Kind, 'group' | 'version' | 'structure'>): number {
  if (structure !== undefined || group === 'metrics.k8s.io') return 100;
  if (group === '') return 1;
  return version === 'v2' ? 30 : 15;
}
