import type { DeploymentSpec } from 'kubernetes-types/apps/v1';
import { countOf } from './count-or-percent';
import { type Deployment, deploymentKind } from './deployment';
import { replicaSetKind } from './replica-set';

const { strategy } = deploymentKind;
const said = (errors: readonly { field: string; message: string }[]) =>
  errors.map(({ field, message }) => `${field}: ${message}`);

function deploymentWith(change: (spec: DeploymentSpec) => void = () => undefined): Deployment {
  const spec: DeploymentSpec = {
    selector: { matchLabels: { app: 'web' } },
    template: { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'web', image: 'nginx' }] } },
  };
  change(spec);
  const deployment: Deployment = {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web', namespace: 'default', resourceVersion: '1' },
    spec,
    status: { replicas: 9 },
  };
  strategy.prepareForCreate?.(deployment);
  strategy.applyDefaults?.(deployment);
  return deployment;
}

test('a Deployment gets the defaults of Kubernetes, and its template those of a template', () => {
  const { spec, status } = deploymentWith();
  expect(status).toEqual({});
  expect(spec).toMatchObject({
    replicas: 1,
    revisionHistoryLimit: 10,
    progressDeadlineSeconds: 600,
    strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: '25%', maxUnavailable: '25%' } },
  });
  expect(spec?.template.spec).toMatchObject({ restartPolicy: 'Always', terminationGracePeriodSeconds: 30 });
  expect(spec?.template.spec?.enableServiceLinks).toBeUndefined();
  expect(strategy.validate(deploymentWith())).toEqual([]);
});

describe('validation of a Deployment', () => {
  test.each<[string, (spec: DeploymentSpec) => void, string[]]>([
    [
      'a selector that misses its pods',
      (spec) => {
        spec.selector = { matchLabels: { app: 'api' } };
      },
      ['spec.template.metadata.labels: Invalid value: {"app":"web"}: `selector` does not match template `labels`'],
    ],
    [
      'an empty selector',
      (spec) => {
        spec.selector = {};
      },
      ['spec.selector: Invalid value: {}: empty selector is invalid for deployment'],
    ],
    [
      'negative replicas',
      (spec) => {
        spec.replicas = -1;
      },
      ['spec.replicas: Invalid value: -1: must be greater than or equal to 0'],
    ],
    [
      'a rollout that cannot move',
      (spec) => {
        spec.strategy = { rollingUpdate: { maxSurge: 0, maxUnavailable: '0%' } };
      },
      ['spec.strategy.rollingUpdate.maxUnavailable: Invalid value: "0%": may not be 0 when `maxSurge` is 0'],
    ],
    [
      'shares that are none',
      (spec) => {
        spec.strategy = { rollingUpdate: { maxSurge: 'half', maxUnavailable: '200%' } };
      },
      [
        'spec.strategy.rollingUpdate.maxUnavailable: Invalid value: "200%": must not be greater than 100%',
        `spec.strategy.rollingUpdate.maxSurge: Invalid value: "half": must be an integer or percentage (e.g '5%')`,
      ],
    ],
    [
      'Recreate with rolling settings',
      (spec) => {
        spec.strategy = { type: 'Recreate', rollingUpdate: {} };
      },
      [`spec.strategy.rollingUpdate: Forbidden: may not be specified when strategy \`type\` is 'Recreate'`],
    ],
    [
      'an unknown strategy',
      (spec) => {
        spec.strategy = { type: 'BlueGreen' };
      },
      ['spec.strategy.type: Unsupported value: "BlueGreen": supported values: "Recreate", "RollingUpdate"'],
    ],
    [
      'pods that do not restart',
      (spec) => {
        if (spec.template.spec) spec.template.spec.restartPolicy = 'Never';
      },
      ['spec.template.spec.restartPolicy: Unsupported value: "Never": supported values: "Always"'],
    ],
    [
      'a deadline shorter than readiness takes',
      (spec) => {
        spec.minReadySeconds = 700;
      },
      ['spec.progressDeadlineSeconds: Invalid value: 600: must be greater than minReadySeconds'],
    ],
    [
      'a template without containers',
      (spec) => {
        spec.template.spec = { containers: [] };
      },
      ['spec.template.spec.containers: Required value'],
    ],
  ])('refuses %s', (_name, change, expected) => {
    expect(said(strategy.validate(deploymentWith(change)))).toEqual(expected);
  });

  test('refuses another selector, accepts another template', () => {
    const old = deploymentWith();
    const changed = deploymentWith((spec) => {
      spec.selector = { matchLabels: { app: 'web', tier: 'x' } };
    });
    expect(said(strategy.validateUpdate?.(changed, old) ?? [])).toEqual([
      'spec.selector: Invalid value: {"matchLabels":{"app":"web","tier":"x"}}: field is immutable',
    ]);
    const rolled = deploymentWith((spec) => {
      spec.template.metadata = { labels: { app: 'web', version: '2' } };
    });
    expect(strategy.validateUpdate?.(rolled, old)).toEqual([]);
  });
});

test('columns of Deployment and ReplicaSet show counts, images and selector', () => {
  const deployment = deploymentWith();
  deployment.status = { readyReplicas: 1, updatedReplicas: 2 };
  const cells = deploymentKind.columns.map((column) => column.value(deployment, new Date()));
  expect(cells).toEqual(['web', '1/1', 2, 0, '<unknown>', 'web', 'nginx', 'app=web']);
  expect(replicaSetKind.columns.map(({ name, priority }) => `${name}${priority}`)).toEqual([
    'Name0',
    'Desired0',
    'Current0',
    'Ready0',
    'Age0',
    'Containers1',
    'Images1',
    'Selector1',
  ]);
  expect(deploymentKind.scale?.selector(deployment)).toBe('app=web');
});

test.each<[number | string | undefined, 'up' | 'down', number]>([
  [2, 'up', 2],
  ['25%', 'up', 1],
  ['25%', 'down', 0],
  ['100%', 'down', 3],
  [undefined, 'up', 0],
])('countOf(%p) of 3 pods rounded %s is %p', (value, round, expected) => {
  expect(countOf(value, 3, round)).toBe(expected);
});
