/**
 * DaemonSet: one pod on every node, or on every node that fits.
 *
 * `deprecated.daemonset.template.generation` counts the changes of the template; clients from before revisions read it.
 * https://kubernetes.io/docs/concepts/workloads/controllers/daemonset/
 */
import type { DaemonSetSpec, DaemonSetUpdateStrategy, DaemonSet as PublishedDaemonSet } from 'kubernetes-types/apps/v1';
import { ageColumn, column, formatLabelMap, nameColumn, templateColumns } from '../columns';
import { defineKind } from '../define-kind';
import { type FieldError, invalid, notSupported, required } from '../field-error';
import { validateNotNegative } from '../field-rules';
import { formatLabelSelector, validateLabelSelector } from '../label-selector';
import type { ApiObject } from '../meta';
import {
  defaultPodTemplate,
  podTemplateWarnings,
  validateAnyTemplate,
  validateLastingPods,
  validateSelectorFits,
} from '../pod-template';
import type { Resource } from '../resource';
import { immutable, sameValue } from '../validate-metadata';
import { validateCountOrPercent, zeroCount } from './count-or-percent';
import { validateCollisions } from './replica-counts';

export type DaemonSet = ApiObject<PublishedDaemonSet>;

export const daemonSetResource: Resource<DaemonSet> = {
  group: 'apps',
  version: 'v1',
  kind: 'DaemonSet',
  plural: 'daemonsets',
  singular: 'daemonset',
  shortNames: ['ds'],
  categories: ['all'],
  namespaced: true,
};

const TEMPLATE_GENERATION = 'deprecated.daemonset.template.generation';
const STRATEGIES = ['RollingUpdate', 'OnDelete'];
const COUNTS = [
  'currentNumberScheduled',
  'numberMisscheduled',
  'desiredNumberScheduled',
  'numberReady',
  'observedGeneration',
  'updatedNumberScheduled',
  'numberAvailable',
  'numberUnavailable',
  'collisionCount',
] as const;

const templateGeneration = ({ metadata }: DaemonSet) => Number(metadata.annotations?.[TEMPLATE_GENERATION]) || 0;

function setTemplateGeneration({ metadata }: DaemonSet, generation: number): void {
  metadata.annotations = { ...metadata.annotations, [TEMPLATE_GENERATION]: String(generation) };
}

function defaultDaemonSet(spec: DaemonSetSpec): void {
  spec.updateStrategy ??= {};
  spec.updateStrategy.type ||= 'RollingUpdate';
  if (spec.updateStrategy.type === 'RollingUpdate') {
    spec.updateStrategy.rollingUpdate ??= {};
    spec.updateStrategy.rollingUpdate.maxUnavailable ??= 1;
    spec.updateStrategy.rollingUpdate.maxSurge ??= 0;
  }
  spec.revisionHistoryLimit ??= 10;
  defaultPodTemplate(spec.template);
}

function validateStrategy({ type, rollingUpdate }: DaemonSetUpdateStrategy, path: string): FieldError[] {
  if (type === 'OnDelete') return [];
  if (type !== 'RollingUpdate') return [notSupported(`${path}.type`, type ?? '', STRATEGIES)];
  if (!rollingUpdate) return [required(`${path}.rollingUpdate`)];
  const { maxUnavailable, maxSurge } = rollingUpdate;
  const field = `${path}.rollingUpdate`;
  const errors = [
    ...validateCountOrPercent(maxUnavailable, `${field}.maxUnavailable`, { atMostAll: true }),
    ...validateCountOrPercent(maxSurge, `${field}.maxSurge`, { atMostAll: true }),
  ];
  const [hasUnavailable, hasSurge] = [!zeroCount(maxUnavailable), !zeroCount(maxSurge)];
  if (hasUnavailable && hasSurge) {
    errors.push(invalid(`${field}.maxSurge`, maxSurge, 'may not be set when maxUnavailable is non-zero'));
  }
  if (!hasUnavailable && !hasSurge) {
    errors.push(required(`${field}.maxUnavailable`, 'cannot be 0 when maxSurge is 0'));
  }
  return errors;
}

