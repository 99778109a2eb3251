/**
 * `describe` of what keeps pods running: Deployment, ReplicaSet, ReplicationController, StatefulSet, DaemonSet.
 * https://kubernetes.io/docs/concepts/workloads/controllers/
 */
import type { PersistentVolumeClaim, PodTemplateSpec } from 'kubernetes-types/core/v1';
import type { DaemonSet } from '../../../helper/api/apps/daemon-set';
import type { Deployment } from '../../../helper/api/apps/deployment';
import type { ReplicaSet } from '../../../helper/api/apps/replica-set';
import type { StatefulSet } from '../../../helper/api/apps/stateful-set';
import type { Pod } from '../../../helper/api/core/pod';
import type { ReplicationController } from '../../../helper/api/core/replication-controller';
import { controllerOf, type KubeObject } from '../../../helper/api/meta';
import { inOneLine, selectorText } from './describe-head';
import { describePodSpec, describeTemplateRest } from './describe-pod';
import { type DescribeText, timeText } from './describe-text';

/** The pods it makes. */
export function describeTemplate(text: DescribeText, template: PodTemplateSpec | undefined): void {
  text.line(0, 'Pod Template:');
  text.map('  Labels', template?.metadata?.labels);
  const annotations = template?.metadata?.annotations ?? {};
  if (Object.keys(annotations).length > 0) text.map('  Annotations', annotations, ': ');
  text.optional(1, 'Service Account', template?.spec?.serviceAccountName);
  describePodSpec(text, template?.spec);
  describeTemplateRest(text, template?.spec);
}

function describeConditions(
  text: DescribeText,
  conditions: readonly { type: string; status: string; reason?: string }[] = [],
) {
  if (conditions.length === 0) return;
  text.line(0, 'Conditions:');
  text.table(
    1,
    ['Type', 'Status', 'Reason'],
    conditions.map(({ type, status, reason }) => [type, status, reason ?? '']),
  );
}

const revisionOf = (set: ReplicaSet) => Number(set.metadata.annotations?.['deployment.kubernetes.io/revision'] ?? 0);
const countsOf = (set: ReplicaSet) =>
  `${set.metadata.name} (${set.status?.replicas ?? 0}/${set.spec?.replicas ?? 0} replicas created)`;

export function describeDeployment(text: DescribeText, deployment: Deployment, allSets: readonly ReplicaSet[]): void {
  const { metadata, spec, status } = deployment;
  text.line(0, 'Name:', metadata.name).line(0, 'Namespace:', metadata.namespace ?? '');
  text.line(0, 'CreationTimestamp:', timeText(metadata.creationTimestamp as string | undefined));
  text.map('Labels', metadata.labels).map('Annotations', metadata.annotations, ': ');
  text.line(0, 'Selector:', selectorText(spec?.selector ?? {}));
  text.line(
    0,
    'Replicas:',
    `${spec?.replicas ?? 0} desired | ${status?.updatedReplicas ?? 0} updated | ${status?.replicas ?? 0} total | ${status?.availableReplicas ?? 0} available | ${status?.unavailableReplicas ?? 0} unavailable`,
  );
  text.line(0, 'StrategyType:', spec?.strategy?.type ?? '').line(0, 'MinReadySeconds:', spec?.minReadySeconds ?? 0);
  const rolling = spec?.strategy?.rollingUpdate;
  if (rolling)
    text.line(0, 'RollingUpdateStrategy:', `${rolling.maxUnavailable} max unavailable, ${rolling.maxSurge} max surge`);
  describeTemplate(text, spec?.template);
  describeConditions(text, status?.conditions);
  const sets = allSets
    .filter((set) => controllerOf(set)?.uid === metadata.uid)
    .sort((a, b) => revisionOf(b) - revisionOf(a));
  const [newest, ...old] = sets;
  if (!newest) return;
  text.line(0, 'OldReplicaSets:', old.map(countsOf).join(', ') || '<none>');
  text.line(0, 'NewReplicaSet:', countsOf(newest));
}

/** Its pods by phase, in one line. */
function describePhases(text: DescribeText, owner: KubeObject, pods: readonly Pod[]): void {
  const count = (phase: string) =>
    pods.filter((pod) => controllerOf(pod)?.uid === owner.metadata.uid && pod.status?.phase === phase).length;
  text.line(
    0,
    'Pods Status:',
    `${count('Running')} Running / ${count('Pending')} Waiting / ${count('Succeeded')} Succeeded / ${count('Failed')} Failed`,
  );
}

