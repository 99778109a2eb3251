import type { Deployment } from '../../../helper/api/apps/deployment';
import { durationMs } from '../flags';
import type { FoundObject } from '../resources/find-objects';
import { TYPED_CREATES } from './create-typed';
import { mapChange, splitChanges } from './label';
import { daemonSetState, deploymentState, statefulSetState } from './rollout-status';
import { buildPod } from './run';
import { imageChange } from './set';
import { isReached, parseGoal } from './wait';

const resource = {
  group: '',
  version: 'v1',
  kind: 'Pod',
  plural: 'pods',
  singular: 'pod',
  shortNames: [],
  categories: [],
  namespaced: true,
  verbs: [],
  subresources: [],
};
const found = (object: object): FoundObject => ({
  resource,
  object: { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'web' }, ...object },
});

describe('splitChanges()', () => {
  it('tells objects from changes', () => {
    expect(splitChanges(['pod', 'web', 'a=b', 'c-', 'd='])).toEqual({
      names: ['pod', 'web'],
      changes: new Map([
        ['a', 'b'],
        ['c', null],
        ['d', ''],
      ]),
    });
  });
});

describe('mapChange()', () => {
  const labelled = found({ metadata: { name: 'web', labels: { a: '1' } } });
  it.each<[string, [string, string | null][], boolean, unknown]>([
    ['sets', [['b', '2']], false, { type: 'merge', patch: { metadata: { labels: { b: '2' } } }, done: 'labeled' }],
    [
      'removes',
      [['a', null]],
      false,
      { type: 'merge', patch: { metadata: { labels: { a: null } } }, done: 'unlabeled' },
    ],
    [
      'overwrites when told',
      [['a', '2']],
      true,
      { type: 'merge', patch: { metadata: { labels: { a: '2' } } }, done: 'labeled' },
    ],
    ['sends nothing for what is so', [['a', '1']], false, 'not labeled'],
  ])('%s', (_, changes, overwrite, expected) => {
    expect(mapChange(labelled, 'labels', new Map(changes), overwrite)).toEqual(expected);
  });

  it('refuses to overwrite unasked', () => {
    expect(() => mapChange(labelled, 'labels', new Map([['a', '2']]), false)).toThrow("'a' already has a value (1)");
  });
});

describe('imageChange()', () => {
  const deployment = found({
    spec: {
      template: {
        spec: {
          containers: [
            { name: 'web', image: 'a' },
            { name: 'b', image: 'b' },
          ],
        },
      },
    },
  });
  it('patches the template', () => {
    expect(imageChange(deployment, new Map([['web', 'c']]))).toMatchObject({
      patch: { spec: { template: { spec: { containers: [{ name: 'web', image: 'c' }] } } } },
    });
  });
  it('sends nothing for the same image and refuses unknown containers', () => {
    expect(imageChange(deployment, new Map([['web', 'a']]))).toBe('image not changed');
    expect(() => imageChange(deployment, new Map([['x', 'a']]))).toThrow('unable to find container named "x"');
  });
});

describe('isReached()', () => {
  const ready = {
    metadata: { name: 'web', generation: 2 },
    status: { observedGeneration: 2, conditions: [{ type: 'Ready', status: 'True' }], phase: 'Running' },
  };
  const stale = { ...ready, status: { ...ready.status, observedGeneration: 1 } };
  it.each([
    ['condition=Ready', ready, true],
    ['condition=ready=true', ready, true],
    ['condition=Ready=false', ready, false],
    ['condition=Ready', stale, false],
    ['condition=Other', ready, false],
    ['jsonpath={.status.phase}=Running', ready, true],
    ['jsonpath={.status.phase}=Pending', ready, false],
    ['jsonpath={.status.phase}', ready, true],
    ['jsonpath={.status.nothing}', ready, false],
    ['delete', ready, false],
  ])('%s', (goal, object, expected) => {
    expect(isReached(found(object).object, parseGoal(goal))).toBe(expected);
  });

  it('refuses other goals', () => {
    expect(() => parseGoal('ready')).toThrow('unrecognized condition: "ready"');
  });
});

describe('deploymentState()', () => {
  const deployment = (status: Deployment['status']): Deployment => ({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web', generation: 2 },
    spec: { replicas: 3, selector: {}, template: {} },
    ...(status ? { status } : {}),
  });
  it.each<[string, Deployment['status']]>([
    ['Waiting for deployment spec update to be observed...', { observedGeneration: 1 }],
    ['1 out of 3 new replicas have been updated...', { observedGeneration: 2, updatedReplicas: 1, replicas: 4 }],
    ['1 old replicas are pending termination...', { observedGeneration: 2, updatedReplicas: 3, replicas: 4 }],
    [
      '2 of 3 updated replicas are available...',
      { observedGeneration: 2, updatedReplicas: 3, replicas: 3, availableReplicas: 2 },
    ],
    [
      'deployment "web" successfully rolled out',
      { observedGeneration: 2, updatedReplicas: 3, replicas: 3, availableReplicas: 3 },
    ],
  ])('says %s', (text, status) => {
    expect(deploymentState(deployment(status)).text).toContain(text);
  });

  it('throws when the deadline has passed', () => {
    const conditions = [{ type: 'Progressing', status: 'False', reason: 'ProgressDeadlineExceeded' }];
    expect(() => deploymentState(deployment({ observedGeneration: 2, conditions }))).toThrow(
      'exceeded its progress deadline',
    );
  });
});

