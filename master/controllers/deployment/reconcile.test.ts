import type { Deployment } from '../../../helper/api/apps/deployment';
import type { ReplicaSet } from '../../../helper/api/apps/replica-set';
import type { Pod } from '../../../helper/api/core/pod';
import type { Plan } from '../../../helper/controller/controller';
import { reconcileDeployment } from './reconcile';
import { templateHash } from './template-hash';
import { conditionOf, deploymentOf, NOW, outline, setOf, statusOf } from './testing';

const REVISION = 'deployment.kubernetes.io/revision';
const plan = (deployment: Deployment, sets: readonly ReplicaSet[] = [], pods: readonly Pod[] = []): Plan =>
  reconcileDeployment(deployment, sets, pods, NOW);
const withRevision = (deployment: Deployment, revision: string): Deployment => ({
  ...deployment,
  metadata: { ...deployment.metadata, annotations: { [REVISION]: revision } },
});
const onSuccess = (made: Plan) => made.steps.flat().flatMap((write) => write.onSuccess?.message ?? []);
const condition = (type: string, status: string, reason: string, at = '2026-01-01T00:00:00Z') => ({
  type,
  status,
  reason,
  message: '',
  lastUpdateTime: at,
  lastTransitionTime: at,
});
const revision = (number: string) => ({ annotations: { [REVISION]: number } });

