/** What only a simulated runtime can show: time moved by hand, and a thousand pods. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSimulatedNetwork } from '../network/simulated-network';
import type { Clock } from './clock';
import type { ContainerConfig, SandboxConfig } from './runtime';
import { behaviourOf, simulateExec } from './simulated-behaviour';
import { createSimulatedRuntime } from './simulated-runtime';

/** A clock that stands still until it is moved. */
function handClock(): Clock & { move(seconds: number): void } {
  let nowMs = Date.parse('2026-01-01T00:00:00Z');
  const due = new Set<{ atMs: number; work: () => void }>();
  return {
    now: () => new Date(nowMs),
    after(seconds, work) {
      const entry = { atMs: nowMs + seconds * 1000, work };
      due.add(entry);
      return () => void due.delete(entry);
    },
    move(seconds) {
      nowMs += seconds * 1000;
      for (const entry of [...due].sort((a, b) => a.atMs - b.atMs)) {
        if (entry.atMs > nowMs) continue;
        due.delete(entry);
        entry.work();
      }
    },
  };
}

const sandboxConfig = (name: string): SandboxConfig => ({
  pod: { uid: name, namespace: 'default', name },
  attempt: 0,
  hostname: name,
  hostNetwork: false,
  hostPid: false,
  hostIpc: false,
  sharePid: false,
  portMappings: [],
  sysctls: {},
  cgroupParent: '',
  labels: {},
});

const containerConfig = (env: readonly string[]): ContainerConfig => ({
  name: 'main',
  attempt: 0,
  image: 'minik8s/base:1',
  command: [],
  args: [],
  env,
  mounts: [],
  resources: {},
  supplementalGroups: [],
  privileged: false,
  readOnlyRootFilesystem: false,
  addCapabilities: [],
  dropCapabilities: [],
  noNewPrivileges: false,
  unmaskProc: false,
  stdin: false,
  stdinOnce: false,
  tty: false,
  specHash: '',
  labels: {},
});

describe('createSimulatedRuntime()', () => {
  const directory = mkdtempSync(join(tmpdir(), 'minik8s-simulated-'));
  afterAll(() => rmSync(directory, { recursive: true }));

  test('ends a container when its time has come, and not before', async () => {
    const network = createSimulatedNetwork();
    await network.setPodCidr('10.244.1.0/24');
    const clock = handClock();
    const runtime = createSimulatedRuntime({ network, clock });
    const sandbox = await runtime.runSandbox(sandboxConfig('p'));
    const env = ['MINIK8S_SIM_EXIT_AFTER_SECONDS=60', 'MINIK8S_SIM_EXIT_CODE=4'];
    await runtime.startContainer(sandbox, containerConfig(env));
    clock.move(59);
    expect(await runtime.listContainers('p')).toMatchObject([{ state: 'running' }]);
    clock.move(1);
    expect(await runtime.listContainers('p')).toMatchObject([{ state: 'exited', exitCode: 4 }]);
    await runtime.close();
  });

  test('goes on from its state file: addresses, running containers, and ends that fell due meanwhile', async () => {
    const clock = handClock();
    const stateFile = join(directory, 'state.json');
    const open = async () => {
      const network = createSimulatedNetwork();
      await network.setPodCidr('10.244.1.0/24');
      return createSimulatedRuntime({ network, clock, stateFile });
    };
    const first = await open();
    const sandbox = await first.runSandbox(sandboxConfig('p'));
    await first.startContainer(sandbox, containerConfig(['MINIK8S_SIM_EXIT_AFTER_SECONDS=60']));
    await first.close();
    const second = await open();
    expect(await second.listSandboxes('p')).toEqual([sandbox]);
    expect((await second.runSandbox(sandboxConfig('q'))).ip).not.toBe(sandbox.ip);
    clock.move(60);
    expect(await second.listContainers('p')).toMatchObject([{ state: 'exited', exitCode: 0 }]);
    await second.close();
  });

  test('refuses a sandbox when the range is used up', async () => {
    const network = createSimulatedNetwork();
    await network.setPodCidr('10.244.1.0/30');
    const runtime = createSimulatedRuntime({ network });
    await runtime.runSandbox(sandboxConfig('p'));
    await expect(runtime.runSandbox(sandboxConfig('q'))).rejects.toMatchObject({ reason: 'CreatePodSandboxError' });
  });

  test('holds a thousand pods, each with its own address', async () => {
    const network = createSimulatedNetwork();
    await network.setPodCidr('10.244.0.0/20');
    const runtime = createSimulatedRuntime({ network });
    for (let index = 0; index < 1000; index++) {
      const sandbox = await runtime.runSandbox(sandboxConfig(`p${index}`));
      await runtime.startContainer(sandbox, containerConfig([]));
      expect(await runtime.listContainers(`p${index}`)).toHaveLength(1);
    }
    expect(new Set((await runtime.listSandboxes()).map((sandbox) => sandbox.ip)).size).toBe(1000);
    await runtime.close();
  });
});

describe('behaviourOf()', () => {
  test('runs for ever by default', () => {
    expect(behaviourOf({ env: [] })).not.toHaveProperty('exitAfterSeconds');
    expect(behaviourOf({ env: [] })).toMatchObject({ exitCode: 0, stopExitCode: 143, stopSeconds: 0 });
  });
  test('takes a value that is no number for absent', () => {
    expect(behaviourOf({ env: ['MINIK8S_SIM_EXIT_AFTER_SECONDS=soon', 'MINIK8S_SIM_EXIT_CODE='] })).toEqual(
      behaviourOf({ env: [] }),
    );
  });
});

describe('simulateExec()', () => {
  test.each([
    [['echo', 'a', 'b'], { stdout: 'a b\n', exitCode: 0 }],
    [['sh', '-c', 'exit 5'], { exitCode: 5 }],
    [['/bin/sh', '-c', 'echo hello'], { stdout: 'hello\n' }],
    [['false'], { exitCode: 1 }],
    [['nonexistent'], { exitCode: 126 }],
    [['anything'], { exitCode: 0, stdout: '' }],
  ])('%j', (command, expected) => {
    expect(simulateExec(command, {})).toMatchObject(expected);
  });
  test('ends as the environment says, whatever the command', () => {
    expect(simulateExec(['echo', 'a'], { execExitCode: 9 })).toMatchObject({ exitCode: 9, stdout: '' });
  });
});
