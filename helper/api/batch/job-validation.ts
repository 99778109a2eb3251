/**
 * Rules of Jobs: how many pods, with which labels.
 *
 * The template of a CronJob follows the same rules, without a selector. Failure and success policies and updates have files of
 * their own.
 * https://kubernetes.io/docs/concepts/workloads/controllers/job/
 */
import type { JobSpec } from 'kubernetes-types/batch/v1';
import type { PodTemplateSpec } from 'kubernetes-types/core/v1';
import { type FieldError, invalid, notSupported, required, tooLong } from '../field-error';
import { atMost, follows, optionalOneOf, validateNotNegative } from '../field-rules';
import { matchesLabelSelector, validateLabelSelector } from '../label-selector';
import { dnsLabel, domainPrefixedPath } from '../names';
import { validateAnyTemplate, validateSelectorFits } from '../pod-template';
import type { Job } from './job';
import { CONTROLLER_UID_LABELS, JOB_NAME_LABELS } from './job-defaults';
import { validatePodFailurePolicy, validateSuccessPolicy } from './job-policies';

const COMPLETION_MODES = ['NonIndexed', 'Indexed'];
const REPLACEMENT_POLICIES = ['Failed', 'TerminatingOrFailed'];
const MAXIMUM_INDEXED_PARALLELISM = 100_000;
const MAXIMUM_FAILED_INDEXES = 100_000;
/** Above this many completions the work for each index is bounded more tightly. */
const MANY_COMPLETIONS = 100_000;
const MAXIMUM_WITH_MANY_COMPLETIONS = 10_000;
const MAXIMUM_MANAGED_BY_LENGTH = 63;

const COUNTS = [
  'parallelism',
  'completions',
  'activeDeadlineSeconds',
  'backoffLimit',
  'ttlSecondsAfterFinished',
  'backoffLimitPerIndex',
  'maxFailedIndexes',
] as const;

function validateManagedBy(managedBy: string | undefined, field: string): FieldError[] {
  if (managedBy === undefined) return [];
  const errors = managedBy ? follows(domainPrefixedPath, managedBy, field) : [required(field)];
  return managedBy.length > MAXIMUM_MANAGED_BY_LENGTH ? [...errors, tooLong(field, MAXIMUM_MANAGED_BY_LENGTH)] : errors;
}

/** With very many indexes each of them may take less. */
function validateManyIndexes(spec: JobSpec, path: string): FieldError[] {
  const { completions = 0, parallelism, maxFailedIndexes, backoffLimitPerIndex } = spec;
  if (completions <= MANY_COMPLETIONS || backoffLimitPerIndex === undefined) return [];
  const when = ` when completions are above ${MANY_COMPLETIONS} and used with backoff limit per index`;
  const field = `${path}.maxFailedIndexes`;
  return [
    ...(maxFailedIndexes === undefined
      ? [required(field, `must be specified when completions is above ${MANY_COMPLETIONS}`)]
      : []),
    ...atMost(MAXIMUM_WITH_MANY_COMPLETIONS, parallelism, `${path}.parallelism`, when),
    ...atMost(MAXIMUM_WITH_MANY_COMPLETIONS, maxFailedIndexes, field, when),
  ];
}

/** Counts of a Job whose pods have an index each. */
function validateIndexed(spec: JobSpec, path: string): FieldError[] {
  const { completions, parallelism, maxFailedIndexes } = spec;
  const errors: FieldError[] = [];
  const field = `${path}.maxFailedIndexes`;
  const when = ' when completion mode is Indexed';
  if (completions === undefined) errors.push(required(`${path}.completions`, when.trim()));
  errors.push(...atMost(MAXIMUM_INDEXED_PARALLELISM, parallelism, `${path}.parallelism`, when));
  if (completions !== undefined && maxFailedIndexes !== undefined && maxFailedIndexes > completions) {
    errors.push(invalid(field, maxFailedIndexes, 'must be less than or equal to completions'));
  }
  errors.push(...atMost(MAXIMUM_FAILED_INDEXES, maxFailedIndexes, field));
  return [...errors, ...validateManyIndexes(spec, path)];
}

function validateNonIndexed(spec: JobSpec, path: string): FieldError[] {
  const message = 'requires indexed completion mode';
  return (['backoffLimitPerIndex', 'maxFailedIndexes', 'successPolicy'] as const).flatMap((key) =>
    spec[key] === undefined ? [] : [invalid(`${path}.${key}`, spec[key], message)],
  );
}

