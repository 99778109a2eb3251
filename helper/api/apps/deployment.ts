/**
 * Deployment: a ReplicaSet whose pods are replaced gradually when the template changes, with a history to go back to.
 * https://kubernetes.io/docs/concepts/workloads/controllers/deployment/
 */
import type { DeploymentSpec, DeploymentStrategy, Deployment as PublishedDeployment } from 'kubernetes-types/apps/v1';
import { ageColumn, column, nameColumn, templateColumns } from '../columns';
import { defineKind } from '../define-kind';
import { type FieldError, forbidden, invalid, notSupported, required } from '../field-error';
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
import { validateCountOrPercent, zeroCount } from './count-or-percent';
import { validateCollisions, validateReplicaStatus } from './replica-counts';

export type Deployment = ApiObject<PublishedDeployment>;

export const deploymentResource: Resource<Deployment> = {
  group: 'apps',
  version: 'v1',
  kind: 'Deployment',
  plural: 'deployments',
  singular: 'deployment',
  shortNames: ['deploy'],
  categories: ['all'],
  namespaced: true,
};

const PART_COUNTS = ['updatedReplicas', 'readyReplicas', 'availableReplicas'] as const;
const STRATEGIES = ['Recreate', 'RollingUpdate'];

function defaultDeployment(spec: DeploymentSpec): void {
  spec.replicas ??= 1;
  spec.revisionHistoryLimit ??= 10;
  spec.progressDeadlineSeconds ??= 600;
  spec.strategy ??= {};
  spec.strategy.type ||= 'RollingUpdate';
  if (spec.strategy.type === 'RollingUpdate') {
    spec.strategy.rollingUpdate ??= {};
    spec.strategy.rollingUpdate.maxUnavailable ??= '25%';
    spec.strategy.rollingUpdate.maxSurge ??= '25%';
  }
  defaultPodTemplate(spec.template);
}

function validateStrategy({ type, rollingUpdate }: DeploymentStrategy, path: string): FieldError[] {
  if (type === 'Recreate' && rollingUpdate) {
    const message = "may not be specified when strategy `type` is 'Recreate'";
    return [forbidden(`${path}.rollingUpdate`, message)];
  }
  if (!STRATEGIES.includes(type ?? '')) return [notSupported(`${path}.type`, type, STRATEGIES)];
  if (type !== 'RollingUpdate') return [];
  if (!rollingUpdate) {
    return [required(`${path}.rollingUpdate`, 'this should be defaulted and never be nil')];
  }
  const { maxUnavailable, maxSurge } = rollingUpdate;
  const errors = [
    ...validateCountOrPercent(maxUnavailable, `${path}.rollingUpdate.maxUnavailable`, { atMostAll: true }),
    ...validateCountOrPercent(maxSurge, `${path}.rollingUpdate.maxSurge`),
  ];
  if (zeroCount(maxUnavailable) && zeroCount(maxSurge)) {
    const message = 'may not be 0 when `maxSurge` is 0';
    errors.push(invalid(`${path}.rollingUpdate.maxUnavailable`, maxUnavailable, message));
  }
  return errors;
}

function validateDeployment({ spec }: Deployment): FieldError[] {
  if (!spec) return [required('spec.selector'), required('spec.template')];
  const { progressDeadlineSeconds, minReadySeconds = 0 } = spec;
  const errors = [
    ...validateNotNegative(spec.replicas, 'spec.replicas'),
    ...validateWorkloadSelector(spec.selector, 'spec.selector'),
    ...validatePodTemplate(spec.template, spec.selector, 'spec.template'),
    ...validateStrategy(spec.strategy ?? {}, 'spec.strategy'),
    ...validateNotNegative(minReadySeconds, 'spec.minReadySeconds'),
    ...validateNotNegative(spec.revisionHistoryLimit, 'spec.revisionHistoryLimit'),
    ...validateNotNegative(progressDeadlineSeconds, 'spec.progressDeadlineSeconds'),
  ];
  if (typeof progressDeadlineSeconds === 'number' && progressDeadlineSeconds <= minReadySeconds) {
    const message = `must be greater than minReadySeconds`;
    errors.push(invalid('spec.progressDeadlineSeconds', progressDeadlineSeconds, message));
  }
  return errors;
}

/** Row of the table: Deployment. */
export const deploymentKind = /* @__PURE__ */ defineKind<Deployment>({
  resource: deploymentResource,
  schema: 'io.k8s.api.apps.v1.Deployment',
  hasStatus: true,
  hasGeneration: true,
  scale: {
    specReplicas: 'spec.replicas',
    statusReplicas: 'status.replicas',
    selector: (object: KubeObject) => formatLabelSelector((object as Deployment).spec?.selector),
  },
  columns: () => [
    nameColumn,
    column(
      'Ready',
      'string',
      'Number of the pod with ready state',
      ({ spec, status }) => `${status?.readyReplicas ?? 0}/${spec?.replicas ?? 0}`,
    ),
    column(
      'Up-to-date',
      'integer',
      'Pods that have the wanted template.',
      ({ status }) => status?.updatedReplicas ?? 0,
    ),
    column(
      'Available',
      'integer',
      'Pods that have been ready for minReadySeconds.',
      ({ status }) => status?.availableReplicas ?? 0,
    ),
    ageColumn,
    templateColumns<Deployment>(
      ({ spec }) => spec?.template?.spec?.containers,
      ({ spec }) => formatLabelSelector(spec?.selector),
    ),
  ],
  prepareForCreate(deployment) {
    deployment.status = {};
  },
  applyDefaults({ spec }) {
    if (spec) defaultDeployment(spec);
  },
  validate: validateDeployment,
  validateUpdate: ({ spec }, old) => immutable(spec?.selector, old.spec?.selector, 'spec.selector'),
  validateStatusUpdate: ({ status }, old) => [
    ...validateReplicaStatus(status, PART_COUNTS),
    ...validateNotNegative(status?.unavailableReplicas, 'status.unavailableReplicas'),
    ...validateCollisions(status?.collisionCount, old.status?.collisionCount),
  ],
  warnings: ({ spec }) => podTemplateWarnings(spec?.template, 'spec.template'),
});
