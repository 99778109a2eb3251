import type { ContainerState, ContainerStatus, PodSpec, PodStatus } from 'kubernetes-types/core/v1';
import type { Pod } from './pod';
import { podColumns, podStatusWord } from './pod-columns';

const now = new Date('2025-01-01T01:00:00Z');
const spec: PodSpec = { containers: [{ name: 'a' }, { name: 'b' }] };

function pod(status: PodStatus, change: Partial<PodSpec> = {}, deleted = false): Pod {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: 'p',
      creationTimestamp: '2025-01-01T00:00:00Z',
      ...(deleted ? { deletionTimestamp: '2025-01-01T00:59:00Z' } : {}),
    },
    spec: { ...spec, ...change },
    status,
  };
}

const container = (name: string, state: ContainerState, more: Partial<ContainerStatus> = {}): ContainerStatus => ({
  name,
  image: '',
  imageID: '',
  ready: false,
  restartCount: 0,
  state,
  ...more,
});
const running = (name: string) => container(name, { running: {} }, { ready: true, started: true });
const ended = (name: string, reason: string, exitCode: number) => container(name, { terminated: { reason, exitCode } });
const waiting = (name: string, reason: string) => container(name, { waiting: { reason } });
const init = { initContainers: [{ name: 'i' }, { name: 'j' }] };

describe('podStatusWord()', () => {
  test.each<[string, Pod]>([
    ['Pending', pod({ phase: 'Pending' })],
    ['Unknown', pod({})],
    ['Running', pod({ phase: 'Running', containerStatuses: [running('a'), running('b')] })],
    ['Evicted', pod({ phase: 'Failed', reason: 'Evicted' })],
    ['ContainerCreating', pod({ phase: 'Pending', containerStatuses: [waiting('a', 'ContainerCreating')] })],
    [
      'CrashLoopBackOff',
      pod({ phase: 'Running', containerStatuses: [waiting('a', 'CrashLoopBackOff'), running('b')] }),
    ],
    ['ImagePullBackOff', pod({ phase: 'Pending', containerStatuses: [waiting('a', 'ImagePullBackOff')] })],
    ['Completed', pod({ phase: 'Succeeded', containerStatuses: [ended('a', 'Completed', 0)] })],
    ['Error', pod({ phase: 'Failed', containerStatuses: [ended('a', 'Error', 1)] })],
    ['ExitCode:3', pod({ phase: 'Failed', containerStatuses: [ended('a', '', 3)] })],
    [
      'Signal:9',
      pod({ phase: 'Failed', containerStatuses: [container('a', { terminated: { exitCode: 137, signal: 9 } })] }),
    ],
    ['NotReady', pod({ phase: 'Running', containerStatuses: [ended('a', 'Completed', 0), running('b')] })],
    [
      'Running',
      pod({
        phase: 'Running',
        conditions: [{ type: 'Ready', status: 'True' }],
        containerStatuses: [ended('a', 'Completed', 0), running('b')],
      }),
    ],
    ['Init:0/2', pod({ phase: 'Pending', initContainerStatuses: [container('i', { running: {} })] }, init)],
    [
      'Init:1/2',
      pod(
        {
          phase: 'Pending',
          initContainerStatuses: [ended('i', 'Completed', 0), waiting('j', 'PodInitializing')],
          containerStatuses: [waiting('a', 'PodInitializing')],
        },
        init,
      ),
    ],
    ['Init:Error', pod({ phase: 'Pending', initContainerStatuses: [ended('i', 'Error', 1)] }, init)],
    ['Init:ExitCode:2', pod({ phase: 'Pending', initContainerStatuses: [ended('i', '', 2)] }, init)],
    [
      'Init:CrashLoopBackOff',
      pod({ phase: 'Pending', initContainerStatuses: [waiting('i', 'CrashLoopBackOff')] }, init),
    ],
    [
      'PodInitializing',
      pod(
        {
          phase: 'Pending',
          initContainerStatuses: [ended('i', 'Completed', 0), ended('j', 'Completed', 0)],
          containerStatuses: [waiting('a', 'PodInitializing')],
        },
        init,
      ),
    ],
    ['Terminating', pod({ phase: 'Running', containerStatuses: [running('a')] }, {}, true)],
    ['Completed', pod({ phase: 'Succeeded', containerStatuses: [ended('a', 'Completed', 0)] }, {}, true)],
    ['Unknown', pod({ phase: 'Running', reason: 'NodeLost' }, {}, true)],
    [
      'SchedulingGated',
      pod({
        phase: 'Pending',
        conditions: [{ type: 'PodScheduled', status: 'False', reason: 'SchedulingGated' }],
      }),
    ],
  ])('says %s', (word, object) => {
    expect(podStatusWord(object)).toBe(word);
  });
});

describe('podColumns()', () => {
  const cells = (object: Pod) => podColumns().map((column) => column.value(object, now));

  test('count restarts and say when the last was', () => {
    const again = { restartCount: 3, lastState: { terminated: { exitCode: 1, finishedAt: '2025-01-01T00:59:55Z' } } };
    const object = pod(
      {
        phase: 'Running',
        podIP: '10.1.0.2',
        containerStatuses: [{ ...running('a'), ...again }, running('b')],
      },
      { nodeName: 'node-1', readinessGates: [{ conditionType: 'x/y' }] },
    );
    expect(cells(object)).toEqual(['p', '2/2', 'Running', '3 (5s ago)', '60m', '10.1.0.2', 'node-1', '<none>', '0/1']);
  });

  test('count sidecars among the containers, and only their restarts once the app runs', () => {
    const object = pod(
      {
        phase: 'Running',
        initContainerStatuses: [
          { ...ended('i', 'Completed', 0), restartCount: 7 },
          { ...running('side'), restartCount: 2 },
        ],
        containerStatuses: [running('a'), running('b')],
      },
      { initContainers: [{ name: 'i' }, { name: 'side', restartPolicy: 'Always' }] },
    );
    expect(cells(object).slice(1, 4)).toEqual(['3/3', 'Running', '2']);
  });

  test('of a pod nobody has looked at are empty, not broken', () => {
    const bare: Pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p' } };
    expect(cells(bare)).toEqual(['p', '0/0', 'Unknown', '0', '<unknown>', '<none>', '<none>', '<none>', '<none>']);
  });
});