function validateRestartPolicy(spec: JobSpec, field: string): FieldError[] {
  const policy = spec.template?.spec?.restartPolicy ?? '';
  if (policy === '' || policy === 'Always') return [required(field, 'valid values: "OnFailure", "Never"')];
  if (policy !== 'OnFailure' && policy !== 'Never') return [notSupported(field, policy, ['OnFailure', 'Never'])];
  return spec.podFailurePolicy && policy !== 'Never'
    ? [invalid(field, policy, 'only "Never" is supported when podFailurePolicy is specified')]
    : [];
}

/** All that is wrong with a Job's spec, but for its selector. */
export function validateJobSpec(spec: JobSpec, path: string): FieldError[] {
  const isIndexed = spec.completionMode === 'Indexed';
  const errors = COUNTS.flatMap((key) => validateNotNegative(spec[key], `${path}.${key}`));
  if (spec.maxFailedIndexes !== undefined && spec.backoffLimitPerIndex === undefined) {
    errors.push(required(`${path}.backoffLimitPerIndex`, 'when maxFailedIndexes is specified'));
  }
  const replacement = spec.podFailurePolicy ? ['Failed'] : REPLACEMENT_POLICIES;
  return [
    ...errors,
    ...validateManagedBy(spec.managedBy, `${path}.managedBy`),
    ...optionalOneOf(spec.completionMode, COMPLETION_MODES, `${path}.completionMode`),
    ...(isIndexed ? validateIndexed(spec, path) : validateNonIndexed(spec, path)),
    ...validatePodFailurePolicy(spec, `${path}.podFailurePolicy`),
    ...(isIndexed ? validateSuccessPolicy(spec, `${path}.successPolicy`) : []),
    ...optionalOneOf(spec.podReplacementPolicy, replacement, `${path}.podReplacementPolicy`),
    ...validateAnyTemplate(spec.template, `${path}.template`),
    ...validateRestartPolicy(spec, `${path}.template.spec.restartPolicy`),
  ];
}

function validateHasLabel(template: PodTemplateSpec | undefined, label: string, expected: string): FieldError[] {
  const labels = template?.metadata?.labels ?? {};
  const field = `spec.template.metadata.labels[${label}]`;
  if (labels[label] === undefined) return [required(field, `must be '${expected}'`)];
  return labels[label] === expected ? [] : [invalid(field, labels, `must be '${expected}'`)];
}

/** A selector the server made must be as it made it, unless the author took that over. */
function validateGeneratedSelector({ metadata, spec }: Job): FieldError[] {
  if (!spec?.selector || spec.manualSelector) return [];
  const { uid = '', name } = metadata;
  const expected: [string, string][] = [
    ...CONTROLLER_UID_LABELS.map((label): [string, string] => [label, uid]),
    ...JOB_NAME_LABELS.map((label): [string, string] => [label, name]),
  ];
  const errors = uid ? [] : [required('metadata.uid')];
  errors.push(...expected.flatMap(([label, value]) => validateHasLabel(spec.template, label, value)));
  if (!validateLabelSelector(spec.selector, '').length) {
    const fits = matchesLabelSelector(spec.selector, Object.fromEntries(expected));
    if (!fits) errors.push(invalid('spec.selector', spec.selector, '`selector` not auto-generated'));
  }
  return errors;
}

/** The pod of the last index gets the longest host name. */
function validateIndexedName({ metadata, spec }: Job): FieldError[] {
  if (spec?.completionMode !== 'Indexed' || !spec.completions) return [];
  const longest = `${metadata.name}-${spec.completions - 1}`;
  if (!dnsLabel(longest).length) return [];
  const message = `will not able to create pod with invalid DNS label: ${longest}`;
  return [invalid('metadata.name', metadata.name, message)];
}

/** All that is wrong with a Job. */
export function validateJob(job: Job): FieldError[] {
  const { spec } = job;
  if (!spec) return [required('spec.template')];
  const selectorErrors = spec.selector
    ? validateLabelSelector(spec.selector, 'spec.selector')
    : [required('spec.selector')];
  return [
    ...validateGeneratedSelector(job),
    ...validateJobSpec(spec, 'spec'),
    ...selectorErrors,
    ...(selectorErrors.length ? [] : validateSelectorFits(spec.selector, spec.template, 'spec.template')),
    ...validateIndexedName(job),
  ];
}
