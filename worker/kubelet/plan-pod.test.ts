import { nextBackOff } from './back-off';
import { planPod } from './plan-pod';
import type { PodAction, PodInput } from './pod-plan';
import { buildContainer, buildPod, buildSandbox, buildStatus, NOW, secondsAgo } from './testing/build-pod';

function input(more: Partial<PodInput> = {}): PodInput {
  return {
    pod: buildPod(),
    inApi: true,
    sandboxes: [buildSandbox()],
    containers: [],
    volumesMounted: true,
    holds: new Map(),
    backOffs: new Map(),
    probeFailures: new Map(),
    isStarted: () => true,
    now: NOW,
    ...more,
  };
}

/** An action in a few words: `start a#1`, `kill a-0 30s`. */
function short(action: PodAction): string {
  switch (action.type) {
    case 'startContainer':
      return `start ${action.container.name}#${action.attempt}`;
    case 'killContainer':
      return `kill ${action.containerId} ${action.graceSeconds}s${action.after?.length ? ` after ${action.after}` : ''}`;
    case 'createSandbox':
      return `sandbox#${action.attempt}${action.replaces ? ' anew' : ''}`;
    case 'stopSandbox':
    case 'removeSandbox':
      return `${action.type} ${action.sandboxId}`;
    case 'removeContainer':
      return `remove ${action.containerId}`;
    default:
      return action.type;
  }
}

const two = buildPod({ containers: [buildContainer('a'), buildContainer('b')] });
const withInits = buildPod({ initContainers: [buildContainer('i'), buildContainer('j')] });
const sidecar = buildPod({ initContainers: [buildContainer('s', { restartPolicy: 'Always' })] });
const twoSidecars = buildPod({
  initContainers: [buildContainer('s', { restartPolicy: 'Always' }), buildContainer('t', { restartPolicy: 'Always' })],
});
const policy = (restartPolicy: string) => buildPod({ restartPolicy });
const deleted = (grace: number) =>
  buildPod({}, { deletionTimestamp: '2024-05-01T10:00:30Z', deletionGracePeriodSeconds: grace });
const crashed = new Map([['a', { delayMs: 20_000, since: secondsAgo(30) }]]);

