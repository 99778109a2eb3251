/**
 * `describe job` and `describe cronjob`.
 * https://kubernetes.io/docs/concepts/workloads/controllers/job/
 */
import type { JobSpec } from 'kubernetes-types/batch/v1';
import { humanDuration } from '../../../helper/api/age';
import type { CronJob } from '../../../helper/api/batch/cron-job';
import type { Job } from '../../../helper/api/batch/job';
import { controllerOf } from '../../../helper/api/meta';
import { describeHead, flagText, selectorText } from './describe-head';
import { type DescribeText, timeText } from './describe-text';
import { describeTemplate } from './describe-workload';

/** Letters of a list of indexes in one line. */
const MAX_INDEXES = 50;

function indexesText(indexes: string | undefined): string {
  if (!indexes) return '<none>';
  if (indexes.length <= MAX_INDEXES) return indexes;
  const cut = indexes.slice(0, MAX_INDEXES + 1);
  return `${cut.slice(0, cut.lastIndexOf(',') + 1)}...`;
}

const seconds = (value: number | undefined) => (value === undefined ? undefined : `${value}s`);
const time = (value: unknown) => (value === undefined ? undefined : timeText(String(value)));

function describeJobTimes(text: DescribeText, { spec, status }: Job): void {
  const { startTime, completionTime } = status ?? {};
  text.optional(0, 'Start Time', time(startTime)).optional(0, 'Completed At', time(completionTime));
  if (startTime && completionTime)
    text.line(0, 'Duration:', humanDuration(Date.parse(String(completionTime)) - Date.parse(String(startTime))));
  text.optional(0, 'Active Deadline Seconds', seconds(spec?.activeDeadlineSeconds));
}

export function describeJob(text: DescribeText, job: Job): void {
  const { metadata, spec, status } = job;
  text.line(0, 'Name:', metadata.name).line(0, 'Namespace:', metadata.namespace ?? '');
  if (spec?.selector) text.line(0, 'Selector:', selectorText(spec.selector));
  text.map('Labels', metadata.labels).map('Annotations', metadata.annotations, ': ');
  const owner = controllerOf(job);
  if (owner) text.line(0, 'Controlled By:', `${owner.kind}/${owner.name}`);
  text.optional(0, 'Parallelism', spec?.parallelism).line(0, 'Completions:', spec?.completions ?? '<unset>');
  text.optional(0, 'Completion Mode', spec?.completionMode).optional(0, 'Suspend', spec?.suspend);
  text.optional(0, 'Backoff Limit', spec?.backoffLimit);
  text.optional(0, 'TTL Seconds After Finished', spec?.ttlSecondsAfterFinished);
  describeJobTimes(text, job);
  const ready = status?.ready === undefined ? '' : ` (${status.ready} Ready)`;
  text.line(
    0,
    'Pods Statuses:',
    `${status?.active ?? 0} Active${ready} / ${status?.succeeded ?? 0} Succeeded / ${status?.failed ?? 0} Failed`,
  );
  if (spec?.completionMode === 'Indexed') text.line(0, 'Completed Indexes:', indexesText(status?.completedIndexes));
  describeTemplate(text, spec?.template);
}

function describeJobTemplate(text: DescribeText, spec: JobSpec | undefined): void {
  text.line(0, 'Selector:', spec?.selector ? selectorText(spec.selector) : '<unset>');
  text.line(0, 'Parallelism:', spec?.parallelism ?? '<unset>').line(0, 'Completions:', spec?.completions ?? '<unset>');
  text.optional(0, 'Active Deadline Seconds', seconds(spec?.activeDeadlineSeconds));
  describeTemplate(text, spec?.template);
}

export function describeCronJob(text: DescribeText, cronJob: CronJob): void {
  const { spec, status } = cronJob;
  describeHead(text, cronJob);
  text.line(0, 'Schedule:', spec?.schedule ?? '').line(0, 'Concurrency Policy:', spec?.concurrencyPolicy ?? '');
  text.line(0, 'Suspend:', flagText(spec?.suspend));
  text.line(0, 'Successful Job History Limit:', spec?.successfulJobsHistoryLimit ?? '<unset>');
  text.line(0, 'Failed Job History Limit:', spec?.failedJobsHistoryLimit ?? '<unset>');
  text.line(0, 'Starting Deadline Seconds:', seconds(spec?.startingDeadlineSeconds) ?? '<unset>');
  describeJobTemplate(text, spec?.jobTemplate.spec);
  text.line(0, 'Last Schedule Time:', time(status?.lastScheduleTime) ?? '<unset>');
  text.line(0, 'Active Jobs:', (status?.active ?? []).map(({ name }) => name).join(', ') || '<none>');
}