function validateDaemonSet({ spec }: DaemonSet): FieldError[] {
  if (!spec) return [required('spec.selector'), required('spec.template')];
  const selectorErrors = validateLabelSelector(spec.selector, 'spec.selector');
  const isEmpty = spec.selector && !formatLabelSelector(spec.selector);
  return [
    ...selectorErrors,
    ...(selectorErrors.length ? [] : validateSelectorFits(spec.selector, spec.template, 'spec.template')),
    ...(isEmpty ? [invalid('spec.selector', spec.selector, 'empty selector is invalid for daemonset')] : []),
    ...validateAnyTemplate(spec.template, 'spec.template'),
    ...validateLastingPods(spec.template, 'spec.template', 'DaemonSet'),
    ...validateNotNegative(spec.minReadySeconds, 'spec.minReadySeconds'),
    ...validateStrategy(spec.updateStrategy ?? {}, 'spec.updateStrategy'),
    ...validateNotNegative(spec.revisionHistoryLimit, 'spec.revisionHistoryLimit'),
  ];
}

function validateStatus({ status }: DaemonSet, old: DaemonSet): FieldError[] {
  const errors = COUNTS.flatMap((key) => validateNotNegative(status?.[key], `status.${key}`));
  return [...errors, ...validateCollisions(status?.collisionCount, old.status?.collisionCount)];
}

const count = (key: (typeof COUNTS)[number]) => (daemonSet: DaemonSet) => daemonSet.status?.[key] ?? 0;

/** Row of the table: DaemonSet. */
export const daemonSetKind = /* @__PURE__ */ defineKind<DaemonSet>({
  resource: daemonSetResource,
  schema: 'io.k8s.api.apps.v1.DaemonSet',
  hasStatus: true,
  hasGeneration: true,
  columns: () => [
    nameColumn,
    column('Desired', 'integer', 'Nodes that should run the pod.', count('desiredNumberScheduled')),
    column('Current', 'integer', 'Nodes that run the pod and should.', count('currentNumberScheduled')),
    column('Ready', 'integer', 'Nodes whose pod is ready.', count('numberReady')),
    column('Up-to-date', 'integer', 'Nodes whose pod has the wanted template.', count('updatedNumberScheduled')),
    column('Available', 'integer', 'Nodes whose pod has been ready for minReadySeconds.', count('numberAvailable')),
    column('Node Selector', 'string', 'Labels a node must have for the pod to run on it.', ({ spec }) =>
      formatLabelMap(spec?.template?.spec?.nodeSelector),
    ),
    ageColumn,
    templateColumns<DaemonSet>(
      ({ spec }) => spec?.template?.spec?.containers,
      ({ spec }) => formatLabelSelector(spec?.selector),
    ),
  ],
  prepareForCreate(daemonSet) {
    daemonSet.status = { currentNumberScheduled: 0, desiredNumberScheduled: 0, numberMisscheduled: 0, numberReady: 0 };
    if (templateGeneration(daemonSet) < 1) setTemplateGeneration(daemonSet, 1);
  },
  prepareForUpdate(daemonSet, old) {
    const before = templateGeneration(old) || 1;
    // Compared as they will be stored: an author may leave defaults out.
    const next = structuredClone(daemonSet.spec?.template);
    defaultPodTemplate(next);
    setTemplateGeneration(daemonSet, sameValue(next, old.spec?.template) ? before : before + 1);
  },
  applyDefaults({ spec }) {
    if (spec) defaultDaemonSet(spec);
  },
  validate: validateDaemonSet,
  validateUpdate: ({ spec }, old) => immutable(spec?.selector, old.spec?.selector, 'spec.selector'),
  validateStatusUpdate: validateStatus,
  warnings: ({ spec }) => podTemplateWarnings(spec?.template, 'spec.template'),
});