const SURROUNDINGS = {
  workingDirectory: '/',
  command: [],
  find: (type: string) => Promise.resolve({ group: type === 'deployments' ? 'apps' : '', plural: type }),
  read: () => Promise.reject(new Error('no cluster')),
};

describe('typed creates', () => {
  const build = (name: string, flags: object) =>
    TYPED_CREATES.find((typed) => typed.name === name)?.build('x', flags, SURROUNDINGS);
  it('make what kubectl makes', () => {
    expect(build('generic', { fromLiteral: ['a=b=c'] })).toMatchObject({ kind: 'Secret', data: { a: 'Yj1j' } });
    expect(build('configmap', { fromLiteral: ['a=1'] })).toMatchObject({ data: { a: '1' } });
    expect(build('deployment', { image: ['r/app:1'] })).toMatchObject({
      spec: {
        selector: { matchLabels: { app: 'x' } },
        template: { spec: { containers: [{ name: 'app', image: 'r/app:1' }] } },
      },
    });
    expect(build('clusterip', { tcp: ['80:web'] })).toMatchObject({
      spec: { ports: [{ port: 80, targetPort: 'web', name: '80-web' }] },
    });
  });
  it('refuse what cannot be', () => {
    expect(() => build('deployment', {})).toThrow('required flag(s) "image" not set');
    expect(() => build('configmap', { fromLiteral: ['a'] })).toThrow('expected key=value');
    expect(() => build('configmap', { fromLiteral: ['a=1', 'a=2'] })).toThrow('another key by that name');
    expect(() => build('clusterip', { tcp: ['http'] })).toThrow('invalid port');
  });
});

describe('buildPod()', () => {
  it('passes words as arguments, or as the command when told', () => {
    expect(buildPod('x', ['a'], { image: 'i' })).toMatchObject({
      spec: { containers: [{ args: ['a'] }], restartPolicy: 'Always' },
    });
    expect(buildPod('x', ['a'], { image: 'i', command: true })).toMatchObject({
      spec: { containers: [{ command: ['a'] }] },
    });
  });
});

describe('durationMs()', () => {
  it.each([
    ['30s', 30_000],
    ['1h30m', 5_400_000],
    ['500ms', 500],
    ['0', 0],
    ['5', 5000],
    ['-1s', -1000],
  ])('%s is %d ms', (text, expected) => {
    expect(durationMs(text)).toBe(expected);
  });
});

describe('daemonSetState() and statefulSetState()', () => {
  const metadata = { name: 'w', generation: 2 };
  const updateStrategy = { type: 'RollingUpdate' };
  const daemons = (status: object) =>
    daemonSetState({ apiVersion: '', kind: '', metadata, spec: { updateStrategy }, status } as never);
  const replicas = (status: object, rollingUpdate?: object) =>
    statefulSetState({
      apiVersion: '',
      kind: '',
      metadata,
      spec: { replicas: 3, updateStrategy: { ...updateStrategy, rollingUpdate } },
      status,
    } as never);

  test.each([
    [{ observedGeneration: 1 }, 'spec update to be observed'],
    [{ observedGeneration: 2, desiredNumberScheduled: 2, updatedNumberScheduled: 1 }, '1 out of 2 new pods'],
    [
      { observedGeneration: 2, desiredNumberScheduled: 2, updatedNumberScheduled: 2 },
      '0 of 2 updated pods are available',
    ],
    [{ observedGeneration: 2 }, 'daemon set "w" successfully rolled out'],
  ])('daemonSetState() of %j: %s', (status, text) => {
    expect(daemons(status).text).toContain(text);
  });

  const revisions = { currentRevision: 'a', updateRevision: 'b' };
  test.each([
    [{}, undefined, 'spec update to be observed'],
    [{ observedGeneration: 2, readyReplicas: 1 }, undefined, 'Waiting for 2 pods to be ready'],
    [{ observedGeneration: 2, readyReplicas: 3, updatedReplicas: 0 }, { partition: 1 }, '0 out of 2 new pods'],
    [
      { observedGeneration: 2, readyReplicas: 3, updatedReplicas: 2 },
      { partition: 1 },
      'partitioned roll out complete',
    ],
    [{ observedGeneration: 2, readyReplicas: 3, ...revisions }, undefined, 'to complete 0 pods at revision b'],
    [{ observedGeneration: 2, readyReplicas: 3, currentReplicas: 3 }, undefined, 'rolling update complete 3 pods'],
  ])('statefulSetState() of %j, %j: %s', (status, rollingUpdate, text) => {
    expect(replicas(status, rollingUpdate).text).toContain(text);
  });

  test('a set whose pods are replaced by hand has no status', () => {
    const object = { apiVersion: '', kind: '', metadata, spec: { updateStrategy: { type: 'OnDelete' } } } as never;
    expect(() => daemonSetState(object)).toThrow('only available for RollingUpdate');
  });
});
