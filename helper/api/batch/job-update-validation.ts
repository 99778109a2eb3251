/**
 * What may change in a Job: how fast it runs and when it gives up; while it waits suspended, also where its pods may run.
 * https://kubernetes.io/docs/concepts/workloads/controllers/job/#mutable-scheduling-directives
 */
import type { JobSpec } from 'kubernetes-types/batch/v1';
import type { Affinity, PodTemplateSpec } from 'kubernetes-types/core/v1';
import { type FieldError, invalid } from '../field-error';
import { immutable, sameValue } from '../validate-metadata';
import type { Job } from './job';

const FIXED = ['completionMode', 'podFailurePolicy', 'backoffLimitPerIndex', 'managedBy', 'successPolicy'] as const;

/** The template without what may still change while a suspended Job waits to start. */
function fixedTemplate(template: PodTemplateSpec | undefined): unknown {
  const { nodeSelector, tolerations, schedulingGates, affinity, ...spec } = template?.spec ?? {};
  const { nodeAffinity, ...otherAffinity } = (affinity ?? {}) as Affinity;
  const { labels, annotations, ...metadata } = template?.metadata ?? {};
  return { metadata, spec: { ...spec, affinity: otherAffinity } };
}

function validateTemplate(template: PodTemplateSpec | undefined, { spec, status }: Job): FieldError[] {
  const isWaiting = spec?.suspend === true && !status?.startTime;
  const before = spec?.template;
  if (isWaiting && sameValue(fixedTemplate(template), fixedTemplate(before))) return [];
  return immutable(template, before, 'spec.template');
}

function validateCompletions(spec: JobSpec, old: JobSpec): FieldError[] {
  const field = 'spec.completions';
  if (spec.completionMode !== 'Indexed') return immutable(spec.completions, old.completions, field);
  if (spec.completions === old.completions || spec.completions === spec.parallelism) return [];
  return [invalid(field, spec.completions, 'can only be modified in tandem with spec.parallelism')];
}

/** What an update of a Job may not change. */
export function validateJobUpdate({ spec }: Job, old: Job): FieldError[] {
  if (!spec || !old.spec) return [];
  const before = old.spec;
  return [
    ...validateCompletions(spec, before),
    ...immutable(spec.selector, before.selector, 'spec.selector'),
    ...validateTemplate(spec.template, old),
    ...FIXED.flatMap((key) => immutable(spec[key], before[key], `spec.${key}`)),
  ];
}
