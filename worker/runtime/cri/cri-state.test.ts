/** What a CRI runtime says, as the kubelet reads it. */
import { LABEL } from '../docker-labels';
import type { CriContainerStatus, CriSandboxStatus } from './cri-api';
import { ANNOTATION } from './cri-config';
import { changesBetween } from './cri-containers';
import { handlersOf, usesSystemd } from './cri-facts';
import { containerStatusOf, imageStatusOf, pidIn, sandboxStatusOf } from './cri-state';
import { parseOutcome } from './cri-streams';

const SECOND = 1_000_000_000;
const labels = { [LABEL.podUid]: 'u1', [LABEL.podName]: 'web', [LABEL.podNamespace]: 'default', [LABEL.attempt]: '4' };
const container: CriContainerStatus = {
  id: 'c1',
  metadata: { name: 'main', attempt: 4 },
  state: 'CONTAINER_RUNNING',
  createdAt: SECOND,
  startedAt: 2 * SECOND,
  finishedAt: 0,
  exitCode: 0,
  imageRef: 'sha256:1',
  reason: '',
  message: '',
  labels: { ...labels, [LABEL.sandboxId]: 's1', [LABEL.containerName]: 'main', [LABEL.specHash]: 'h' },
  annotations: { [ANNOTATION.image]: 'nginx:1' },
  logPath: '',
};

describe('containerStatusOf()', () => {
  test('reads a running container, with the process id of the extra information', () => {
    expect(containerStatusOf(container, { info: '{"pid":77}' })).toEqual({
      id: 'c1',
      sandboxId: 's1',
      pod: { uid: 'u1', namespace: 'default', name: 'web' },
      name: 'main',
      attempt: 4,
      specHash: 'h',
      state: 'running',
      image: 'nginx:1',
      imageId: 'sha256:1',
      createdAt: new Date(1000),
      startedAt: new Date(2000),
      oomKilled: false,
      pid: 77,
      labels: container.labels,
    });
  });

  const ended = { ...container, state: 'CONTAINER_EXITED', finishedAt: 3 * SECOND } as const;
  test.each([
    ['a plain end', { exitCode: 3, reason: 'Error' }, { exitCode: 3, oomKilled: false }],
    ['a kill for memory', { exitCode: 137, reason: 'OOMKilled' }, { exitCode: 137, oomKilled: true }],
    [
      'a failed start',
      { exitCode: 128, reason: 'StartError', message: 'no such file', startedAt: 0 },
      { exitCode: 128, error: 'no such file', errorReason: 'StartError', startedAt: new Date(1000) },
    ],
  ])('reads %s', (_, change, expected) => {
    expect(containerStatusOf({ ...ended, ...change }, { info: '{"pid":77}' })).toMatchObject({
      state: 'exited',
      finishedAt: new Date(3000),
      ...expected,
    });
    expect(containerStatusOf({ ...ended, ...change }, { info: '{"pid":77}' })).not.toHaveProperty('pid');
  });
});

test('sandboxStatusOf() has an address only while the sandbox is ready', () => {
  const status: CriSandboxStatus = {
    id: 's1',
    metadata: { uid: 'u1', namespace: 'default', name: 'web', attempt: 4 },
    state: 'SANDBOX_READY',
    createdAt: SECOND,
    labels,
    annotations: {},
    network: { ip: '10.0.0.2' },
  };
  expect(sandboxStatusOf(status, { info: '{"pid":5}' })).toMatchObject({
    state: 'ready',
    ip: '10.0.0.2',
    pid: 5,
    attempt: 4,
  });
  expect(sandboxStatusOf({ ...status, state: 'SANDBOX_NOTREADY' }, {})).toMatchObject({ state: 'notReady', ip: '' });
});

test.each([
  [{}, undefined],
  [{ info: 'no json' }, undefined],
  [{ info: '{"pid":0}' }, undefined],
  [{ info: '{"pid":12}' }, 12],
])('pidIn() of %j is %j', (info, expected) => {
  expect(pidIn(info)).toBe(expected);
});

test('imageStatusOf() knows the user by number or by name', () => {
  const image = {
    id: 'sha256:1',
    repoTags: ['a:1'],
    repoDigests: ['a@sha256:2'],
    size: 5,
    username: '',
    pinned: false,
  };
  expect(imageStatusOf({ ...image, uid: { value: 101 } }).user).toBe('101');
  expect(imageStatusOf({ ...image, username: 'nginx' }).user).toBe('nginx');
  expect(imageStatusOf(image)).toEqual({
    id: 'sha256:1',
    tags: ['a:1'],
    digests: ['a@sha256:2'],
    sizeBytes: 5,
    user: '',
  });
  for (const change of [{ pinned: true }, { repoDigests: [] }]) {
    expect(imageStatusOf({ ...image, ...change }).isPinned).toBe(true);
  }
});

describe('changesBetween()', () => {
  const look = (states: Readonly<Record<string, string>>) =>
    new Map(Object.entries(states).map(([id, state]) => [id, { podUid: 'u', state }]));
  const at = new Date(0);
  test.each([
    [{}, {}, []],
    [{ a: 'CONTAINER_RUNNING' }, { a: 'CONTAINER_RUNNING' }, []],
    [{}, { a: 'CONTAINER_CREATED' }, []],
    [{ a: 'CONTAINER_CREATED' }, { a: 'CONTAINER_RUNNING' }, ['a started']],
    [{ a: 'CONTAINER_RUNNING' }, { a: 'CONTAINER_EXITED' }, ['a died']],
    [{}, { a: 'CONTAINER_EXITED' }, ['a started', 'a died']],
    [{ a: 'SANDBOX_READY', b: 'CONTAINER_EXITED' }, { a: 'SANDBOX_NOTREADY' }, ['a died', 'b removed']],
  ])('from %j to %j tells %j', (before, after, expected) => {
    const events = changesBetween(look(before), look(after), at);
    expect(events.map(({ containerId, type }) => `${containerId} ${type}`)).toEqual(expected);
  });
});

test.each([
  ['{"status":"Success"}', { exitCode: 0 }],
  ['{"status":"Failure","details":{"causes":[{"reason":"ExitCode","message":"3"}]}}', { exitCode: 3 }],
  ['{"status":"Failure","message":"no such program"}', { exitCode: 127, message: 'no such program' }],
])('parseOutcome() of %j', (text, expected) => {
  expect(parseOutcome(text)).toEqual(expected);
});

test('usesSystemd() reads containerd’s own configuration', () => {
  const config = (SystemdCgroup: boolean) => ({
    info: {
      config: JSON.stringify({
        containerd: { defaultRuntimeName: 'runc', runtimes: { runc: { options: { SystemdCgroup } } } },
      }),
    },
  });
  expect([usesSystemd(config(true)), usesSystemd(config(false)), usesSystemd({ info: {} })]).toEqual([
    true,
    false,
    false,
  ]);
});

test('handlersOf() believes the runtime, and reads the configuration of one that does not say', () => {
  const info = { config: JSON.stringify({ containerd: { runtimes: { runc: {}, kata: {} } } }) };
  expect(handlersOf({ info, runtimeHandlers: [{ name: '' }, { name: 'runc' }] })).toEqual(['runc']);
  expect(handlersOf({ info, runtimeHandlers: [] })).toEqual(['runc', 'kata']);
  expect(handlersOf({ info: { config: '{' }, runtimeHandlers: [] })).toEqual([]);
});
