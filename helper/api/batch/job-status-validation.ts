/**
 * Rules of a Job's status: its conditions cannot contradict each other, and what is over stays over.
 *
 * The Job controller counts pods in two steps (first a list of uids, then the count) to count each pod once; these rules keep
 * a faulty controller from losing that count.
 * https://kubernetes.io/docs/concepts/workloads/controllers/job/#terminal-job-conditions
 */
import type { JobStatus } from 'kubernetes-types/batch/v1';
import { duplicate, type FieldError, invalid, required } from '../field-error';
import { each, refused, validateNotNegative } from '../field-rules';
import type { Job } from './job';
import { firstCommonIndex, IndexSyntaxError, parseIndexes } from './job-indexes';

const COUNTS = ['active', 'succeeded', 'failed', 'ready', 'terminating'] as const;
const LASTING = ['Failed', 'Complete', 'FailureTarget'];

type Facts = Readonly<Record<'complete' | 'failed' | 'failureTarget' | 'criteriaMet' | 'finished', boolean>>;

const isTrue = (status: JobStatus | undefined, type: string) =>
  status?.conditions?.some((condition) => condition.type === type && condition.status === 'True') ?? false;

function factsOf(status: JobStatus | undefined): Facts {
  const [complete, failed] = [isTrue(status, 'Complete'), isTrue(status, 'Failed')];
  return {
    complete,
    failed,
    failureTarget: isTrue(status, 'FailureTarget'),
    criteriaMet: isTrue(status, 'SuccessCriteriaMet'),
    finished: complete || failed,
  };
}

function validateConditions({ complete, failed, failureTarget, criteriaMet }: Facts): FieldError[] {
  const rules: [boolean, string][] = [
    [complete && failed, 'cannot set Complete=True and Failed=true conditions'],
    [complete && failureTarget, 'cannot set Complete=True and FailureTarget=true conditions'],
    [failed && !failureTarget, 'cannot set Failed=True condition without the FailureTarget=true condition'],
    [complete && !criteriaMet, 'cannot set Complete=True condition without the SuccessCriteriaMet=true condition'],
    [criteriaMet && failed, 'cannot set SuccessCriteriaMet=True and Failed=true conditions'],
    [criteriaMet && failureTarget, 'cannot set SuccessCriteriaMet=True and FailureTarget=true conditions'],
  ];
  return rules.filter(([broken]) => broken).map(([, message]) => refused('status.conditions', message));
}

function validateTimes(status: JobStatus, { complete, finished }: Facts): FieldError[] {
  const { startTime, completionTime } = status;
  const field = 'status.completionTime';
  const errors: FieldError[] = [];
  if (completionTime && !complete) {
    const message = 'cannot set completionTime when there is no Complete=True condition';
    errors.push(invalid(field, completionTime, message));
  }
  if (!completionTime && complete) errors.push(required(field, 'completionTime is required for Complete jobs'));
  if (startTime && completionTime && Date.parse(completionTime) < Date.parse(startTime)) {
    errors.push(invalid(field, completionTime, 'must be equal to or after `startTime`'));
  }
  if (!startTime && finished) errors.push(required('status.startTime', 'startTime is required for finished job'));
  return errors;
}

function validateUncounted(status: JobStatus, { finished }: Facts): FieldError[] {
  const path = 'status.uncountedTerminatedPods';
  const uncounted = status.uncountedTerminatedPods;
  const { succeeded = [], failed = [] } = uncounted ?? {};
  const seen = new Set<string>();
  const check = (uid: string, field: string) => {
    if (!uid) return [invalid(field, uid, 'must not be empty')];
    const isRepeated = seen.has(uid);
    seen.add(uid);
    return isRepeated ? [duplicate(field, uid)] : [];
  };
  const errors = [...each(succeeded, `${path}.succeeded`, check), ...each(failed, `${path}.failed`, check)];
  if (finished && seen.size) errors.push(invalid(path, uncounted, 'must be empty for finished job'));
  return errors;
}