const CASES: [string, Partial<PodInput>, string[]][] = [
  ['does nothing when all runs as wanted', { containers: [buildStatus('a')] }, []],
  [
    'makes everything of a new pod',
    { sandboxes: [], volumesMounted: false },
    ['mountVolumes', 'sandbox#0', 'start a#0'],
  ],
  [
    'starts all containers of a new pod together',
    { pod: two, sandboxes: [] },
    ['mountVolumes', 'sandbox#0', 'start a#0', 'start b#0'],
  ],
  ['waits while sandbox or volumes are held back', { sandboxes: [], podHeldUntil: new Date(NOW.getTime() + 1) }, []],
  [
    'starts only the first init container',
    { pod: withInits, sandboxes: [] },
    ['mountVolumes', 'sandbox#0', 'start i#0'],
  ],
  ['waits for a running init container', { pod: withInits, containers: [buildStatus('i')] }, []],
  [
    'starts the second init container after the first',
    { pod: withInits, containers: [buildStatus('i', { exitCode: 0 })] },
    ['start j#0'],
  ],
  [
    'starts the regular ones after all init containers',
    { pod: withInits, containers: [buildStatus('i', { exitCode: 0 }), buildStatus('j', { exitCode: 0 })] },
    ['start a#0'],
  ],
  [
    'restarts a failed init container',
    { pod: withInits, containers: [buildStatus('i', { exitCode: 1 })] },
    ['start i#1'],
  ],
  [
    'ends a pod whose init container failed under Never',
    {
      pod: buildPod({ initContainers: [buildContainer('i')], restartPolicy: 'Never' }),
      containers: [buildStatus('i', { exitCode: 1 })],
    },
    ['stopSandbox s0', 'unmountVolumes'],
  ],
  [
    'leaves collected init containers alone once a regular one exists',
    { pod: withInits, containers: [buildStatus('a')] },
    [],
  ],
  ['waits for a sidecar to have started', { pod: sidecar, containers: [buildStatus('s')], isStarted: () => false }, []],
  ['goes on when the sidecar has started', { pod: sidecar, containers: [buildStatus('s')] }, ['start a#0']],
  [
    'restarts an ended sidecar beside a running container',
    { pod: sidecar, containers: [buildStatus('a'), buildStatus('s', { exitCode: 0 })] },
    ['start s#1'],
  ],
  ['restarts a succeeded container under Always', { containers: [buildStatus('a', { exitCode: 0 })] }, ['start a#1']],
  [
    'restarts a failed container under OnFailure',
    { pod: policy('OnFailure'), containers: [buildStatus('a', { exitCode: 2 })] },
    ['start a#1'],
  ],
  [
    'lets a succeeded container rest under OnFailure',
    { pod: policy('OnFailure'), containers: [buildStatus('a', { exitCode: 0 })] },
    ['stopSandbox s0', 'unmountVolumes'],
  ],
  [
    'lets a failed container rest under Never',
    { pod: policy('Never'), containers: [buildStatus('a', { exitCode: 2 })] },
    ['stopSandbox s0', 'unmountVolumes'],
  ],
  [
    'counts on when the container was removed behind its back',
    {
      pod: {
        ...buildPod(),
        status: {
          containerStatuses: [
            { name: 'a', ready: true, restartCount: 3, image: '', imageID: '', containerID: 'docker://x' },
          ],
        },
      },
    },
    ['start a#4'],
  ],
  ['waits in crash back-off', { containers: [buildStatus('a', { exitCode: 1 })], backOffs: crashed }, []],
  [
    'restarts after the back-off',
    { containers: [buildStatus('a', { exitCode: 1, finishedAt: secondsAgo(20) })], backOffs: crashed },
    ['start a#1'],
  ],
  [
    'forgets the back-off after ten good minutes',
    {
      containers: [buildStatus('a', { exitCode: 1, finishedAt: secondsAgo(1) })],
      backOffs: new Map([['a', { delayMs: 300_000, since: secondsAgo(602) }]]),
    },
    ['start a#1'],
  ],
  [
    'waits for a held container',
    { holds: new Map([['a', { until: new Date(NOW.getTime() + 5), reason: 'ImagePullBackOff', message: '' }]]) },
    [],
  ],
  [
    'kills a container whose image changed',
    { containers: [buildStatus('a', { specHash: 'other' })] },
    ['kill a-0 30s'],
  ],
  [
    "kills a container that failed its probe, with the probe's grace",
    { containers: [buildStatus('a')], probeFailures: new Map([['a-0', { probe: 'liveness', graceSeconds: 3 }]]) },
    ['kill a-0 3s'],
  ],
  [
    'keeps the newest dead container and removes older ones',
    {
      containers: [
        buildStatus('a', { attempt: 3 }),
        buildStatus('a', { attempt: 2, exitCode: 1 }),
        buildStatus('a', { attempt: 1, exitCode: 1 }),
      ],
    },
    ['remove a-1'],
  ],
  [
    'makes a dead sandbox anew and starts all again',
    { sandboxes: [buildSandbox({ state: 'notReady' })], containers: [buildStatus('a', { exitCode: 137 })] },
    ['stopSandbox s0', 'mountVolumes', 'sandbox#1 anew', 'start a#1'],
  ],
  [
    'kills what still runs in a dead sandbox first',
    { sandboxes: [buildSandbox({ state: 'notReady' })], containers: [buildStatus('a')] },
    ['kill a-0 30s', 'stopSandbox s0', 'mountVolumes', 'sandbox#1 anew', 'start a#1'],
  ],
  [
    'restarts in the new sandbox what ran in the old one',
    {
      sandboxes: [buildSandbox({ state: 'notReady' }), buildSandbox({ id: 's1', attempt: 1 })],
      containers: [buildStatus('a', { exitCode: 137 })],
    },
    ['start a#1'],
  ],
  [
    'removes an old sandbox when its containers are gone',
    {
      sandboxes: [buildSandbox({ state: 'notReady' }), buildSandbox({ id: 's1', attempt: 1 })],
      containers: [buildStatus('a', { sandboxId: 's1' })],
    },
    ['removeSandbox s0'],
  ],
  ['kills a deleted pod with its grace', { pod: deleted(7), containers: [buildStatus('a')] }, ['kill a-0 7s']],
  [
    'takes down a deleted pod whose containers have ended',
    { pod: deleted(7), containers: [buildStatus('a', { exitCode: 143 })] },
    ['stopSandbox s0', 'unmountVolumes', 'deleteFromApi'],
  ],
  [
    'deletes at once a pod that never started',
    { pod: deleted(30), sandboxes: [], volumesMounted: false },
    ['deleteFromApi'],
  ],
  [
    'ends sidecars after those they serve, the last started first, all within one grace',
    {
      pod: { ...twoSidecars, metadata: deleted(5).metadata },
      containers: [buildStatus('a'), buildStatus('s'), buildStatus('t')],
    },
    ['kill a-0 5s', 'kill s-0 5s after a,t', 'kill t-0 5s after a'],
  ],
  [
    'does not let a sidecar wait for one that has ended',
    { pod: { ...twoSidecars, metadata: deleted(5).metadata }, containers: [buildStatus('s')] },
    ['kill s-0 5s'],
  ],
  [
    'ends the sidecars of a pod whose work is done',
    {
      pod: { ...sidecar, spec: { containers: [buildContainer('a')], ...sidecar.spec, restartPolicy: 'Never' } },
      containers: [buildStatus('a', { exitCode: 0 }), buildStatus('s')],
    },
    ['kill s-0 30s'],
  ],
  [
    'does not wait again for a sidecar that ended after the next one had begun',
    {
      pod: twoSidecars,
      containers: [buildStatus('s', { exitCode: 1 }), buildStatus('t')],
    },
    ['start s#1', 'start a#0'],
  ],
  ['gives a pod deleted by force a small grace', { inApi: false, containers: [buildStatus('a')] }, ['kill a-0 2s']],
  [
    'removes what is left of a forgotten pod',
    { inApi: false, containers: [buildStatus('a', { exitCode: 0 })] },
    ['stopSandbox s0', 'unmountVolumes', 'remove a-0', 'removeSandbox s0', 'forget'],
  ],
  [
    'never restarts a pod the API calls Failed',
    {
      pod: { ...buildPod(), status: { phase: 'Failed' } },
      containers: [buildStatus('a', { exitCode: 1 })],
      sandboxes: [],
      volumesMounted: false,
    },
    [],
  ],
  [
    'ends a pod past its deadline',
    {
      pod: { ...buildPod({ activeDeadlineSeconds: 60 }), status: { startTime: '2024-05-01T09:58:59Z' } },
      containers: [buildStatus('a')],
    },
    ['kill a-0 30s'],
  ],
];

