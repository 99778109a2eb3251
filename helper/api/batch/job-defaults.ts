/**
 * What a Job gets when its author leaves it out, its selector included.
 *
 * A Job picks its pods by its own uid, which nobody else's pods can have. Therefore authors do not write the selector; who
 * insists sets `manualSelector`.
 * https://kubernetes.io/docs/concepts/workloads/controllers/job/
 */
import type { JobSpec } from 'kubernetes-types/batch/v1';
import type { ApiObject } from '../meta';
import { defaultPodTemplate } from '../pod-template';

/** The labels on a Job's pods: the one of today first, then the one older clients look for. */
export const CONTROLLER_UID_LABELS = ['batch.kubernetes.io/controller-uid', 'controller-uid'] as const;
export const JOB_NAME_LABELS = ['batch.kubernetes.io/job-name', 'job-name'] as const;

const MAXIMUM_INT32 = 2 ** 31 - 1;

/** What the Job template of a CronJob gets: the rest is left to the moment a Job is made from it, as in Kubernetes. */
export function defaultJobTemplate(spec: JobSpec): void {
  for (const rule of spec.podFailurePolicy?.rules ?? []) {
    for (const pattern of rule.onPodConditions ?? []) pattern.status ||= 'True';
  }
  defaultPodTemplate(spec.template);
}

/** All defaults of a Job. */
export function defaultJob({ metadata, spec }: ApiObject<{ spec?: JobSpec }>): void {
  if (!spec) return;
  // A Job that says how many run at once, but not how many are to succeed, is a work queue: it has no count.
  if (spec.parallelism === undefined) spec.completions ??= 1;
  spec.parallelism ??= 1;
  spec.backoffLimit ??= spec.backoffLimitPerIndex === undefined ? 6 : MAXIMUM_INT32;
  spec.completionMode ??= 'NonIndexed';
  spec.suspend ??= false;
  spec.manualSelector ??= false;
  spec.podReplacementPolicy ??= spec.podFailurePolicy ? 'Failed' : 'TerminatingOrFailed';
  defaultJobTemplate(spec);
  const labels = spec.template?.metadata?.labels;
  if (labels && !Object.keys(metadata.labels ?? {}).length) metadata.labels = { ...labels };
}

/** Writes the labels and the selector that tie a new Job to its pods. What the author wrote stays: validation judges it. */
export function generateSelector({ metadata, spec }: ApiObject<{ spec?: JobSpec }>): void {
  if (!spec?.template || spec.manualSelector) return;
  const { uid = '', name } = metadata;
  const generated = Object.fromEntries([
    ...CONTROLLER_UID_LABELS.map((label) => [label, uid]),
    ...JOB_NAME_LABELS.map((label) => [label, name]),
  ]);
  spec.template.metadata = {
    ...spec.template.metadata,
    labels: { ...generated, ...spec.template.metadata?.labels },
  };
  const [uidLabel] = CONTROLLER_UID_LABELS;
  spec.selector = { ...spec.selector, matchLabels: { [uidLabel]: uid, ...spec.selector?.matchLabels } };
}
