import { rulesOf } from '../kind-rules.fixture';
import { cronJobKind } from './cron-job';

describe('CronJob', () => {
  const rules = rulesOf(cronJobKind, 'cron-job');

  rules.fillsIn([
    [
      { 'spec/concurrencyPolicy': undefined },
      {
        'spec/concurrencyPolicy': 'Allow',
        'spec/suspend': false,
        'spec/successfulJobsHistoryLimit': 3,
        'spec/failedJobsHistoryLimit': 1,
      },
    ],
  ]);

  rules.refuses([
    [{ 'spec/schedule': undefined }, 'spec.schedule: Required value'],
    [
      { 'spec/schedule': 'often' },
      'spec.schedule: Invalid value: "often": expected exactly 5 fields, found 1: [often]',
    ],
    [
      { 'spec/schedule': '61 * * * *' },
      'spec.schedule: Invalid value: "61 * * * *": end of range (61) above maximum (59): 61',
    ],
    [
      { 'spec/schedule': 'TZ=UTC 0 * * * *', 'spec/timeZone': undefined },
      'spec.schedule: Invalid value: "TZ=UTC 0 * * * *": cannot use TZ or CRON_TZ in schedule, use timeZone field instead',
    ],
    [{ 'spec/timeZone': 'Mars/Base' }, 'spec.timeZone: Invalid value: "Mars/Base": unknown time zone Mars/Base'],
    [{ 'spec/timeZone': '' }, 'spec.timeZone: Invalid value: "": timeZone must be nil or non-empty string'],
    [
      { 'spec/timeZone': 'Local' },
      'spec.timeZone: Invalid value: "Local": timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones',
    ],
    [
      { 'spec/concurrencyPolicy': 'Maybe' },
      'spec.concurrencyPolicy: Unsupported value: "Maybe": supported values: "Allow", "Forbid", "Replace"',
    ],
    [
      { 'spec/startingDeadlineSeconds': -1 },
      'spec.startingDeadlineSeconds: Invalid value: -1: must be greater than or equal to 0',
    ],
    [
      { 'spec/successfulJobsHistoryLimit': -1 },
      'spec.successfulJobsHistoryLimit: Invalid value: -1: must be greater than or equal to 0',
    ],
    [
      { 'spec/failedJobsHistoryLimit': -1 },
      'spec.failedJobsHistoryLimit: Invalid value: -1: must be greater than or equal to 0',
    ],
    [
      { 'spec/jobTemplate/spec/template/spec/restartPolicy': 'Always' },
      'spec.jobTemplate.spec.template.spec.restartPolicy: Required value: valid values: "OnFailure", "Never"',
    ],
    [
      { 'metadata/name': 'a-name-that-is-longer-than-fifty-two-characters-and-so-is-not-good' },
      'metadata.name: Invalid value: "a-name-that-is-longer-than-fifty-two-characters-and-so-is-not-good": must be no more than 52 characters',
    ],
    [
      { 'spec/jobTemplate/spec/manualSelector': true },
      'spec.jobTemplate.spec.manualSelector: Unsupported value: true: supported values: "nil", "false"',
    ],
  ]);

  rules.accepts([
    { 'spec/schedule': '@hourly' },
    { 'spec/schedule': '0 0 1 JAN MON-FRI' },
    { 'spec/schedule': '*/5 1-3,7 ? * *' },
    { 'spec/schedule': '@every 1h30m' },
    { 'spec/timeZone': 'Europe/Zurich' },
  ]);

  rules.acceptsChanges([
    { 'spec/schedule': '0 * * * *' },
    { 'spec/suspend': true },
    { 'spec/jobTemplate/spec/template/spec/containers/0/image': 'x' },
  ]);
});