describe('planPod()', () => {
  test.each(CASES)('%s', (_, more, expected) => {
    expect(planPod(input(more)).actions.map(short)).toEqual(expected);
  });

  test('says that a container of a pod that never restarts is killed for good', () => {
    const probeFailures = new Map([['a-0', { probe: 'liveness' as const }]]);
    const messages = ['Always', 'Never'].map((restartPolicy) => {
      const plan = planPod(input({ pod: policy(restartPolicy), containers: [buildStatus('a')], probeFailures }));
      return plan.actions.map((action) => (action.type === 'killContainer' ? action.message : ''));
    });
    expect(messages).toEqual([
      ['Container a failed liveness probe, will be restarted'],
      ['Container a failed liveness probe'],
    ]);
  });

  test('forgets the crashes of a container that got a new definition', () => {
    const pod = buildPod({ containers: [buildContainer('a', { image: 'other' })] });
    const containers = [buildStatus('a', { exitCode: 1, finishedAt: secondsAgo(1) })];
    expect(planPod(input({ pod, containers, backOffs: crashed })).actions).toMatchObject([
      { type: 'startContainer', attempt: 1, isChanged: true },
    ]);
  });

  test('names the crash loop and the time it ends', () => {
    const plan = planPod(input({ containers: [buildStatus('a', { exitCode: 1 })], backOffs: crashed }));
    const until = new Date(NOW.getTime() + 10_000);
    expect(plan.wakeAt).toEqual(until);
    expect(plan.crashLoops.get('a')).toEqual({
      until,
      reason: 'CrashLoopBackOff',
      message: 'back-off 20s restarting failed container=a pod=web_default(u1)',
    });
  });

  test('says why a pod past its deadline ends', () => {
    const pod = { ...buildPod({ activeDeadlineSeconds: 60 }), status: { startTime: '2024-05-01T09:58:59Z' } };
    expect(planPod(input({ pod })).verdict?.reason).toBe('DeadlineExceeded');
  });

  test('wakes at the deadline of a pod that has one', () => {
    const pod = { ...buildPod({ activeDeadlineSeconds: 60 }), status: { startTime: '2024-05-01T09:59:30Z' } };
    expect(planPod(input({ pod, containers: [buildStatus('a')] })).wakeAt).toEqual(new Date(NOW.getTime() + 30_000));
  });
});

describe('nextBackOff()', () => {
  test('doubles from 10 s to 300 s', () => {
    const delays: number[] = [];
    let entry: ReturnType<typeof nextBackOff> | undefined;
    for (let crash = 0; crash < 7; crash += 1) {
      entry = nextBackOff(entry, NOW);
      delays.push(entry.delayMs / 1000);
    }
    expect(delays).toEqual([10, 20, 40, 80, 160, 300, 300]);
  });
});
