/**
 * `describe deployment` and `describe replicaset`.
 */
import type { PodTemplateSpec } from 'kubernetes-types/core/v1';
import type { Deployment } from '../../../helper/api/apps/deployment';
import type { ReplicaSet } from '../../../helper/api/apps/replica-set';
import type { Pod } from '../../../helper/api/core/pod';
import { formatLabelSelector } from '../../../helper/api/label-selector';
import { controllerOf } from '../../../helper/api/meta';
import { describePodSpec, describeTemplateRest } from './describe-pod';
import { type DescribeText, timeText } from './describe-text';

function describeTemplate(text: DescribeText, template: PodTemplateSpec | undefined): void {
  text.line(0, 'Pod Template:');
  text.map('  Labels', template?.metadata?.labels);
  const annotations = template?.metadata?.annotations ?? {};
  if (Object.keys(annotations).length > 0) text.map('  Annotations', annotations, ': ');
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
  text.line(0, 'Selector:', formatLabelSelector(spec?.selector ?? {}));
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
  text.line(0, 'OldReplicaSets:', old.map(countsOf).join(', ') || '<none>');
  text.line(0, 'NewReplicaSet:', newest ? countsOf(newest) : '<none>');
}

export function describeReplicaSet(text: DescribeText, set: ReplicaSet, pods: readonly Pod[]): void {
  const { metadata, spec, status } = set;
  text.line(0, 'Name:', metadata.name).line(0, 'Namespace:', metadata.namespace ?? '');
  text.line(0, 'Selector:', formatLabelSelector(spec?.selector ?? {}));
  text.map('Labels', metadata.labels).map('Annotations', metadata.annotations, ': ');
  const owner = controllerOf(set);
  if (owner) text.line(0, 'Controlled By:', `${owner.kind}/${owner.name}`);
  text.line(0, 'Replicas:', `${status?.replicas ?? 0} current / ${spec?.replicas ?? 0} desired`);
  const count = (phase: string) =>
    pods.filter((pod) => controllerOf(pod)?.uid === metadata.uid && pod.status?.phase === phase).length;
  text.line(
    0,
    'Pods Status:',
    `${count('Running')} Running / ${count('Pending')} Waiting / ${count('Succeeded')} Succeeded / ${count('Failed')} Failed`,
  );
  describeTemplate(text, spec?.template);
  describeConditions(text, status?.conditions);
}
