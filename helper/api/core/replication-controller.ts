/**
 * ReplicationController: the older form of a ReplicaSet; its selector is a plain map of labels.
 * https://kubernetes.io/docs/concepts/workloads/controllers/replicationcontroller/
 */
import type { ReplicationController as PublishedReplicationController } from 'kubernetes-types/core/v1';
import { validateReplicaStatus } from '../apps/replica-counts';
import { ageColumn, column, formatLabelMap, nameColumn, templateColumns } from '../columns';
import { defineKind } from '../define-kind';
import { type FieldError, required } from '../field-error';
import { validateNotNegative } from '../field-rules';
import type { ApiObject, KubeObject } from '../meta';
import { defaultPodTemplate, podTemplateWarnings, validatePodTemplate } from '../pod-template';
import type { Resource } from '../resource';

export type ReplicationController = ApiObject<PublishedReplicationController>;

export const replicationControllerResource: Resource<ReplicationController> = {
  group: '',
  version: 'v1',
  kind: 'ReplicationController',
  plural: 'replicationcontrollers',
  singular: 'replicationcontroller',
  shortNames: ['rc'],
  categories: ['all'],
  namespaced: true,
};

const PART_COUNTS = ['fullyLabeledReplicas', 'readyReplicas', 'availableReplicas'] as const;

function selectorText({ spec }: ReplicationController): string {
  return Object.keys(spec?.selector ?? {}).length ? formatLabelMap(spec?.selector) : '';
}

function validateReplicationController({ spec }: ReplicationController): FieldError[] {
  if (!spec) return [required('spec.selector'), required('spec.template')];
  const { selector = {}, template } = spec;
  return [
    ...validateNotNegative(spec.minReadySeconds, 'spec.minReadySeconds'),
    ...(Object.keys(selector).length ? [] : [required('spec.selector')]),
    ...validateNotNegative(spec.replicas, 'spec.replicas'),
    ...(template
      ? validatePodTemplate(template, { matchLabels: selector }, 'spec.template', 'ReplicationController')
      : [required('spec.template')]),
  ];
}

/** Row of the table: ReplicationController. */
export const replicationControllerKind = /* @__PURE__ */ defineKind<ReplicationController>({
  resource: replicationControllerResource,
  schema: 'io.k8s.api.core.v1.ReplicationController',
  hasStatus: true,
  hasGeneration: true,
  scale: {
    specReplicas: 'spec.replicas',
    statusReplicas: 'status.replicas',
    selector: (object: KubeObject) => selectorText(object as ReplicationController),
  },
  columns: () => [
    nameColumn,
    column('Desired', 'integer', 'The number of desired pods.', ({ spec }) => spec?.replicas ?? 0),
    column('Current', 'integer', 'The number of pods there are.', ({ status }) => status?.replicas ?? 0),
    column('Ready', 'integer', 'The number of pods that are ready.', ({ status }) => status?.readyReplicas ?? 0),
    ageColumn,
    templateColumns<ReplicationController>(({ spec }) => spec?.template?.spec?.containers, selectorText),
  ],
  fieldSelectors: { 'status.replicas': ({ status }) => String(status?.replicas ?? 0) },
  prepareForCreate(controller) {
    controller.status = { replicas: 0 };
  },
  applyDefaults({ metadata, spec }) {
    if (!spec) return;
    const labels = spec.template?.metadata?.labels;
    if (labels && !Object.keys(spec.selector ?? {}).length) spec.selector = { ...labels };
    if (labels && !Object.keys(metadata.labels ?? {}).length) metadata.labels = { ...labels };
    spec.replicas ??= 1;
    defaultPodTemplate(spec.template);
  },
  validate: validateReplicationController,
  validateStatusUpdate: ({ status }) => validateReplicaStatus(status, PART_COUNTS),
  warnings: ({ spec }) => podTemplateWarnings(spec?.template, 'spec.template'),
});
