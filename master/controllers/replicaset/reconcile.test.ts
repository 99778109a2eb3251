import type { PodTemplateSpec } from 'kubernetes-types/core/v1';
import type { ReplicaSet } from '../../../helper/api/apps/replica-set';
import type { Pod } from '../../../helper/api/core/pod';
import type { Plan, Write } from '../../../helper/controller/controller';
import { podSetOfReplicaSet, podSetOfReplicationController } from './pod-set';
import { BURST_REPLICAS, reconcilePodSet } from './reconcile';

const now = new Date('2026-01-01T00:10:00Z');

const setOf = (replicas: number, change: Partial<ReplicaSet> = {}, spec: object = {}): ReplicaSet => ({
  apiVersion: 'apps/v1',
  kind: 'ReplicaSet',
  metadata: { name: 'web', namespace: 'default', uid: 'set', generation: 2, resourceVersion: '7' },
  spec: {
    replicas,
    selector: { matchLabels: { app: 'web' } },
    template: {
      metadata: { labels: { app: 'web', tier: 'front' } },
      spec: { containers: [{ name: 'c', image: 'i' }] },
    },
    ...spec,
  },
  ...change,
});

const owner = { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'web', uid: 'set', controller: true };

const podOf = (name: string, metadata: Partial<Pod['metadata']> = {}, status: Pod['status'] = {}): Pod => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: {
    name,
    namespace: 'default',
    uid: name,
    resourceVersion: '3',
    labels: { app: 'web', tier: 'front' },
    ownerReferences: [owner],
    ...metadata,
  },
  spec: { containers: [], nodeName: 'n' },
  status: { phase: 'Running', ...status },
});

const ready = (at: string): Pod['status'] => ({
  phase: 'Running',
  conditions: [{ type: 'Ready', status: 'True', lastTransitionTime: at }],
});

const writes = (plan: Plan, verb: Write['verb']) => plan.steps.flat().filter((write) => write.verb === verb);
const statusOf = (plan: Plan) =>
  (writes(plan, 'updateStatus')[0] as { object: { status?: unknown } } | undefined)?.object.status;

const reconcile = (set: ReplicaSet, pods: readonly Pod[], at: Date) =>
  reconcilePodSet(podSetOfReplicaSet(set), pods, at);

