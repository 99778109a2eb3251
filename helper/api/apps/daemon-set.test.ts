import { rulesOf } from '../kind-rules.fixture';
import { daemonSetKind } from './daemon-set';

describe('DaemonSet', () => {
  const rules = rulesOf(daemonSetKind, 'daemon-set');

  rules.fillsIn([
    [
      {},
      {
        'spec/updateStrategy': { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 1, maxSurge: 0 } },
        'spec/revisionHistoryLimit': 10,
      },
    ],
  ]);

  rules.refuses([
    [
      { 'spec/selector': undefined },
      'spec.template.metadata.labels: Invalid value: {"app":"node-log"}: `selector` does not match template `labels`',
    ],
    [
      { 'spec/selector': { matchLabels: { app: 'x' } } },
      'spec.template.metadata.labels: Invalid value: {"app":"node-log"}: `selector` does not match template `labels`',
    ],
    [
      { 'spec/updateStrategy': { type: 'Now' } },
      'spec.updateStrategy.type: Unsupported value: "Now": supported values: "RollingUpdate", "OnDelete"',
    ],
    [
      { 'spec/updateStrategy': { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 0, maxSurge: 0 } } },
      'spec.updateStrategy.rollingUpdate.maxUnavailable: Required value: cannot be 0 when maxSurge is 0',
    ],
    [
      { 'spec/updateStrategy': { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: '200%', maxSurge: 0 } } },
      'spec.updateStrategy.rollingUpdate.maxUnavailable: Invalid value: "200%": must not be greater than 100%',
    ],
    [
      { 'spec/updateStrategy': { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 1, maxSurge: 1 } } },
      'spec.updateStrategy.rollingUpdate.maxSurge: Invalid value: 1: may not be set when maxUnavailable is non-zero',
    ],
    [
      { 'spec/template/spec/restartPolicy': 'OnFailure' },
      'spec.template.spec.restartPolicy: Unsupported value: "OnFailure": supported values: "Always"',
    ],
    [
      { 'spec/template/spec/activeDeadlineSeconds': 1 },
      'spec.template.spec.activeDeadlineSeconds: Forbidden: activeDeadlineSeconds in DaemonSet is not Supported',
    ],
    [{ 'spec/minReadySeconds': -2 }, 'spec.minReadySeconds: Invalid value: -2: must be greater than or equal to 0'],
    [
      { 'spec/revisionHistoryLimit': -1 },
      'spec.revisionHistoryLimit: Invalid value: -1: must be greater than or equal to 0',
    ],
    [
      { 'spec/template': undefined },
      'spec.template.metadata.labels: Invalid value: {}: `selector` does not match template `labels`',
      'spec.template.spec.containers: Required value',
    ],
  ]);

  rules.accepts([
    { 'spec/updateStrategy': { type: 'OnDelete' } },
    { 'spec/updateStrategy': { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 0, maxSurge: '10%' } } },
  ]);

  rules.refusesChanges([
    [
      { 'spec/selector': { matchLabels: { app: 'node-log', v: '2' } }, 'spec/template/metadata/labels/v': '2' },
      'spec.selector: Invalid value: {"matchLabels":{"app":"node-log","v":"2"}}: field is immutable',
    ],
  ]);

  rules.acceptsChanges([
    { 'spec/template/spec/containers/0/image': 'x' },
    { 'spec/updateStrategy': { type: 'OnDelete' } },
  ]);

  rules.refusesStatus([
    [
      { status: { currentNumberScheduled: -1, numberMisscheduled: 0, desiredNumberScheduled: 0, numberReady: 0 } },
      'status.currentNumberScheduled: Invalid value: -1: must be greater than or equal to 0',
    ],
    [
      {
        status: {
          currentNumberScheduled: 0,
          numberMisscheduled: 0,
          desiredNumberScheduled: 0,
          numberReady: -1,
          numberAvailable: -1,
        },
      },
      'status.numberReady: Invalid value: -1: must be greater than or equal to 0',
      'status.numberAvailable: Invalid value: -1: must be greater than or equal to 0',
    ],
  ]);
});
