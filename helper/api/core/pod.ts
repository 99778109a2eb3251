/**
 * Pod: one or more containers that share a network, run on one node and live and die together.
 *
 * Its rules are many, so they have files: `pod-defaults`, `pod-validation` (with `container-`, `volume-`, `env-`,
 * `probe-`, `resource-`, `security-` and `scheduling-validation`), `pod-update-validation`, `pod-columns`, `pod-warnings`.
 * https://kubernetes.io/docs/concepts/workloads/pods/
 */
import { defineKind } from '../define-kind';
import { forbidden, required } from '../field-error';
import type { Resource } from '../resource';
import { podColumns } from './pod-columns';
import { defaultPod } from './pod-defaults';
import type { Pod } from './pod-object';
import { qosClassOf } from './pod-resources';
import { validatePodUpdate } from './pod-update-validation';
import { validatePodSpec } from './pod-validation';
import { hostnameWarnings, podSpecWarnings } from './pod-warnings';

export type { Pod } from './pod-object';

export const podResource: Resource<Pod> = {
  group: '',
  version: 'v1',
  kind: 'Pod',
  plural: 'pods',
  singular: 'pod',
  shortNames: ['po'],
  categories: ['all'],
  namespaced: true,
};

/** True when all containers of the pod have ended for good. */
export function isTerminal(pod: Pod): boolean {
  return pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed';
}

/** A new pod is Pending, whatever its author wrote under status. */
function startPending(pod: Pod): void {
  const spec = pod.spec ?? { containers: [] };
  pod.status = { phase: 'Pending', qosClass: qosClassOf(spec) };
  if (!spec.schedulingGates?.length) return;
  pod.status.conditions = [
    {
      type: 'PodScheduled',
      status: 'False',
      reason: 'SchedulingGated',
      message: 'Scheduling is blocked due to non-empty scheduling gates',
    },
  ];
}

/** Seconds between asking a pod to end and forgetting it: none when nothing of it can be running. */
function deletionGraceSeconds(pod: Pod, requested: number | undefined): number {
  if (!pod.spec?.nodeName || isTerminal(pod)) return 0;
  const seconds = requested ?? pod.spec.terminationGracePeriodSeconds ?? 0;
  return seconds < 0 ? 1 : seconds;
}

/** Row of the table: Pod. */
export const podKind = /* @__PURE__ */ defineKind<Pod>({
  resource: podResource,
  schema: 'io.k8s.api.core.v1.Pod',
  returnsDeleted: true,
  hasStatus: true,
  subresources: [
    { name: 'attach', kind: 'PodAttachOptions', verbs: ['create', 'get'] },
    { name: 'binding', kind: 'Binding', verbs: ['create'] },
    { name: 'ephemeralcontainers', kind: 'Pod', verbs: ['get', 'patch', 'update'] },
    { name: 'eviction', kind: 'Eviction', group: 'policy', version: 'v1', verbs: ['create'] },
    { name: 'exec', kind: 'PodExecOptions', verbs: ['create', 'get'] },
    { name: 'log', kind: 'Pod', verbs: ['get'] },
    { name: 'portforward', kind: 'PodPortForwardOptions', verbs: ['create', 'get'] },
    { name: 'proxy', kind: 'PodProxyOptions', verbs: ['create', 'delete', 'get', 'patch', 'update'] },
  ],
  columns: podColumns,
  fieldSelectors: {
    'spec.nodeName': (pod) => pod.spec?.nodeName ?? '',
    'spec.restartPolicy': (pod) => pod.spec?.restartPolicy ?? '',
    'spec.schedulerName': (pod) => pod.spec?.schedulerName ?? '',
    'spec.serviceAccountName': (pod) => pod.spec?.serviceAccountName ?? '',
    'spec.hostNetwork': (pod) => String(pod.spec?.hostNetwork ?? false),
    'status.phase': (pod) => pod.status?.phase ?? '',
    'status.podIP': (pod) => pod.status?.podIP ?? '',
    'status.nominatedNodeName': (pod) => pod.status?.nominatedNodeName ?? '',
  },
  prepareForCreate: startPending,
  applyDefaults: defaultPod,
  validate: (pod) => (pod.spec ? validatePodSpec(pod.spec, 'spec', { isPod: true }) : [required('spec.containers')]),
  validateCreate: (pod) =>
    pod.spec?.ephemeralContainers?.length ? [forbidden('spec.ephemeralContainers', 'cannot be set on create')] : [],
  validateUpdate: validatePodUpdate,
  warnings: (pod) =>
    pod.spec ? [...hostnameWarnings(pod.metadata, pod.spec), ...podSpecWarnings(pod.spec, 'spec')] : [],
  deletionGraceSeconds,
});