function validatePodCounts(status: JobStatus, { finished }: Facts): FieldError[] {
  const { active = 0, terminating = 0, ready = 0 } = status;
  const errors = COUNTS.flatMap((key) => validateNotNegative(status[key], `status.${key}`));
  if (finished && active > 0) errors.push(invalid('status.active', active, 'active>0 is invalid for finished job'));
  if (finished && terminating > 0) {
    errors.push(invalid('status.terminating', terminating, 'terminating>0 is invalid for finished job'));
  }
  if (ready > active) errors.push(invalid('status.ready', ready, 'cannot set more ready pods than active'));
  return errors;
}

/** The indexes of a list, and what is wrong with its text. */
function readIndexes(text: string, completions: number, key: 'completedIndexes' | 'failedIndexes') {
  try {
    return { intervals: parseIndexes(text, completions), errors: [] };
  } catch (error) {
    if (!(error instanceof IndexSyntaxError)) throw error;
    return { intervals: [], errors: [invalid(`status.${key}`, text, `error parsing ${key}: ${error.message}`)] };
  }
}

function validateIndexes({ spec, status = {} }: Job): FieldError[] {
  const { completedIndexes = '', failedIndexes } = status;
  const completions = spec?.completions ?? 0;
  const field = 'status.failedIndexes';
  const errors: FieldError[] = [];
  if (completedIndexes && spec?.completionMode !== 'Indexed') {
    const message = 'cannot set non-empty completedIndexes when non-indexed completion mode';
    errors.push(invalid('status.completedIndexes', completedIndexes, message));
  }
  if (failedIndexes !== undefined && spec?.backoffLimitPerIndex === undefined) {
    const message = 'cannot set non-null failedIndexes when backoffLimitPerIndex is null';
    errors.push(invalid(field, failedIndexes, message));
  }
  if (errors.length) return errors;
  const completed = readIndexes(completedIndexes, completions, 'completedIndexes');
  const failed = readIndexes(failedIndexes ?? '', completions, 'failedIndexes');
  const common = firstCommonIndex(completed.intervals, failed.intervals);
  const message = `failedIndexes and completedIndexes overlap at index: ${common}`;
  const overlap = common === undefined ? [] : [invalid(field, failedIndexes, message)];
  return [...completed.errors, ...failed.errors, ...overlap];
}

function validateChange(job: Job, old: Job): FieldError[] {
  const [status, before] = [job.status ?? {}, old.status ?? {}];
  const errors = LASTING.filter((type) => isTrue(before, type) && !isTrue(status, type)).map((type) =>
    refused('status.conditions', `cannot disable the terminal ${type}=True condition`),
  );
  for (const key of ['failed', 'succeeded'] as const) {
    if ((status[key] ?? 0) < (before[key] ?? 0)) {
      errors.push(invalid(`status.${key}`, status[key] ?? 0, `cannot decrease the ${key} counter`));
    }
  }
  if (status.completionTime && before.completionTime && status.completionTime !== before.completionTime) {
    errors.push(invalid('status.completionTime', status.completionTime, 'field is immutable'));
  }
  if (before.startTime && before.startTime !== status.startTime && !job.spec?.suspend) {
    errors.push(required('status.startTime', 'startTime cannot be removed for unsuspended job'));
  }
  if (isTrue(before, 'SuccessCriteriaMet') && !isTrue(status, 'SuccessCriteriaMet')) {
    errors.push(refused('status.conditions', 'cannot disable the SuccessCriteriaMet=True condition'));
  }
  return errors;
}

/** All that is wrong with the next status of a Job. */
export function validateJobStatus(job: Job, old: Job): FieldError[] {
  const status = job.status ?? {};
  const facts = factsOf(status);
  return [
    ...validatePodCounts(status, facts),
    ...validateUncounted(status, facts),
    ...validateConditions(facts),
    ...validateTimes(status, facts),
    ...validateIndexes(job),
    ...validateChange(job, old),
  ];
}
