import type { PodStatus } from 'kubernetes-types/core/v1';
import { computePodStatus, type StatusInput } from './pod-status';
import { buildContainer, buildPod, buildSandbox, buildStatus, NOW } from './testing/build-pod';

function input(more: Partial<StatusInput> = {}): StatusInput {
  return {
    pod: buildPod(),
    previous: undefined,
    sandbox: buildSandbox(),
    containers: [],
    waiting: new Map(),
    isReady: () => true,
    isStarted: () => true,
    terminationMessages: new Map(),
    hostIp: '192.0.2.1',
    runtimeName: 'docker',
    now: NOW,
    ...more,
  };
}

const conditions = (status: PodStatus) =>
  Object.fromEntries(
    (status.conditions ?? []).map(({ type, status: value, reason }) => [type, reason ? `${value} ${reason}` : value]),
  );
const policy = (restartPolicy: string) => buildPod({ restartPolicy });
const inits = buildPod({ initContainers: [buildContainer('i')] });
const deleting = buildPod({}, { deletionTimestamp: '2024-05-01T10:00:30Z' });

describe('computePodStatus()', () => {
  test('shows a pod that is being made', () => {
    expect(computePodStatus(input({ sandbox: undefined }))).toEqual({
      phase: 'Pending',
      conditions: [
        { type: 'PodReadyToStartContainers', status: 'False', lastTransitionTime: '2024-05-01T10:00:00Z' },
        { type: 'Initialized', status: 'True', lastTransitionTime: '2024-05-01T10:00:00Z' },
        {
          type: 'Ready',
          status: 'False',
          reason: 'ContainersNotReady',
          message: 'containers with unready status: [a]',
          lastTransitionTime: '2024-05-01T10:00:00Z',
        },
        {
          type: 'ContainersReady',
          status: 'False',
          reason: 'ContainersNotReady',
          message: 'containers with unready status: [a]',
          lastTransitionTime: '2024-05-01T10:00:00Z',
        },
      ],
      hostIP: '192.0.2.1',
      hostIPs: [{ ip: '192.0.2.1' }],
      startTime: '2024-05-01T10:00:00Z',
      containerStatuses: [
        {
          name: 'a',
          state: { waiting: { reason: 'ContainerCreating' } },
          lastState: {},
          ready: false,
          started: false,
          restartCount: 0,
          image: 'busybox',
          imageID: '',
        },
      ],
      qosClass: 'BestEffort',
    });
  });

  test('shows a running pod with its address', () => {
    const status = computePodStatus(input({ containers: [buildStatus('a')] }));
    expect(status).toMatchObject({
      phase: 'Running',
      podIP: '10.244.0.5',
      podIPs: [{ ip: '10.244.0.5' }],
      containerStatuses: [
        {
          state: { running: { startedAt: '2024-05-01T09:58:30Z' } },
          ready: true,
          started: true,
          restartCount: 0,
          imageID: 'sha256:1',
          containerID: 'docker://a-0',
        },
      ],
    });
    expect(conditions(status)).toEqual({
      PodReadyToStartContainers: 'True',
      Initialized: 'True',
      Ready: 'True',
      ContainersReady: 'True',
    });
  });

  const PHASES: [string, Partial<StatusInput>, string][] = [
    [
      'Running while one of its containers waits for a restart',
      { containers: [buildStatus('a', { exitCode: 1 })], waiting: new Map([['a', { reason: 'CrashLoopBackOff' }]]) },
      'Running',
    ],
    ['Running between two lives under Always', { containers: [buildStatus('a', { exitCode: 0 })] }, 'Running'],
    [
      'Succeeded when all ended well under OnFailure',
      { pod: policy('OnFailure'), containers: [buildStatus('a', { exitCode: 0 })] },
      'Succeeded',
    ],
    [
      'Running when one failed under OnFailure',
      { pod: policy('OnFailure'), containers: [buildStatus('a', { exitCode: 1 })] },
      'Running',
    ],
    [
      'Failed when one failed under Never',
      { pod: policy('Never'), containers: [buildStatus('a', { exitCode: 1 })] },
      'Failed',
    ],
    ['Failed when deleted and killed', { pod: deleting, containers: [buildStatus('a', { exitCode: 137 })] }, 'Failed'],
    [
      'Succeeded when deleted and ended well',
      { pod: deleting, containers: [buildStatus('a', { exitCode: 0 })] },
      'Succeeded',
    ],
    ['Pending while initializing', { pod: inits, containers: [buildStatus('i')] }, 'Pending'],
    [
      'Pending with a failed init container that is restarted',
      { pod: inits, containers: [buildStatus('i', { exitCode: 1 })] },
      'Pending',
    ],
    [
      'Failed with a failed init container under Never',
      {
        pod: buildPod({ initContainers: [buildContainer('i')], restartPolicy: 'Never' }),
        containers: [buildStatus('i', { exitCode: 1 })],
      },
      'Failed',
    ],
    [
      'Failed for ever once the API knows it',
      { previous: { phase: 'Failed' }, containers: [buildStatus('a')] },
      'Failed',
    ],
  ];
  test.each(PHASES)('calls a pod %s', (_, more, phase) => {
    expect(computePodStatus(input(more)).phase).toBe(phase);
  });

  test('moves the ended life to lastState in crash back-off', () => {
    const waiting = {
      reason: 'CrashLoopBackOff',
      message: 'back-off 10s restarting failed container=a pod=web_default(u1)',
    };
    const containers = [buildStatus('a', { attempt: 2, exitCode: 137, oomKilled: true })];
    const status = computePodStatus(input({ containers, waiting: new Map([['a', waiting]]) }));
    expect(status.containerStatuses?.[0]).toMatchObject({
      state: { waiting },
      lastState: {
        terminated: {
          exitCode: 137,
          reason: 'OOMKilled',
          startedAt: '2024-05-01T09:58:30Z',
          finishedAt: '2024-05-01T09:59:50Z',
          containerID: 'docker://a-2',
        },
      },
      ready: false,
      restartCount: 2,
    });
  });

  test('shows what the container wrote to its termination message file', () => {
    const containers = [buildStatus('a', { exitCode: 1 })];
    const status = computePodStatus(
      input({ pod: policy('Never'), containers, terminationMessages: new Map([['a-0', 'no disk']]) }),
    );
    expect(status.containerStatuses?.[0]?.state?.terminated).toMatchObject({ reason: 'Error', message: 'no disk' });
  });

  test('shows a process that could not be started', () => {
    const containers = [buildStatus('a', { state: 'created', error: 'exec: "nope": not found' })];
    const waiting = new Map([['a', { reason: 'RunContainerError', message: 'exec: "nope": not found' }]]);
    const [status] = computePodStatus(input({ containers, waiting })).containerStatuses ?? [];
    expect(status?.state?.waiting?.reason).toBe('RunContainerError');
    expect(status?.lastState?.terminated).toMatchObject({ exitCode: 128, reason: 'ContainerCannotRun' });
  });

  test('is not ready, and says which container is not', () => {
    const status = computePodStatus(input({ containers: [buildStatus('a')], isReady: () => false }));
    expect(conditions(status)).toMatchObject({ Ready: 'False ContainersNotReady' });
    expect(status.containerStatuses?.[0]).toMatchObject({ ready: false, started: true });
  });

  test('waits for the readiness gates of others', () => {
    const pod = buildPod({ readinessGates: [{ conditionType: 'example.com/lb' }] });
    const gate = { type: 'example.com/lb', status: 'True' };
    expect(conditions(computePodStatus(input({ pod, containers: [buildStatus('a')] })))).toMatchObject({
      Ready: 'False ReadinessGatesNotReady',
      ContainersReady: 'True',
    });
    // The gate was opened in the API after the status was last computed here.
    const opened = { ...pod, status: { conditions: [gate] } };
    const previous = { conditions: [{ ...gate, status: 'False' }] };
    expect(
      conditions(computePodStatus(input({ pod: opened, previous, containers: [buildStatus('a')] }))),
    ).toMatchObject({
      Ready: 'True',
      'example.com/lb': 'True',
    });
  });

  test('keeps transition times, start time and conditions of others', () => {
    const scheduled = { type: 'PodScheduled', status: 'True', lastTransitionTime: '2024-05-01T09:00:00Z' };
    const pod = { ...buildPod(), status: { conditions: [scheduled] } };
    const before = computePodStatus(input({ pod, containers: [buildStatus('a')] }));
    const later = new Date(NOW.getTime() + 60_000);
    const after = computePodStatus(input({ pod, containers: [buildStatus('a')], previous: before, now: later }));
    expect(after).toEqual(before);
    expect(after.conditions).toContainEqual(scheduled);
  });

  test('shows whom a container runs as, also when it has ended', () => {
    const user = { uid: 1000, gid: 0, supplementalGroups: [0, 1234] };
    const running = computePodStatus(input({ containers: [buildStatus('a', { user })] }));
    expect(running.containerStatuses?.[0]).toMatchObject({ user: { linux: user } });
    const ended = computePodStatus(input({ previous: running, containers: [buildStatus('a', { exitCode: 0 })] }));
    expect(ended.containerStatuses?.[0]).toMatchObject({ user: { linux: user } });
    const next = computePodStatus(input({ previous: running, containers: [buildStatus('a', { attempt: 1 })] }));
    expect(next.containerStatuses?.[0]).not.toHaveProperty('user');
  });

  test('keeps the address of a pod that has ended', () => {
    const previous = { phase: 'Running', podIP: '10.244.0.5', startTime: '2024-05-01T09:00:00Z' };
    const status = computePodStatus(input({ previous, pod: policy('Never'), sandbox: undefined }));
    expect(status.podIP).toBe('10.244.0.5');
  });

  test('says that the node needed the pod gone, once and for good', () => {
    const verdict = { reason: 'Evicted', message: 'low on memory', isDisruption: true };
    const status = computePodStatus(input({ verdict, containers: [buildStatus('a', { exitCode: 137 })] }));
    const disruption = {
      type: 'DisruptionTarget',
      status: 'True',
      reason: 'TerminationByKubelet',
      message: 'low on memory',
    };
    expect(status.conditions).toContainEqual(expect.objectContaining(disruption));
    expect(computePodStatus(input({ previous: status })).conditions).toContainEqual(
      expect.objectContaining(disruption),
    );
  });

  test('gives the reason of a pod past its deadline', () => {
    const verdict = { reason: 'DeadlineExceeded', message: 'too long' };
    const status = computePodStatus(input({ verdict, containers: [buildStatus('a', { exitCode: 0 })] }));
    expect(status).toMatchObject({ phase: 'Failed', reason: 'DeadlineExceeded', message: 'too long' });
  });
});
