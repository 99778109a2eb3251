import { rulesOf } from '../kind-rules.fixture';
import { jobKind } from './job';

describe('Job', () => {
  const rules = rulesOf(jobKind, 'job');

  rules.fillsIn([
    [
      { 'spec/completions': undefined, 'spec/parallelism': undefined, 'spec/backoffLimit': undefined },
      {
        'spec/completions': 1,
        'spec/parallelism': 1,
        'spec/backoffLimit': 6,
        'spec/completionMode': 'NonIndexed',
        'spec/suspend': false,
        'spec/podReplacementPolicy': 'TerminatingOrFailed',
        'spec/manualSelector': false,
      },
    ],
    [
      { 'spec/completions': undefined, 'spec/parallelism': 3 },
      { 'spec/completions': undefined, 'spec/parallelism': 3 },
    ],
  ]);

  rules.refuses([
    [{ 'spec/parallelism': -1 }, 'spec.parallelism: Invalid value: -1: must be greater than or equal to 0'],
    [{ 'spec/completions': -1 }, 'spec.completions: Invalid value: -1: must be greater than or equal to 0'],
    [{ 'spec/backoffLimit': -1 }, 'spec.backoffLimit: Invalid value: -1: must be greater than or equal to 0'],
    [
      { 'spec/activeDeadlineSeconds': -1 },
      'spec.activeDeadlineSeconds: Invalid value: -1: must be greater than or equal to 0',
    ],
    [
      { 'spec/ttlSecondsAfterFinished': -1 },
      'spec.ttlSecondsAfterFinished: Invalid value: -1: must be greater than or equal to 0',
    ],
    [
      { 'spec/template/spec/restartPolicy': 'Always' },
      'spec.template.spec.restartPolicy: Required value: valid values: "OnFailure", "Never"',
    ],
    [
      { 'spec/template/spec/restartPolicy': undefined },
      'spec.template.spec.restartPolicy: Required value: valid values: "OnFailure", "Never"',
    ],
    [
      { 'spec/completionMode': 'Zigzag' },
      'spec.completionMode: Unsupported value: "Zigzag": supported values: "NonIndexed", "Indexed"',
    ],
    [
      { 'spec/completionMode': 'Indexed', 'spec/completions': undefined, 'spec/parallelism': 2 },
      'spec.completions: Required value: when completion mode is Indexed',
    ],
    [
      { 'spec/completionMode': 'Indexed', 'spec/completions': 1000000, 'spec/parallelism': 200000 },
      'spec.parallelism: Invalid value: 200000: must be less than or equal to 100000 when completion mode is Indexed',
    ],
    [
      { 'spec/backoffLimitPerIndex': 1 },
      'spec.backoffLimitPerIndex: Invalid value: 1: requires indexed completion mode',
    ],
    [
      { 'spec/maxFailedIndexes': 1 },
      'spec.backoffLimitPerIndex: Required value: when maxFailedIndexes is specified',
      'spec.maxFailedIndexes: Invalid value: 1: requires indexed completion mode',
    ],
    [
      { 'spec/podFailurePolicy': { rules: [{ action: 'FailJob', onExitCodes: { operator: 'In', values: [0] } }] } },
      'spec.podFailurePolicy.rules[0].onExitCodes.values[0]: Invalid value: 0: must not be 0 for the In operator',
    ],
    [
      { 'spec/podFailurePolicy': { rules: [{ action: 'Panic', onExitCodes: { operator: 'In', values: [1] } }] } },
      'spec.podFailurePolicy.rules[0].action: Unsupported value: "Panic": supported values: "Count", "FailIndex", "FailJob", "Ignore"',
    ],
    [
      { 'spec/podReplacementPolicy': 'Never' },
      'spec.podReplacementPolicy: Unsupported value: "Never": supported values: "Failed", "TerminatingOrFailed"',
    ],
    [
      { 'spec/successPolicy': { rules: [{ succeededCount: 1 }] } },
      'spec.successPolicy: Invalid value: {"rules":[{"succeededCount":1}]}: requires indexed completion mode',
    ],
    [
      { 'spec/managedBy': 'nobody' },
      'spec.managedBy: Invalid value: "nobody": must be a domain-prefixed path (such as "acme.io/foo")',
    ],
    [{ 'spec/manualSelector': true }, 'spec.selector: Required value'],
    [
      { 'spec/selector': { matchLabels: { a: 'b' } } },
      'spec.selector: Invalid value: {"matchLabels":{"batch.kubernetes.io/controller-uid":"u","a":"b"}}: `selector` not auto-generated',
      'spec.template.metadata.labels: Invalid value: {"batch.kubernetes.io/controller-uid":"u","controller-uid":"u","batch.kubernetes.io/job-name":"count","job-name":"count"}: `selector` does not match template `labels`',
    ],
  ]);

  rules.accepts([
    { 'spec/completions': 0 },
    { 'spec/completionMode': 'Indexed' },
    { 'spec/suspend': true },
    {
      'spec/manualSelector': true,
      'spec/selector': { matchLabels: { a: 'b' } },
      'spec/template/metadata': { labels: { a: 'b' } },
    },
    {
      'spec/podFailurePolicy': {
        rules: [{ action: 'Ignore', onPodConditions: [{ type: 'DisruptionTarget', status: 'True' }] }],
      },
    },
    {
      'spec/completionMode': 'Indexed',
      'spec/successPolicy': { rules: [{ succeededIndexes: '0-2', succeededCount: 1 }] },
    },
    { 'spec/managedBy': 'example.com/me' },
  ]);

  rules.refusesChanges([
    [{ 'spec/completions': 6 }, 'spec.completions: Invalid value: 6: field is immutable'],
    [
      { 'spec/template/spec/containers/0/image': 'other' },
      'spec.template: Invalid value: {"spec":{"restartPolicy":"Never","containers":[{"name":"count","image":"other","command":["sh","-c","seq 10"],"imagePullPolicy":"IfNotPresent","terminationMessagePath":"/dev/termination-log","terminationMessagePolicy":"File","resources":{}}],"terminationGracePeriodSeconds":30,"dnsPolicy":"ClusterFirst","securityContext":{},"schedulerName":"default-scheduler"},"metadata":{"labels":{"batch.kubernetes.io/controller-uid":"u","controller-uid":"u","batch.kubernetes.io/job-name":"count","job-name":"count"}}}: field is immutable',
    ],
    [{ 'spec/completionMode': 'Indexed' }, 'spec.completionMode: Invalid value: "Indexed": field is immutable'],
    [
      { 'spec/selector': { matchLabels: { a: 'b' } } },
      'spec.selector: Invalid value: {"matchLabels":{"a":"b"}}: `selector` not auto-generated',
      'spec.template.metadata.labels: Invalid value: {"batch.kubernetes.io/controller-uid":"u","controller-uid":"u","batch.kubernetes.io/job-name":"count","job-name":"count"}: `selector` does not match template `labels`',
    ],
    [{ 'spec/podReplacementPolicy': 'Failed' }],
  ]);

  rules.acceptsChanges([
    { 'spec/parallelism': 4 },
    { 'spec/suspend': true },
    { 'spec/ttlSecondsAfterFinished': 9 },
    { 'spec/activeDeadlineSeconds': 9 },
    { 'spec/backoffLimit': 9 },
  ]);
});