interface ReplicaKeeper extends KubeObject {
  readonly spec?: { readonly replicas?: number; readonly template?: PodTemplateSpec };
  readonly status?: Pick<NonNullable<ReplicaSet['status']>, 'replicas' | 'conditions'>;
}

/** A ReplicaSet, or the ReplicationController it came from. */
function describeReplicas(text: DescribeText, keeper: ReplicaKeeper, selector: string, pods: readonly Pod[]): void {
  const { metadata, spec, status } = keeper;
  text
    .line(0, 'Name:', metadata.name)
    .line(0, 'Namespace:', metadata.namespace ?? '')
    .line(0, 'Selector:', selector);
  text.map('Labels', metadata.labels).map('Annotations', metadata.annotations, ': ');
  const owner = controllerOf(keeper);
  if (owner) text.line(0, 'Controlled By:', `${owner.kind}/${owner.name}`);
  text.line(0, 'Replicas:', `${status?.replicas ?? 0} current / ${spec?.replicas ?? 0} desired`);
  describePhases(text, keeper, pods);
  describeTemplate(text, spec?.template);
  describeConditions(text, status?.conditions);
}

export function describeReplicaSet(text: DescribeText, set: ReplicaSet, pods: readonly Pod[]): void {
  describeReplicas(text, set, selectorText(set.spec?.selector ?? {}), pods);
}

export function describeReplicationController(
  text: DescribeText,
  controller: ReplicationController,
  pods: readonly Pod[],
): void {
  describeReplicas(text, controller, inOneLine(controller.spec?.selector), pods);
}

function describeClaimTemplates(text: DescribeText, claims: readonly PersistentVolumeClaim[]): void {
  text.line(0, 'Volume Claims:', ...(claims.length === 0 ? ['<none>'] : []));
  for (const { metadata, spec } of claims) {
    text.line(1, 'Name:', metadata?.name ?? '').line(1, 'StorageClass:', spec?.storageClassName ?? '');
    text.map('  Labels', metadata?.labels).map('  Annotations', metadata?.annotations, '=');
    text.line(1, 'Capacity:', String(spec?.resources?.requests?.['storage'] ?? '<default>'));
    text.line(1, 'Access Modes:', `[${(spec?.accessModes ?? []).join(' ')}]`);
  }
}

export function describeStatefulSet(text: DescribeText, set: StatefulSet, pods: readonly Pod[]): void {
  const { metadata, spec, status } = set;
  text.line(0, 'Name:', metadata.name).line(0, 'Namespace:', metadata.namespace ?? '');
  text.line(0, 'CreationTimestamp:', timeText(metadata.creationTimestamp as string | undefined));
  text.line(0, 'Selector:', selectorText(spec?.selector ?? {}));
  text.map('Labels', metadata.labels).map('Annotations', metadata.annotations, ': ');
  text.line(0, 'Replicas:', `${spec?.replicas ?? 0} desired | ${status?.replicas ?? 0} total`);
  text.line(0, 'Update Strategy:', spec?.updateStrategy?.type ?? '');
  const { partition, maxUnavailable } = spec?.updateStrategy?.rollingUpdate ?? {};
  text.optional(1, 'Partition', partition).optional(1, 'MaxUnavailable', maxUnavailable);
  describePhases(text, set, pods);
  describeTemplate(text, spec?.template);
  describeClaimTemplates(text, spec?.volumeClaimTemplates ?? []);
}

export function describeDaemonSet(text: DescribeText, set: DaemonSet, pods: readonly Pod[]): void {
  const { metadata, spec, status } = set;
  text.line(0, 'Name:', metadata.name);
  text.line(0, 'Selector:', selectorText(spec?.selector ?? {}));
  text.line(0, 'Node-Selector:', inOneLine(spec?.template.spec?.nodeSelector));
  text.map('Labels', metadata.labels).map('Annotations', metadata.annotations, ': ');
  text.line(0, `Desired Number of Nodes Scheduled: ${status?.desiredNumberScheduled ?? 0}`);
  text.line(0, `Current Number of Nodes Scheduled: ${status?.currentNumberScheduled ?? 0}`);
  text.line(0, `Number of Nodes Scheduled with Up-to-date Pods: ${status?.updatedNumberScheduled ?? 0}`);
  text.line(0, `Number of Nodes Scheduled with Available Pods: ${status?.numberAvailable ?? 0}`);
  text.line(0, `Number of Nodes Misscheduled: ${status?.numberMisscheduled ?? 0}`);
  describePhases(text, set, pods);
  describeTemplate(text, spec?.template);
}
