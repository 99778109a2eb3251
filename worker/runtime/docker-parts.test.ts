/** The pure parts of the Docker runtime: states, events, frames, cgroups, names. */
import { cgroupFolders, statValue } from './cgroup-usage';
import { parseDockerEvent } from './docker-events';
import { containerStatusOf, type Inspection } from './docker-state';
import { parseImageReference } from './image-reference';
import { logQuery } from './log-stream';
import { hasSysResource } from './oom-score';
import { FrameParser } from './stream-frames';

function inspection(state: Partial<Inspection['State']>): Inspection {
  return {
    Id: 'c1',
    Created: '2026-01-01T00:00:00Z',
    Image: 'sha256:1',
    Config: { Image: 'nginx', Labels: { 'io.minik8s/attempt': '4' } },
    State: {
      Status: 'created',
      Running: false,
      ExitCode: 0,
      Error: '',
      OOMKilled: false,
      Pid: 0,
      StartedAt: '0001-01-01T00:00:00Z',
      FinishedAt: '0001-01-01T00:00:00Z',
      ...state,
    },
  } as unknown as Inspection;
}

const STARTED = '2026-01-01T00:00:01Z';
const FINISHED = '2026-01-01T00:00:09Z';

describe('containerStatusOf()', () => {
  test.each([
    ['created', {}, false, { state: 'created', oomKilled: false }],
    [
      'running',
      { Running: true, Pid: 7, StartedAt: STARTED },
      false,
      { state: 'running', pid: 7, startedAt: new Date(STARTED) },
    ],
    [
      'ended',
      { StartedAt: STARTED, FinishedAt: FINISHED, ExitCode: 3 },
      false,
      { state: 'exited', exitCode: 3, finishedAt: new Date(FINISHED), oomKilled: false },
    ],
    [
      'not startable',
      { ExitCode: 127, Error: 'no such file' },
      false,
      { state: 'exited', exitCode: 127, error: 'no such file', finishedAt: new Date('2026-01-01T00:00:00Z') },
    ],
    ['killed for memory', { FinishedAt: FINISHED, ExitCode: 137, OOMKilled: true }, false, { oomKilled: true }],
    ['whose child was killed for memory', { FinishedAt: FINISHED, ExitCode: 137 }, true, { oomKilled: true }],
    ['that survived such a kill', { FinishedAt: FINISHED, ExitCode: 0 }, true, { oomKilled: false }],
  ])('of a container %s', (_what, state, sawOomEvent, expected) => {
    expect(containerStatusOf(inspection(state), sawOomEvent)).toMatchObject({
      attempt: 4,
      image: 'nginx',
      ...expected,
    });
  });
});

describe('parseDockerEvent()', () => {
  const line = (action: string) =>
    JSON.stringify({
      Action: action,
      Actor: { ID: 'c1', Attributes: { 'io.kubernetes.pod.uid': 'u1' } },
      timeNano: 1767225600123000000,
    });
  test('reads who, what and when', () => {
    expect(parseDockerEvent(line('die'))).toEqual({
      type: 'died',
      containerId: 'c1',
      podUid: 'u1',
      at: new Date(1767225600123),
    });
  });
  test.each([line('exec_start: ls'), '{"Action":"start"}', 'not json', ''])('ignores %j', (text) => {
    expect(parseDockerEvent(text)).toBeUndefined();
  });
});

describe('FrameParser', () => {
  const frame = (stream: number, text: string) => {
    const header = Buffer.alloc(8);
    header[0] = stream;
    header.writeUInt32BE(Buffer.byteLength(text), 4);
    return Buffer.concat([header, Buffer.from(text)]);
  };
  test('finds the same frames however the bytes are cut', () => {
    const bytes = Buffer.concat([frame(1, 'one'), frame(2, ''), frame(2, 'äh'), frame(1, 'three\n')]);
    for (let size = 1; size <= bytes.length; size++) {
      const parser = new FrameParser();
      const frames = [];
      for (let at = 0; at < bytes.length; at += size) frames.push(...parser.push(bytes.subarray(at, at + size)));
      expect(frames.map(({ isStderr, payload }) => [isStderr, payload.toString()])).toEqual([
        [false, 'one'],
        [true, ''],
        [true, 'äh'],
        [false, 'three\n'],
      ]);
    }
  });
});

describe('cgroupFolders()', () => {
  test('finds a folder a controller in cgroup v1', () => {
    const text = '12:memory:/docker/abc\n5:cpu,cpuacct:/docker/abc\n0::/system';
    expect(cgroupFolders(text)).toEqual({
      version: 1,
      cpu: '/sys/fs/cgroup/cpu,cpuacct/docker/abc',
      memory: '/sys/fs/cgroup/memory/docker/abc',
    });
  });
  test('finds the single folder of cgroup v2', () => {
    const folder = '/sys/fs/cgroup/system.slice/docker-abc.scope';
    expect(cgroupFolders('0::/system.slice/docker-abc.scope\n')).toEqual({ version: 2, cpu: folder, memory: folder });
  });
  test('is undefined when there is neither', () => {
    expect(cgroupFolders('')).toBeUndefined();
  });
});

test('statValue() takes whole names only, and 0 for what is missing', () => {
  const text = 'inactive_file 1\ntotal_inactive_file 42\n';
  expect([
    statValue(text, 'total_inactive_file'),
    statValue(text, 'inactive'),
    statValue(text, 'inactive_file'),
  ]).toEqual([42, 0, 1]);
});

describe('parseImageReference()', () => {
  const digest = `sha256:${'a'.repeat(64)}`;
  test.each([
    ['nginx', 'nginx', 'latest'],
    ['nginx:1.25', 'nginx', '1.25'],
    ['localhost:5000/team/app', 'localhost:5000/team/app', 'latest'],
    ['localhost:5000/team/app:v1', 'localhost:5000/team/app', 'v1'],
    [`app@${digest}`, 'app', digest],
    [`app:v1@${digest}`, 'app', digest],
  ])('%s is %s at %s', (image, repository, version) => {
    expect(parseImageReference(image)).toEqual({ repository, version });
  });
  test.each(['', 'Nginx', 'nginx:', 'a b', 'app@sha256:1', 'app//x', '-x'])('refuses %j', (image) => {
    expect(() => parseImageReference(image)).toThrow(expect.objectContaining({ reason: 'InvalidImageName' }));
  });
});

describe('logQuery()', () => {
  test('asks for everything by default, and for a moment as seconds', () => {
    expect(logQuery({ follow: false, timestamps: false })).toEqual({
      stdout: true,
      stderr: true,
      follow: false,
      timestamps: false,
      tail: 'all',
    });
    expect(logQuery({ follow: true, timestamps: true, tailLines: 0, since: new Date(1500) })).toMatchObject({
      tail: 0,
      since: '1.500',
    });
  });
});

test('hasSysResource() looks at bit 24 of the effective capabilities', () => {
  expect(hasSysResource('CapEff:\t000001ffffffffff\n')).toBe(true);
  expect(hasSysResource('CapEff:\t000001fffeffffff\n')).toBe(false);
  expect(hasSysResource('')).toBe(false);
});
