/**
 * The dialect's status words, computed from canonical status. The API stores none of them.
 *
 * Pods: Wait for Schedule -> (Schedule Failed) -> Ready to Create -> Running -> Succeeded | Failed; Removed while it ends, Lost
 * Connect while its node does not report.
 */
import type { ReplicaSet } from '../../../helper/api/apps/replica-set';
import type { Endpoints } from '../../../helper/api/core/endpoints';
import type { Node } from '../../../helper/api/core/node';
import type { Pod } from '../../../helper/api/core/pod';
import type { Service } from '../../../helper/api/core/service';
import type { Ingress } from '../../../helper/api/networking/ingress';

export type PodWord =
  | 'Wait for Schedule'
  | 'Schedule Failed'
  | 'Ready to Create'
  | 'Running'
  | 'Succeeded'
  | 'Failed'
  | 'Removed'
  | 'Lost Connect';
export type ServiceWord = 'Creating' | 'Running' | 'Updating' | 'Restarting' | 'Removing';
export type NodeWord = 'READY TO START' | 'Running' | 'Not Available';

/** What `update service` and `restart service` leave behind: which of the two, and when. */
export const RESYNC_ANNOTATION = 'minik8s.io/resync';

function readyCondition(node: Node): string | undefined {
  return node.status?.conditions?.find(({ type }) => type === 'Ready')?.status;
}

/** A node that never reported is about to start. */
export function nodeWord(node: Node): NodeWord {
  const ready = readyCondition(node);
  if (ready === undefined) return 'READY TO START';
  return ready === 'True' ? 'Running' : 'Not Available';
}

/** `node` is the pod's node; undefined when it has none or the node is unknown. */
export function podWord(pod: Pod, node: Node | undefined): PodWord {
  const { status, spec, metadata } = pod;
  if (metadata.deletionTimestamp) return 'Removed';
  if (status?.phase === 'Succeeded' || status?.phase === 'Failed') return status.phase;
  if (!spec?.nodeName) {
    const scheduled = status?.conditions?.find(({ type }) => type === 'PodScheduled');
    return scheduled?.status === 'False' && scheduled.reason === 'Unschedulable'
      ? 'Schedule Failed'
      : 'Wait for Schedule';
  }
  const isLost =
    status?.phase === 'Unknown' || status?.reason === 'NodeLost' || (node && nodeWord(node) === 'Not Available');
  if (isLost) return 'Lost Connect';
  return status?.phase === 'Running' ? 'Running' : 'Ready to Create';
}

/** A Service runs once it has an address and its endpoints were computed; one without selector has none to compute. */
export function serviceWord(service: Service, endpoints: Endpoints | undefined): ServiceWord {
  const { metadata, spec } = service;
  if (metadata.deletionTimestamp) return 'Removing';
  const hasSelector = Object.keys(spec?.selector ?? {}).length > 0;
  if (spec?.clusterIP && (endpoints || !hasSelector)) return 'Running';
  const resync = metadata.annotations?.[RESYNC_ANNOTATION] ?? '';
  if (resync.startsWith('restart')) return 'Restarting';
  return resync.startsWith('update') ? 'Updating' : 'Creating';
}

/** A Dns runs once its host leads somewhere; until the Services of all its paths are there it is being created. */
export function dnsWord({ metadata, status }: Ingress): ServiceWord {
  if (metadata.deletionTimestamp) return 'Removing';
  const points = status?.loadBalancer?.ingress ?? [];
  const hasErrors = points.some(({ ports = [] }) => ports.some(({ error }) => error));
  return points.length > 0 && !hasErrors ? 'Running' : 'Creating';
}

/** As of a Service: ReplicaSets have no words of their own in the dialect. */
export function replicaSetWord({ metadata, spec, status }: ReplicaSet): ServiceWord {
  if (metadata.deletionTimestamp) return 'Removing';
  if ((status?.observedGeneration ?? 0) === 0) return 'Creating';
  const isSettled =
    status?.observedGeneration === metadata.generation && (status?.readyReplicas ?? 0) === (spec?.replicas ?? 0);
  return isSettled ? 'Running' : 'Updating';
}
