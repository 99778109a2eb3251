/**
 * The one table of kinds. Routes, discovery, OpenAPI, Table output, garbage collection, kubectl and console loop over it.
 *
 * A new kind is one file beside these, one row here and one sample in `yaml_default/`. Only the api-server and kubectl
 * import this file: it pulls in every rule of every kind. Controllers import the `xxxResource` they need.
 * https://kubernetes.io/docs/reference/kubernetes-api/
 */

import { mutatingWebhookConfigurationKind } from './admissionregistration/mutating-webhook-configuration';
import { validatingAdmissionPolicyKind } from './admissionregistration/validating-admission-policy';
import { validatingAdmissionPolicyBindingKind } from './admissionregistration/validating-admission-policy-binding';
import { validatingWebhookConfigurationKind } from './admissionregistration/validating-webhook-configuration';
import { customResourceDefinitionKind } from './apiextensions/custom-resource-definition';
import { apiServiceKind } from './apiregistration/api-service';
import { controllerRevisionKind } from './apps/controller-revision';
import { daemonSetKind } from './apps/daemon-set';
import { deploymentKind } from './apps/deployment';
import { replicaSetKind } from './apps/replica-set';
import { statefulSetKind } from './apps/stateful-set';
import { selfSubjectReviewKind, tokenReviewKind } from './authentication/reviews';
import {
  localSubjectAccessReviewKind,
  selfSubjectAccessReviewKind,
  selfSubjectRulesReviewKind,
  subjectAccessReviewKind,
} from './authorization/reviews';
import { horizontalPodAutoscalerKind } from './autoscaling/horizontal-pod-autoscaler';
import { oldAutoscalerKind } from './autoscaling/horizontal-pod-autoscaler-v1';
import { cronJobKind } from './batch/cron-job';
import { jobKind } from './batch/job';
import { certificateSigningRequestKind } from './certificates/certificate-signing-request';
import { leaseKind } from './coordination/lease';
import { componentStatusKind } from './core/component-status';
import { configMapKind } from './core/config-map';
import { endpointsKind } from './core/endpoints';
import { eventKind } from './core/event';
import { limitRangeKind } from './core/limit-range';
import { namespaceKind } from './core/namespace';
import { nodeKind } from './core/node';
import { persistentVolumeKind } from './core/persistent-volume';
import { persistentVolumeClaimKind } from './core/persistent-volume-claim';
import { podKind } from './core/pod';
import { podTemplateKind } from './core/pod-template-object';
import { replicationControllerKind } from './core/replication-controller';
import { resourceQuotaKind } from './core/resource-quota';
import { secretKind } from './core/secret';
import { serviceKind } from './core/service';
import { serviceAccountKind } from './core/service-account';
import { endpointSliceKind } from './discovery/endpoint-slice';
import { newEventKind } from './events/event';
import { flowSchemaKind } from './flowcontrol/flow-schema';
import { priorityLevelConfigurationKind } from './flowcontrol/priority-level-configuration';
import type { Kind } from './kind';
import type { KubeObject } from './meta';
import { nodeMetricsKind } from './metrics/node-metrics';
import { podMetricsKind } from './metrics/pod-metrics';
import { ingressKind } from './networking/ingress';
import { ingressClassKind } from './networking/ingress-class';
import { networkPolicyKind } from './networking/network-policy';
import { runtimeClassKind } from './node/runtime-class';
import { podDisruptionBudgetKind } from './policy/pod-disruption-budget';
import { clusterRoleKind } from './rbac/cluster-role';
import { clusterRoleBindingKind } from './rbac/cluster-role-binding';
import { roleKind } from './rbac/role';
import { roleBindingKind } from './rbac/role-binding';
import { priorityClassKind } from './scheduling/priority-class';
import { csiDriverKind } from './storage/csi-driver';
import { csiNodeKind } from './storage/csi-node';
import { csiStorageCapacityKind } from './storage/csi-storage-capacity';
import { storageClassKind } from './storage/storage-class';
import { volumeAttachmentKind } from './storage/volume-attachment';

/**
 * Forgets which kind a row is of. Sound, because the api-server hands a row only objects of its own group, version and
 * kind: it checks apiVersion and kind of every body first.
 */
function row<T extends KubeObject>(kind: Kind<T>): Kind {
  return kind as unknown as Kind;
}

/** Every kind the api-server serves. */
export const KINDS: readonly Kind[] = [
  row(namespaceKind),
  row(nodeKind),
  row(podKind),
  row(serviceKind),
  row(endpointsKind),
  row(configMapKind),
  row(secretKind),
  row(serviceAccountKind),
  row(eventKind),
  row(persistentVolumeKind),
  row(persistentVolumeClaimKind),
  row(podTemplateKind),
  row(replicationControllerKind),
  row(resourceQuotaKind),
  row(limitRangeKind),
  row(componentStatusKind),
  row(replicaSetKind),
  row(deploymentKind),
  row(statefulSetKind),
  row(daemonSetKind),
  row(controllerRevisionKind),
  row(jobKind),
  row(cronJobKind),
  row(horizontalPodAutoscalerKind),
  row(oldAutoscalerKind),
  row(newEventKind),
  row(endpointSliceKind),
  row(leaseKind),
  row(ingressKind),
  row(ingressClassKind),
  row(networkPolicyKind),
  row(podDisruptionBudgetKind),
  row(priorityClassKind),
  row(roleKind),
  row(roleBindingKind),
  row(clusterRoleKind),
  row(clusterRoleBindingKind),
  row(customResourceDefinitionKind),
  row(tokenReviewKind),
  row(selfSubjectReviewKind),
  row(subjectAccessReviewKind),
  row(localSubjectAccessReviewKind),
  row(selfSubjectAccessReviewKind),
  row(selfSubjectRulesReviewKind),
  row(storageClassKind),
  row(volumeAttachmentKind),
  row(csiDriverKind),
  row(csiNodeKind),
  row(csiStorageCapacityKind),
  row(runtimeClassKind),
  row(certificateSigningRequestKind),
  row(mutatingWebhookConfigurationKind),
  row(validatingWebhookConfigurationKind),
  row(validatingAdmissionPolicyKind),
  row(validatingAdmissionPolicyBindingKind),
  row(apiServiceKind),
  row(nodeMetricsKind),
  row(podMetricsKind),
  row(flowSchemaKind),
  row(priorityLevelConfigurationKind),
];

/** The row addressed by a path: `('apps', 'v1', 'deployments')`; undefined when there is none. */
export function findKind(group: string, version: string, plural: string): Kind | undefined {
  return KINDS.find((kind) => kind.group === group && kind.version === version && kind.plural === plural);
}

/** The row an object names in apiVersion and kind: `('apps', 'v1', 'Deployment')`; undefined when there is none. */
export function findKindByName(group: string, version: string, kindName: string): Kind | undefined {
  return KINDS.find((kind) => kind.group === group && kind.version === version && kind.kind === kindName);
}