describe('reconcileDeployment()', () => {
  test('creates the ReplicaSet of the template with all pods, tells what it did, and sets the revision', () => {
    const made = plan(deploymentOf());
    const hash = templateHash(deploymentOf().spec?.template, undefined);
    expect(outline(made)).toEqual([`create web-${hash}=3`, 'updateStatus web', 'patch web']);
    expect(onSuccess(made)).toEqual([`Scaled up replica set web-${hash} from 0 to 3`]);
    expect(made.steps[0]?.[0]).toMatchObject({
      object: {
        metadata: {
          labels: { app: 'web', 'pod-template-hash': hash },
          annotations: {
            [REVISION]: '1',
            'deployment.kubernetes.io/desired-replicas': '3',
            'deployment.kubernetes.io/max-replicas': '4',
          },
          ownerReferences: [{ kind: 'Deployment', name: 'web', uid: 'd', controller: true, blockOwnerDeletion: true }],
        },
        spec: { selector: { matchLabels: { app: 'web', 'pod-template-hash': hash } } },
      },
    });
    expect(conditionOf(made, 'Progressing')).toMatchObject({ status: 'True', reason: 'NewReplicaSetCreated' });
    expect(conditionOf(made, 'Available')).toMatchObject({ status: 'False', reason: 'MinimumReplicasUnavailable' });
    expect(made.requeueAfterMs).toBe(601_000);
  });

  test('counts revisions in 64 bits', () => {
    const [write] = plan(deploymentOf(), [setOf('old', revision('3546343826724305832'))]).steps[0] ?? [];
    expect(write).toMatchObject({ object: { metadata: { annotations: { [REVISION]: '3546343826724305833' } } } });
  });

  test('tells why the ReplicaSet could not be created', () => {
    const [write] = plan(deploymentOf()).onFailure?.('quota exceeded') ?? [];
    const message = expect.stringMatching(/^Failed to create new replica set "web-\w+": quota exceeded$/);
    const failed = { type: 'Progressing', status: 'False', reason: 'ReplicaSetCreateError', message };
    expect(write).toMatchObject({ verb: 'updateStatus', object: { status: { conditions: [failed] } } });
  });

  test('begins a rolling update with what the surge allows', () => {
    const made = plan(deploymentOf(), [setOf('old', revision('1'))]);
    expect(outline(made)[0]).toMatch(/^create web-\w+=1$/);
    expect(made.steps[0]?.[0]).toMatchObject({ object: { metadata: { annotations: { [REVISION]: '2' } } } });
  });

  test('shrinks an old ReplicaSet when a new pod is available, one by one for 25 % of 3', () => {
    const sets = [setOf('old', revision('1')), setOf('new', { image: 'v2', replicas: 1, ...revision('2') })];
    const made = plan(withRevision(deploymentOf(), '2'), sets);
    expect(outline(made)[0]).toBe('update old=2');
    expect(onSuccess(made)).toEqual(['Scaled down replica set old from 3 to 2']);
  });

  test('waits while the new pod is not available, and until the old set has been observed at its new size', () => {
    const sick = setOf('new', { image: 'v2', replicas: 1, status: { availableReplicas: 0 }, ...revision('2') });
    expect(outline(plan(deploymentOf(), [setOf('old', revision('1')), sick])).join()).not.toContain('update old');
    const shrunk = setOf('old', { replicas: 2, status: { replicas: 3, availableReplicas: 3 }, ...revision('1') });
    const well = setOf('new', { image: 'v2', replicas: 1, ...revision('2') });
    expect(outline(plan(deploymentOf(), [shrunk, well])).join()).not.toContain('update new');
    expect(outline(plan(deploymentOf(), [setOf('old', { replicas: 2, ...revision('1') }), well]))[0]).toBe(
      'update new=2',
    );
  });

  test('removes sick old pods first, without waiting for the new ones', () => {
    const sick = setOf('old', { replicas: 3, status: { availableReplicas: 0 }, ...revision('1') });
    const fresh = setOf('new', { image: 'v2', replicas: 1, status: { availableReplicas: 0 }, ...revision('2') });
    const rolling = deploymentOf({
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 1 } },
    });
    expect(outline(plan(rolling, [sick, fresh]))[0]).toBe('update old=2');
  });

  test('Recreate ends all old pods before it makes new ones', () => {
    const recreate = deploymentOf({ strategy: { type: 'Recreate' } });
    expect(outline(plan(recreate, [setOf('old', revision('1'))]))[0]).toBe('update old=0');
    const ended = setOf('old', { replicas: 0, ...revision('1') });
    const leaving = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p', uid: 'p' }, status: { phase: 'Running' } };
    expect(outline(plan(recreate, [ended], [leaving])).join()).not.toContain('create');
    expect(outline(plan(recreate, [ended], [{ ...leaving, status: { phase: 'Succeeded' } }]))[0]).toMatch(
      /^create web-\w+=3$/,
    );
  });

  test('is done when all pods are new and available, and then plans nothing', () => {
    const done = setOf('new', { image: 'v2', ...revision('2') });
    const rolling = withRevision(
      deploymentOf({}, { conditions: [condition('Progressing', 'True', 'ReplicaSetUpdated')] }),
      '2',
    );
    const made = plan(rolling, [done, setOf('old', { replicas: 0, ...revision('1') })]);
    expect(statusOf(made)).toMatchObject({
      observedGeneration: 2,
      replicas: 3,
      updatedReplicas: 3,
      readyReplicas: 3,
      availableReplicas: 3,
    });
    expect(conditionOf(made, 'Progressing')).toMatchObject({
      status: 'True',
      reason: 'NewReplicaSetAvailable',
      message: 'ReplicaSet "new" has successfully progressed.',
      lastTransitionTime: '2026-01-01T00:00:00Z',
    });
    expect(made.requeueAfterMs).toBeUndefined();
    const after = { ...rolling, status: statusOf(made) ?? {} };
    expect(plan(after, [done, setOf('old', { replicas: 0, ...revision('1') })])).toEqual({ steps: [] });
  });

  test('a template that comes back makes its old ReplicaSet the new one, with the next revision', () => {
    const back = deploymentOf({}, {}, 'v1');
    const sets = [setOf('one', { replicas: 0, ...revision('1') }), setOf('two', { image: 'v2', ...revision('2') })];
    const made = plan(back, sets);
    expect(outline(made)).toEqual(['update one=1', 'updateStatus web', 'patch web']);
    expect(made.steps[0]?.[0]).toMatchObject({
      object: { metadata: { annotations: { [REVISION]: '3', 'deployment.kubernetes.io/revision-history': '1' } } },
    });
    expect(made.steps[2]?.[0]).toMatchObject({ body: { metadata: { annotations: { [REVISION]: '3' } } } });
  });

  test('forgets revisions beyond the limit once the rollout is done', () => {
    const old = ['1', '2', '3'].map((number) =>
      setOf(`old${number}`, { replicas: 0, image: number, ...revision(number) }),
    );
    const status = { observedGeneration: 2, replicas: 3, updatedReplicas: 3, availableReplicas: 3, readyReplicas: 3 };
    const made = plan(deploymentOf({ revisionHistoryLimit: 1 }, status), [
      ...old,
      setOf('new', { image: 'v2', ...revision('4') }),
    ]);
    expect(outline(made).slice(0, 2)).toEqual(['delete old1', 'delete old2']);
  });

  test('paused, it resizes but does not roll out, and says so', () => {
    const paused = deploymentOf({ paused: true, replicas: 5 });
    const made = plan(paused, [setOf('old', revision('1'))]);
    expect(outline(made)).toEqual(['update old=5', 'updateStatus web']);
    expect(conditionOf(made, 'Progressing')).toMatchObject({ status: 'Unknown', reason: 'DeploymentPaused' });
    const resumed = deploymentOf({}, { conditions: [condition('Progressing', 'Unknown', 'DeploymentPaused')] }, 'v1');
    const goneOn = plan(resumed, [setOf('old', { ...revision('1'), replicas: 3, status: { availableReplicas: 2 } })]);
    expect(conditionOf(goneOn, 'Progressing')).toMatchObject({ status: 'True', reason: 'ReplicaSetUpdated' });
  });

  test('shares a resize in the middle of a rollout in proportion', () => {
    const deployment = deploymentOf({
      replicas: 15,
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 3, maxUnavailable: 2 } },
    });
    const sized = { 'deployment.kubernetes.io/desired-replicas': '10', 'deployment.kubernetes.io/max-replicas': '13' };
    const sets = [
      setOf('old', { replicas: 8, annotations: sized }),
      setOf('new', { replicas: 5, image: 'v2', annotations: sized, created: '2026-01-01T00:01:00Z' }),
    ];
    const made = plan(deployment, sets);
    expect(outline(made).slice(0, 2)).toEqual(['update old=11', 'update new=7']);
  });

  test('misses its deadline when nothing moves', () => {
    const stuck = deploymentOf(
      { progressDeadlineSeconds: 60 },
      {
        observedGeneration: 2,
        replicas: 4,
        updatedReplicas: 1,
        readyReplicas: 3,
        availableReplicas: 3,
        conditions: [condition('Progressing', 'True', 'ReplicaSetUpdated', '2026-01-01T00:08:00Z')],
      },
    );
    const sets = [
      setOf('old', revision('1')),
      setOf('new', { image: 'v2', replicas: 1, status: { readyReplicas: 0, availableReplicas: 0 }, ...revision('2') }),
    ];
    const made = plan(stuck, sets);
    expect(conditionOf(made, 'Progressing')).toMatchObject({
      status: 'False',
      reason: 'ProgressDeadlineExceeded',
      message: 'ReplicaSet "new" has timed out progressing.',
    });
    const early = { ...stuck, spec: { ...deploymentOf().spec, progressDeadlineSeconds: 300 } } as Deployment;
    expect(plan(early, sets).requeueAfterMs).toBe(181_000);
  });

  test('adopts a matching orphan before anything else, and leaves ReplicaSets of others alone', () => {
    const made = plan(deploymentOf(), [setOf('orphan', { owner: '' }), setOf('foreign', { owner: 'other' })]);
    expect(outline(made)).toEqual(['patch orphan']);
  });

  test('takes another name when its own is taken', () => {
    const hash = templateHash(deploymentOf().spec?.template, undefined);
    const made = plan(deploymentOf(), [setOf(`web-${hash}`, { owner: 'other', image: 'other' })]);
    expect(statusOf(made)?.collisionCount).toBe(1);
    expect(outline(made)).toEqual(['updateStatus web']);
  });

  test('only tells status while it is being deleted', () => {
    const deployment = deploymentOf();
    deployment.metadata.deletionTimestamp = '2026-01-01T00:00:00Z';
    expect(outline(plan(deployment, [setOf('old', revision('1'))]))).toEqual(['updateStatus web']);
  });

  test('repeats the ReplicaFailure of its ReplicaSet', () => {
    const failing = condition('ReplicaFailure', 'True', 'FailedCreate');
    const made = plan(deploymentOf({}, {}, 'v1'), [setOf('new', { status: { conditions: [failing] } })]);
    expect(conditionOf(made, 'ReplicaFailure')).toMatchObject({ status: 'True', reason: 'FailedCreate' });
  });
});
