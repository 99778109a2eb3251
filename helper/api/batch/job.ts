/**
 * Job: pods that run until a number of them has succeeded.
 * https://kubernetes.io/docs/concepts/workloads/controllers/job/
 */
import type { Job as PublishedJob } from 'kubernetes-types/batch/v1';
import { humanDuration } from '../age';
import { ageColumn, column, nameColumn, templateColumns } from '../columns';
import { defineKind } from '../define-kind';
import { formatLabelSelector } from '../label-selector';
import type { ApiObject } from '../meta';
import { podTemplateWarnings } from '../pod-template';
import type { Resource } from '../resource';
import { defaultJob, generateSelector } from './job-defaults';
import { validateJobStatus } from './job-status-validation';
import { validateJobUpdate } from './job-update-validation';
import { validateJob } from './job-validation';

export type Job = ApiObject<PublishedJob>;

export const jobResource: Resource<Job> = {
  group: 'batch',
  version: 'v1',
  kind: 'Job',
  plural: 'jobs',
  singular: 'job',
  shortNames: [],
  categories: ['all'],
  namespaced: true,
};

const isTrue = ({ status }: Job, type: string) =>
  status?.conditions?.some((condition) => condition.type === type && condition.status === 'True') ?? false;

function statusWord(job: Job): string {
  if (isTrue(job, 'Complete')) return 'Complete';
  if (isTrue(job, 'Failed')) return 'Failed';
  if (job.metadata.deletionTimestamp) return 'Terminating';
  return ['Suspended', 'FailureTarget', 'SuccessCriteriaMet'].find((type) => isTrue(job, type)) ?? 'Running';
}

function completions({ spec, status }: Job): string {
  const succeeded = status?.succeeded ?? 0;
  if (typeof spec?.completions === 'number') return `${succeeded}/${spec.completions}`;
  const parallelism = spec?.parallelism ?? 0;
  return parallelism > 1 ? `${succeeded}/1 of ${parallelism}` : `${succeeded}/1`;
}

function duration({ status }: Job, now: Date): string {
  if (!status?.startTime) return '';
  const end = status.completionTime ? Date.parse(status.completionTime) : now.getTime();
  return humanDuration(end - Date.parse(status.startTime));
}

/** Row of the table: Job. */
export const jobKind = /* @__PURE__ */ defineKind<Job>({
  resource: jobResource,
  schema: 'io.k8s.api.batch.v1.Job',
  hasStatus: true,
  hasGeneration: true,
  columns: () => [
    nameColumn,
    column('Status', 'string', 'Status of the job.', statusWord),
    column('Completions', 'string', 'Pods that succeeded, and how many are to.', completions),
    column('Duration', 'string', 'Time required to complete the job.', duration),
    ageColumn,
    templateColumns<Job>(
      ({ spec }) => spec?.template?.spec?.containers,
      ({ spec }) => formatLabelSelector(spec?.selector),
    ),
  ],
  fieldSelectors: { 'status.successful': ({ status }) => String(status?.succeeded ?? 0) },
  prepareForCreate(job) {
    job.status = {};
    generateSelector(job);
  },
  applyDefaults: defaultJob,
  validate: validateJob,
  validateUpdate: validateJobUpdate,
  validateStatusUpdate: validateJobStatus,
  warnings: ({ spec }) => podTemplateWarnings(spec?.template, 'spec.template'),
});
