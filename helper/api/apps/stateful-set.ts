/**
 * StatefulSet: pods with a lasting name, number and storage each, started and replaced in order.
 * https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/
 */
import type { StatefulSet as PublishedStatefulSet, StatefulSetSpec } from 'kubernetes-types/apps/v1';
import type { PersistentVolumeClaim } from 'kubernetes-types/core/v1';
import { ageColumn, column, nameColumn, templateColumns } from '../columns';
import { defaultClaim } from '../core/claim-rules';
import { defineKind } from '../define-kind';
import { formatLabelSelector } from '../label-selector';
import type { ApiObject, KubeObject } from '../meta';
import { defaultPodTemplate, podTemplateWarnings } from '../pod-template';
import type { Resource } from '../resource';
import { validateStatefulSet, validateStatefulSetStatus, validateStatefulSetUpdate } from './stateful-set-validation';

export type StatefulSet = ApiObject<PublishedStatefulSet>;

export const statefulSetResource: Resource<StatefulSet> = {
  group: 'apps',
  version: 'v1',
  kind: 'StatefulSet',
  plural: 'statefulsets',
  singular: 'statefulset',
  shortNames: ['sts'],
  categories: ['all'],
  namespaced: true,
};

function defaultStatefulSet(spec: StatefulSetSpec): void {
  spec.replicas ??= 1;
  spec.revisionHistoryLimit ??= 10;
  spec.podManagementPolicy ||= 'OrderedReady';
  spec.updateStrategy ??= {};
  if (!spec.updateStrategy.type) spec.updateStrategy = { type: 'RollingUpdate', rollingUpdate: {} };
  if (spec.updateStrategy.rollingUpdate) spec.updateStrategy.rollingUpdate.partition ??= 0;
  spec.persistentVolumeClaimRetentionPolicy ??= {};
  spec.persistentVolumeClaimRetentionPolicy.whenDeleted ||= 'Retain';
  spec.persistentVolumeClaimRetentionPolicy.whenScaled ||= 'Retain';
  defaultPodTemplate(spec.template);
  for (const claim of (spec.volumeClaimTemplates ?? []) as ApiObject<PersistentVolumeClaim>[]) {
    claim.apiVersion ||= 'v1';
    claim.kind ||= 'PersistentVolumeClaim';
    claim.status ??= { phase: 'Pending' };
    defaultClaim(claim);
  }
}

/** Row of the table: StatefulSet. */
export const statefulSetKind = /* @__PURE__ */ defineKind<StatefulSet>({
  resource: statefulSetResource,
  schema: 'io.k8s.api.apps.v1.StatefulSet',
  hasStatus: true,
  hasGeneration: true,
  scale: {
    specReplicas: 'spec.replicas',
    statusReplicas: 'status.replicas',
    selector: (object: KubeObject) => formatLabelSelector((object as StatefulSet).spec?.selector),
  },
  columns: () => [
    nameColumn,
    column(
      'Ready',
      'string',
      'Number of the pod with ready state',
      ({ spec, status }) => `${status?.readyReplicas ?? 0}/${spec?.replicas ?? 0}`,
    ),
    ageColumn,
    templateColumns<StatefulSet>(
      ({ spec }) => spec?.template?.spec?.containers,
      () => '',
    ).filter(({ name }) => name !== 'Selector'),
  ],
  prepareForCreate(statefulSet) {
    statefulSet.status = { replicas: 0 };
  },
  applyDefaults({ spec }) {
    if (spec) defaultStatefulSet(spec);
  },
  validate: validateStatefulSet,
  validateUpdate: validateStatefulSetUpdate,
  validateStatusUpdate: validateStatefulSetStatus,
  warnings: ({ spec }) => podTemplateWarnings(spec?.template, 'spec.template'),
});
