/**
 * CronJob: a Job again and again, by a schedule.
 * https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/
 */
import type { CronJobSpec, JobTemplateSpec, CronJob as PublishedCronJob } from 'kubernetes-types/batch/v1';
import { ageOf } from '../age';
import { ageColumn, column, nameColumn, templateColumns } from '../columns';
import { defineKind } from '../define-kind';
import { type FieldError, invalid, notSupported, required } from '../field-error';
import { oneOf, validateNotNegative } from '../field-rules';
import { formatLabelSelector } from '../label-selector';
import type { ApiObject } from '../meta';
import { podTemplateWarnings } from '../pod-template';
import type { Resource } from '../resource';
import { CronSyntaxError, parseCronSchedule } from './cron-schedule';
import { defaultJobTemplate } from './job-defaults';
import { validateJobSpec } from './job-validation';

export type CronJob = ApiObject<PublishedCronJob>;

export const cronJobResource: Resource<CronJob> = {
  group: 'batch',
  version: 'v1',
  kind: 'CronJob',
  plural: 'cronjobs',
  singular: 'cronjob',
  shortNames: ['cj'],
  categories: ['all'],
  namespaced: true,
};

const CONCURRENCY_POLICIES = ['Allow', 'Forbid', 'Replace'];
/** Names of Jobs have 63 characters at most, and `-` and ten digits of time are put behind the CronJob's. */
const MAXIMUM_NAME_LENGTH = 52;
const TIME_ZONE_PART = /^[A-Za-z._0-9+][A-Za-z.\-_0-9+]{0,13}$/;

function defaultCronJob(spec: CronJobSpec): void {
  spec.concurrencyPolicy ||= 'Allow';
  spec.suspend ??= false;
  spec.successfulJobsHistoryLimit ??= 3;
  spec.failedJobsHistoryLimit ??= 1;
  if (spec.jobTemplate?.spec) defaultJobTemplate(spec.jobTemplate.spec);
}

function validateSchedule(schedule: string | undefined, field: string): FieldError[] {
  if (!schedule) return [required(field)];
  const errors: FieldError[] = [];
  try {
    parseCronSchedule(schedule);
  } catch (error) {
    if (!(error instanceof CronSyntaxError)) throw error;
    errors.push(invalid(field, schedule, error.message));
  }
  if (schedule.includes('TZ')) {
    errors.push(invalid(field, schedule, 'cannot use TZ or CRON_TZ in schedule, use timeZone field instead'));
  }
  return errors;
}

function isTimeZone(zone: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: zone }) !== undefined;
  } catch {
    return false;
  }
}

function validateTimeZone(zone: string | undefined | null, field: string): FieldError[] {
  if (zone === undefined || zone === null) return [];
  if (zone === '') return [invalid(field, zone, 'timeZone must be nil or non-empty string')];
  if (zone.split('/').some((part) => /^\.\.?$/.test(part) || !TIME_ZONE_PART.test(part))) {
    return [invalid(field, zone, `unknown time zone ${zone}`)];
  }
  if (zone.toLowerCase() === 'local') {
    const message = 'timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones';
    return [invalid(field, zone, message)];
  }
  return isTimeZone(zone) ? [] : [invalid(field, zone, `unknown time zone ${zone}`)];
}

function validateJobTemplate(template: JobTemplateSpec | undefined, path: string): FieldError[] {
  const { spec } = template ?? {};
  if (!spec) return [required(`${path}.spec.template.spec.containers`)];
  const errors = validateJobSpec(spec, `${path}.spec`);
  if (spec.selector) {
    errors.push(invalid(`${path}.spec.selector`, spec.selector, '`selector` will be auto-generated'));
  }
  if (spec.manualSelector) {
    errors.push(notSupported(`${path}.spec.manualSelector`, spec.manualSelector, ['nil', 'false']));
  }
  return errors;
}

/** The length counts at creation only, so that older objects can still be changed. */
function validateNameLength({ name, resourceVersion }: CronJob['metadata']): FieldError[] {
  if (resourceVersion || (name ?? '').length <= MAXIMUM_NAME_LENGTH) return [];
  return [invalid('metadata.name', name, `must be no more than ${MAXIMUM_NAME_LENGTH} characters`)];
}

function validateCronJob({ metadata, spec }: CronJob): FieldError[] {
  if (!spec) return [required('spec.schedule'), required('spec.jobTemplate')];
  return [
    ...validateSchedule(spec.schedule, 'spec.schedule'),
    ...validateNotNegative(spec.startingDeadlineSeconds, 'spec.startingDeadlineSeconds'),
    ...validateTimeZone(spec.timeZone, 'spec.timeZone'),
    ...oneOf(spec.concurrencyPolicy, CONCURRENCY_POLICIES, 'spec.concurrencyPolicy'),
    ...validateJobTemplate(spec.jobTemplate, 'spec.jobTemplate'),
    ...validateNotNegative(spec.successfulJobsHistoryLimit, 'spec.successfulJobsHistoryLimit'),
    ...validateNotNegative(spec.failedJobsHistoryLimit, 'spec.failedJobsHistoryLimit'),
    ...validateNameLength(metadata),
  ];
}

function suspended({ spec }: CronJob): string {
  if (spec?.suspend === undefined) return '<unset>';
  return spec.suspend ? 'True' : 'False';
}

/** Row of the table: CronJob. */
export const cronJobKind = /* @__PURE__ */ defineKind<CronJob>({
  resource: cronJobResource,
  schema: 'io.k8s.api.batch.v1.CronJob',
  hasStatus: true,
  hasGeneration: true,
  columns: () => [
    nameColumn,
    column('Schedule', 'string', 'The schedule in Cron format.', ({ spec }) => spec?.schedule ?? ''),
    column('Timezone', 'string', 'The time zone of the schedule.', ({ spec }) => spec?.timeZone ?? '<none>'),
    column('Suspend', 'boolean', 'No further executions are started while this is true.', suspended),
    column('Active', 'integer', 'Jobs that are running.', ({ status }) => status?.active?.length ?? 0),
    column('Last Schedule', 'string', 'Time since a job was last scheduled.', ({ status }, now) =>
      status?.lastScheduleTime ? ageOf(status.lastScheduleTime, now) : '<none>',
    ),
    ageColumn,
    templateColumns<CronJob>(
      ({ spec }) => spec?.jobTemplate?.spec?.template?.spec?.containers,
      ({ spec }) => formatLabelSelector(spec?.jobTemplate?.spec?.selector),
    ),
  ],
  prepareForCreate(cronJob) {
    cronJob.status = {};
  },
  applyDefaults({ spec }) {
    if (spec) defaultCronJob(spec);
  },
  validate: validateCronJob,
  warnings: ({ spec }) => podTemplateWarnings(spec?.jobTemplate?.spec?.template, 'spec.jobTemplate.spec.template'),
});