describe('reconcilePodSet()', () => {
  test('creates what is missing from the template, owned by the set', () => {
    const plan = reconcile(setOf(3), [podOf('a')], now);
    const creates = writes(plan, 'create');
    expect(creates).toHaveLength(2);
    expect(creates[0]).toMatchObject({
      object: {
        metadata: {
          generateName: 'web-',
          namespace: 'default',
          labels: { app: 'web', tier: 'front' },
          ownerReferences: [{ ...owner, blockOwnerDeletion: true }],
        },
        spec: { containers: [{ name: 'c', image: 'i' }] },
      },
      onSuccess: { reason: 'SuccessfulCreate', message: 'Created pod: {name}' },
      onFailure: { reason: 'FailedCreate', message: 'Error creating: {error}' },
    });
  });

  test('creates no more than a burst at once', () => {
    expect(writes(reconcile(setOf(1200), [], now), 'create')).toHaveLength(BURST_REPLICAS);
  });

  test('deletes surplus pods, those that serve least first', () => {
    const pods = [podOf('old', {}, ready('2026-01-01T00:00:00Z')), podOf('pending', {}, { phase: 'Pending' })];
    const plan = reconcile(setOf(1), pods, now);
    expect(writes(plan, 'delete')).toMatchObject([
      { object: { metadata: { name: 'pending' } }, onSuccess: { message: 'Deleted pod: {name}' } },
    ]);
  });

  test('does not count pods that ended or are being deleted', () => {
    const gone = [
      podOf('failed', {}, { phase: 'Failed' }),
      podOf('done', {}, { phase: 'Succeeded' }),
      podOf('leaving', { deletionTimestamp: '2026-01-01T00:00:00Z' }),
    ];
    const plan = reconcile(setOf(1), gone, now);
    expect(writes(plan, 'create')).toHaveLength(1);
    expect(statusOf(plan)).toEqual({ replicas: 0, observedGeneration: 2 });
  });

  test('adopts a matching orphan and releases an owned pod whose labels changed', () => {
    const orphan = podOf('orphan', { ownerReferences: [] });
    const stray = podOf('stray', { labels: { app: 'other' } });
    const foreign = podOf('foreign', { ownerReferences: [{ ...owner, uid: 'other' }] });
    const plan = reconcile(setOf(1), [orphan, stray, foreign], now);
    expect(writes(plan, 'patch')).toMatchObject([
      { name: 'orphan', body: { metadata: { uid: 'orphan', ownerReferences: [{ uid: 'set', controller: true }] } } },
      { name: 'stray', body: { metadata: { uid: 'stray', resourceVersion: '3', ownerReferences: [] } } },
    ]);
    expect(writes(plan, 'create')).toHaveLength(0);
  });

  test('neither adopts, releases, creates nor deletes while it is being deleted', () => {
    const set = setOf(3);
    set.metadata.deletionTimestamp = '2026-01-01T00:00:00Z';
    const pods = [podOf('a', { ownerReferences: [] }), podOf('b', { labels: {} }), podOf('c')];
    const plan = reconcile(set, pods, now);
    expect(plan.steps.flat().map(({ verb }) => verb)).toEqual(['updateStatus']);
    expect(statusOf(plan)).toMatchObject({ replicas: 1 });
  });

  test('counts fully labelled, ready and available pods, and comes back when the next one becomes available', () => {
    const pods = [
      podOf('long', {}, ready('2026-01-01T00:00:00Z')),
      podOf('short', { labels: { app: 'web' } }, ready('2026-01-01T00:09:50Z')),
      podOf('starting'),
    ];
    const plan = reconcile(setOf(3, {}, { minReadySeconds: 30 }), pods, now);
    expect(statusOf(plan)).toEqual({
      replicas: 3,
      fullyLabeledReplicas: 2,
      readyReplicas: 2,
      availableReplicas: 1,
      observedGeneration: 2,
    });
    expect(plan.requeueAfterMs).toBe(20_000);
  });

  test('plans nothing when all is as it should be', () => {
    const status = {
      replicas: 1,
      fullyLabeledReplicas: 1,
      readyReplicas: 1,
      availableReplicas: 1,
      observedGeneration: 2,
    };
    const pods = [podOf('a', {}, ready('2026-01-01T00:00:00Z'))];
    expect(reconcile(setOf(1, { status }), pods, now)).toEqual({ steps: [] });
  });

  test('says ReplicaFailure when creating failed, and takes it back with the next success', () => {
    const plan = reconcile(setOf(1), [], now);
    const [write] = plan.onFailure?.('quota exceeded') ?? [];
    const condition = {
      type: 'ReplicaFailure',
      status: 'True',
      reason: 'FailedCreate',
      message: 'quota exceeded',
      lastTransitionTime: '2026-01-01T00:10:00Z',
    };
    expect(write).toMatchObject({ object: { status: { replicas: 0, conditions: [condition] } } });
    const failed = setOf(1, { status: { replicas: 0, observedGeneration: 2, conditions: [condition] } });
    expect(statusOf(reconcile(failed, [], now))).toEqual({ replicas: 0, observedGeneration: 2 });
  });

  test('an empty selector claims nothing', () => {
    const plan = reconcile(setOf(0, {}, { selector: {} }), [podOf('a', { ownerReferences: [] })], now);
    expect(writes(plan, 'patch')).toHaveLength(0);
  });

  test('keeps a ReplicationController in the same way: its map of labels selects, and its pods name it as their controller', () => {
    const controller = {
      apiVersion: 'v1',
      kind: 'ReplicationController',
      metadata: { name: 'old', namespace: 'default', uid: 'rc', resourceVersion: '7' },
      spec: { replicas: 2, selector: { app: 'web' }, template: setOf(1).spec?.template as PodTemplateSpec },
    };
    const orphan = podOf('orphan', { ownerReferences: [] });
    const foreign = podOf('foreign');
    const plan = reconcilePodSet(podSetOfReplicationController(controller), [orphan, foreign], now);
    expect(writes(plan, 'patch')).toHaveLength(1);
    const [created] = writes(plan, 'create') as { object: Pod }[];
    expect(created?.object.metadata.ownerReferences).toEqual([
      {
        apiVersion: 'v1',
        kind: 'ReplicationController',
        name: 'old',
        uid: 'rc',
        controller: true,
        blockOwnerDeletion: true,
      },
    ]);
    expect(statusOf(plan)).toEqual({ replicas: 1, fullyLabeledReplicas: 1 });
  });
});
