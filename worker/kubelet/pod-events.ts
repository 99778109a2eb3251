/**
 * Events about pods, in Kubernetes' words, with the container they are about in `involvedObject.fieldPath`.
 *
 * https://kubernetes.io/docs/reference/kubernetes-api/cluster-resources/event-v1/
 */
import type { Pod } from '../../helper/api/core/pod';

/** Something that records; the event recorder of `helper/controller` fits. */
export interface PodEventSink {
  record(pod: Pod, draft: PodEvent): void;
}

export interface PodEvent {
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly message: string;
  /** `spec.containers{web}` */
  readonly fieldPath?: string;
}

/** The field path of a container of this pod. */
export function containerFieldPath(pod: Pod, container: string): string {
  const isInit = (pod.spec?.initContainers ?? []).some(({ name }) => name === container);
  const isEphemeral = (pod.spec?.ephemeralContainers ?? []).some(({ name }) => name === container);
  return `spec.${isInit ? 'initContainers' : isEphemeral ? 'ephemeralContainers' : 'containers'}{${container}}`;
}
