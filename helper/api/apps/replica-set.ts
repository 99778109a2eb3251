/**
 * ReplicaSet: keeps a number of equal pods running.
 * https://kubernetes.io/docs/concepts/workloads/controllers/replicaset/
 */
import type { ReplicaSet as PublishedReplicaSet } from 'kubernetes-types/apps/v1';
import { ageColumn, column, nameColumn, templateColumns } from '../columns';
import { defineKind } from '../define-kind';
import { type FieldError, required } from '../field-error';
import { validateNotNegative } from '../field-rules';
import { formatLabelSelector } from '../label-selector';
import type { ApiObject, KubeObject } from '../meta';
import {
  defaultPodTemplate,
  podTemplateWarnings,
  validatePodTemplate,
  validateWorkloadSelector,
} from '../pod-template';
import type { Resource } from '../resource';
import { immutable } from '../validate-metadata';
import { validateReplicaStatus } from './replica-counts';

export type ReplicaSet = ApiObject<PublishedReplicaSet>;

export const replicaSetResource: Resource<ReplicaSet> = {
  group: 'apps',
  version: 'v1',
  kind: 'ReplicaSet',
  plural: 'replicasets',
  singular: 'replicaset',
  shortNames: ['rs'],
  categories: ['all'],
  namespaced: true,
};

const PART_COUNTS = ['fullyLabeledReplicas', 'readyReplicas', 'availableReplicas'] as const;

function validateReplicaSet({ spec }: ReplicaSet): FieldError[] {
  if (!spec) return [required('spec.selector'), required('spec.template')];
  return [
    ...validateNotNegative(spec.replicas, 'spec.replicas'),
    ...validateNotNegative(spec.minReadySeconds, 'spec.minReadySeconds'),
    ...validateWorkloadSelector(spec.selector, 'spec.selector'),
    ...validatePodTemplate(spec.template, spec.selector, 'spec.template'),
  ];
}

/** Row of the table: ReplicaSet. */
export const replicaSetKind = /* @__PURE__ */ defineKind<ReplicaSet>({
  resource: replicaSetResource,
  schema: 'io.k8s.api.apps.v1.ReplicaSet',
  hasStatus: true,
  hasGeneration: true,
  scale: {
    specReplicas: 'spec.replicas',
    statusReplicas: 'status.replicas',
    selector: (object: KubeObject) => formatLabelSelector((object as ReplicaSet).spec?.selector),
  },
  columns: () => [
    nameColumn,
    column('Desired', 'integer', 'The number of desired pods.', ({ spec }) => spec?.replicas ?? 0),
    column('Current', 'integer', 'The number of pods there are.', ({ status }) => status?.replicas ?? 0),
    column('Ready', 'integer', 'The number of pods that are ready.', ({ status }) => status?.readyReplicas ?? 0),
    ageColumn,
    templateColumns<ReplicaSet>(
      ({ spec }) => spec?.template?.spec?.containers,
      ({ spec }) => formatLabelSelector(spec?.selector),
    ),
  ],
  fieldSelectors: { 'status.replicas': ({ status }) => String(status?.replicas ?? 0) },
  prepareForCreate(replicaSet) {
    replicaSet.status = { replicas: 0 };
  },
  applyDefaults({ spec }) {
    if (!spec) return;
    spec.replicas ??= 1;
    defaultPodTemplate(spec.template);
  },
  validate: validateReplicaSet,
  validateUpdate: ({ spec }, old) => immutable(spec?.selector, old.spec?.selector, 'spec.selector'),
  validateStatusUpdate: ({ status }) => validateReplicaStatus(status, PART_COUNTS),
  warnings: ({ spec }) => podTemplateWarnings(spec?.template, 'spec.template'),
});
