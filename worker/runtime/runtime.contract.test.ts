/**
 * What the kubelet relies on, tested against every runtime: real containers when a Docker daemon answers and when containerd is
 * installed, simulated always. How each of them is set up stands in test/runtimes/runtime-benches.ts.
 */
import type { Readable } from 'node:stream';
import { IMAGE, type RuntimeBench, runtimeBenches } from '../../test/runtimes/runtime-benches';
import type { ContainerConfig, ContainerStatus, Runtime, RuntimeEvent, SandboxConfig, SandboxStatus } from './runtime';

const WAIT_LIMIT_MS = 20_000;

let pods = 0;
function sandboxConfig(change: Partial<SandboxConfig> = {}): SandboxConfig {
  const name = `p${++pods}`;
  return {
    pod: { uid: `${process.pid}-${name}`, namespace: 'default', name },
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
    ...change,
  };
}

function containerConfig(script: string, change: Partial<ContainerConfig> = {}): ContainerConfig {
  return {
    name: 'main',
    attempt: 0,
    image: IMAGE,
    command: ['sh', '-c', script],
    args: [],
    env: [],
    mounts: [],
    resources: { oomScoreAdj: -5, memoryBytesLimit: 64 * 1024 * 1024, cpuMillicoresLimit: 500 },
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
    specHash: 'hash-1',
    labels: { app: 'web' },
    ...change,
  };
}

async function waitFor<T>(what: string, look: () => Promise<T | undefined> | T | undefined): Promise<T> {
  const deadline = Date.now() + WAIT_LIMIT_MS;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (Date.now() > deadline) throw new Error(`waited ${WAIT_LIMIT_MS} ms in vain for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

async function textOf(stream: Readable | undefined): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream ?? []) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks).toString('utf8');
}

async function statusOf(runtime: Runtime, container: ContainerStatus): Promise<ContainerStatus | undefined> {
  return (await runtime.listContainers(container.pod.uid)).find((one) => one.id === container.id);
}

const RUN_FOR_EVER = 'exec sleep 100000';

describe.each(runtimeBenches)('%s', (name, open, whyNot) => {
  let bench: RuntimeBench | undefined;
  let runtime: Runtime;

  beforeAll(async () => {
    const reason = await whyNot();
    if (reason !== undefined) {
      process.stderr.write(`skipped: ${name}: ${reason}\n`);
      return;
    }
    bench = await open();
    runtime = bench.runtime;
  }, 30_000);

  afterAll(async () => {
    await bench?.close();
  }, 60_000);

  /** A test that passes over a bench that could not be opened; the reason was printed. */
  function check(title: string, body: () => Promise<void>): void {
    test(title, async () => {
      if (bench) await body();
    }, 60_000);
  }

  async function startPod(
    script = RUN_FOR_EVER,
    change: Partial<ContainerConfig> = {},
  ): Promise<{ sandbox: SandboxStatus; container: ContainerStatus }> {
    const sandbox = await runtime.runSandbox(sandboxConfig());
    return { sandbox, container: await runtime.startContainer(sandbox, containerConfig(script, change)) };
  }

  check('runSandbox() gives a ready sandbox with an address of the node range', async () => {
    const config = sandboxConfig({ attempt: 2, labels: { app: 'web' } });
    const sandbox = await runtime.runSandbox(config);
    expect(sandbox).toMatchObject({ pod: config.pod, attempt: 2, state: 'ready', hostNetwork: false });
    expect(sandbox.ip).toMatch(/^10\.21[34]\.[78]\.\d+$/);
    expect(sandbox.labels).toMatchObject({ app: 'web' });
    expect(await runtime.listSandboxes(config.pod.uid)).toEqual([sandbox]);
  });

  check('runSandbox() gives a host network pod no address of its own', async () => {
    const sandbox = await runtime.runSandbox(sandboxConfig({ hostNetwork: true }));
    expect(sandbox).toMatchObject({ ip: '', hostNetwork: true, state: 'ready' });
  });

  check('startContainer() returns a running container that listContainers() knows by pod', async () => {
    const { sandbox, container } = await startPod(RUN_FOR_EVER, { attempt: 3 });
    expect(container).toMatchObject({
      sandboxId: sandbox.id,
      pod: sandbox.pod,
      name: 'main',
      attempt: 3,
      specHash: 'hash-1',
      state: 'running',
      image: IMAGE,
      oomKilled: false,
    });
    expect(container.imageId).toMatch(/^sha256:[0-9a-f]{64}$/);
    expect(container.labels).toMatchObject({ app: 'web' });
    expect(container.startedAt?.getTime()).toBeGreaterThanOrEqual(container.createdAt.getTime());
    expect(await runtime.listContainers(sandbox.pod.uid)).toEqual([container]);
    expect(await runtime.listContainers('another-pod')).toEqual([]);
  });

  check('startContainer() throws ErrImagePull when the image is not on the node', async () => {
    const sandbox = await runtime.runSandbox(sandboxConfig());
    const start = runtime.startContainer(sandbox, containerConfig('', { image: 'missing-image:1' }));
    await expect(start).rejects.toMatchObject({ name: 'RuntimeError', reason: 'ErrImagePull' });
    expect(await runtime.listContainers(sandbox.pod.uid)).toEqual([]);
  });

  check(
    'startContainer() throws RunContainerError for a command that does not exist, and leaves its status',
    async () => {
      const sandbox = await runtime.runSandbox(sandboxConfig());
      const start = runtime.startContainer(sandbox, containerConfig('', { command: ['nonexistent'] }));
      await expect(start).rejects.toMatchObject({
        reason: 'RunContainerError',
        message: expect.stringContaining('"nonexistent": executable file not found'),
      });
      expect(await runtime.listContainers(sandbox.pod.uid)).toMatchObject([
        { state: 'exited', exitCode: expect.any(Number), error: expect.stringContaining('nonexistent') },
      ]);
    },
  );

  check('a container that ends by itself is exited with its code, and an event tells', async () => {
    const events: RuntimeEvent[] = [];
    const stop = runtime.watchEvents({ onEvent: (event) => events.push(event), onResync: () => {} });
    const env = ['MINIK8S_SIM_EXIT_AFTER_SECONDS=0.05', 'MINIK8S_SIM_EXIT_CODE=3'];
    const { container } = await startPod('sleep 0.05; exit 3', { env });
    await waitFor('the event of the death', () =>
      events.find((event) => event.containerId === container.id && event.type === 'died'),
    );
    stop();
    const status = await statusOf(runtime, container);
    expect(status).toMatchObject({ state: 'exited', exitCode: 3, oomKilled: false });
    expect(status?.finishedAt).toBeInstanceOf(Date);
    expect(events.find((event) => event.containerId === container.id)).toMatchObject({
      type: 'started',
      podUid: container.pod.uid,
    });
  });

  check('stopContainer() sends the stop signal first', async () => {
    const { container } = await startPod('trap "exit 7" TERM; while :; do sleep 0.05; done', {
      env: ['MINIK8S_SIM_EXIT_CODE=7'],
    });
    await runtime.exec(container.id, { command: ['true'], stdin: false, stdout: true, stderr: true, tty: false });
    await runtime.stopContainer(container.id, 10);
    await runtime.stopContainer(container.id, 10);
    expect(await statusOf(runtime, container)).toMatchObject({ state: 'exited', exitCode: 7 });
  });

  check('stopContainer() kills what does not obey within the grace period', async () => {
    const { container } = await startPod('trap "" TERM; while :; do sleep 0.05; done', {
      env: ['MINIK8S_SIM_STOP_SECONDS=100'],
    });
    const began = Date.now();
    await runtime.stopContainer(container.id, 1);
    expect(Date.now() - began).toBeGreaterThanOrEqual(900);
    expect(await statusOf(runtime, container)).toMatchObject({ state: 'exited', exitCode: 137, oomKilled: false });
  });

  check('a container killed for memory says so', async () => {
    const { container } = await startPod('x=a; while :; do x=$x$x; done', {
      env: ['MINIK8S_SIM_OOM=1', 'MINIK8S_SIM_EXIT_AFTER_SECONDS=0'],
      resources: { memoryBytesLimit: 16 * 1024 * 1024 },
    });
    const ended = await waitFor('the kill', async () => {
      const status = await statusOf(runtime, container);
      return status?.state === 'exited' ? status : undefined;
    });
    expect(ended).toMatchObject({ oomKilled: true, exitCode: 137 });
  });

  check('stopSandbox() stops all of its containers and frees the address; twice is once', async () => {
    const { sandbox, container } = await startPod();
    await runtime.stopSandbox(sandbox.id);
    await runtime.stopSandbox(sandbox.id);
    expect(await statusOf(runtime, container)).toMatchObject({ state: 'exited', exitCode: 137 });
    expect(await runtime.listSandboxes(sandbox.pod.uid)).toMatchObject([{ state: 'notReady', ip: '' }]);
  });

  check('removeSandbox() leaves nothing; what is not there is no error', async () => {
    const { sandbox, container } = await startPod();
    await runtime.removeSandbox(sandbox.id);
    await runtime.removeSandbox(sandbox.id);
    await runtime.removeContainer(container.id);
    await runtime.stopContainer(container.id, 0);
    expect(await runtime.listSandboxes(sandbox.pod.uid)).toEqual([]);
    expect(await runtime.listContainers(sandbox.pod.uid)).toEqual([]);
  });

  check('listContainers() has the newest attempt first', async () => {
    const { sandbox, container } = await startPod();
    await runtime.stopContainer(container.id, 0);
    await runtime.startContainer(sandbox, containerConfig(RUN_FOR_EVER, { attempt: 1 }));
    expect((await runtime.listContainers(sandbox.pod.uid)).map((one) => [one.attempt, one.state])).toEqual([
      [1, 'running'],
      [0, 'exited'],
    ]);
  });

  check('exec() carries stdin, stdout and the exit code', async () => {
    const { container } = await startPod();
    const request = { stdin: true, stdout: true, stderr: true, tty: false };
    const session = await runtime.exec(container.id, { ...request, command: ['cat'] });
    session.stdin?.end('through the container');
    expect(await textOf(session.stdout)).toBe('through the container');
    expect(await session.exitCode).toBe(0);
    const failing = await runtime.exec(container.id, { ...request, stdin: false, command: ['sh', '-c', 'exit 3'] });
    expect(await failing.exitCode).toBe(3);
  });

  check('exec() keeps stdout and stderr apart, and says when a program does not exist', async () => {
    const { container } = await startPod();
    const request = { stdin: false, stdout: true, stderr: true, tty: false };
    const session = await runtime.exec(container.id, { ...request, command: ['echo', 'out'] });
    const [stdout, stderr] = await Promise.all([textOf(session.stdout), textOf(session.stderr)]);
    expect([stdout, stderr, await session.exitCode]).toEqual(['out\n', '', 0]);
    const missing = await runtime.exec(container.id, { ...request, command: ['nonexistent'] });
    const said = (await Promise.all([textOf(missing.stdout), textOf(missing.stderr)])).join('');
    expect(said).toContain('executable file not found');
    expect([126, 127]).toContain(await missing.exitCode);
  });

  check('exec() in a container that does not run throws NotFound', async () => {
    const { container } = await startPod();
    await runtime.stopContainer(container.id, 0);
    const request = { command: ['true'], stdin: false, stdout: true, stderr: true, tty: false };
    await expect(runtime.exec(container.id, request)).rejects.toMatchObject({ reason: 'NotFound' });
    await expect(runtime.exec('0123456789', request)).rejects.toMatchObject({ reason: 'NotFound' });
  });

  check('dial() connects to what listens on localhost inside the pod only', async () => {
    const serve = 'mkdir /www; echo ok >/www/index.html; exec httpd -f -p 127.0.0.1:8099 -h /www';
    const { sandbox, container } = await startPod(serve);
    const connection = await waitFor('a listener', () =>
      runtime.dial(sandbox, 8099, 'localhost').catch(() => undefined),
    );
    connection.write('GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
    expect(await textOf(connection)).toMatch(/^HTTP\/1.1 200 OK\r\n/);
    await runtime.stopSandbox(container.sandboxId);
    await expect(runtime.dial(sandbox, 8099, 'localhost')).rejects.toMatchObject({ reason: 'NotFound' });
  });

  check('logs() ends at once without follow, and with the container with follow', async () => {
    const { container } = await startPod('echo "simulated container"; exec sleep 100000');
    const request = { follow: false, timestamps: false };
    const text = await waitFor(
      'a line',
      async () => (await textOf(await runtime.logs(container.id, request))) || undefined,
    );
    expect(text).toContain('simulated container');
    expect(await textOf(await runtime.logs(container.id, { ...request, tailLines: 0 }))).toBe('');
    const stamped = await textOf(await runtime.logs(container.id, { ...request, timestamps: true, tailLines: 1 }));
    expect(stamped).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z simulated container/);
    const future = new Date(Date.now() + 60_000);
    expect(await textOf(await runtime.logs(container.id, { ...request, since: future }))).toBe('');
    const followed = textOf(await runtime.logs(container.id, { ...request, follow: true }));
    await runtime.stopContainer(container.id, 0);
    expect(await followed).toContain('simulated container');
    await expect(runtime.logs('0123456789', request)).rejects.toMatchObject({ reason: 'NotFound' });
  });

  check('usage() measures a running container and nothing else', async () => {
    const { container } = await startPod();
    const usage = await runtime.usage(container.id);
    expect(usage?.memoryWorkingSetBytes).toBeGreaterThan(0);
    expect(usage?.cpuNanoSecondsTotal).toBeGreaterThanOrEqual(0);
    await runtime.stopContainer(container.id, 0);
    expect(await runtime.usage(container.id)).toBeUndefined();
  });

  check('imageStatus() and listImages() know an image that is there', async () => {
    const status = await runtime.imageStatus(IMAGE);
    expect(status).toMatchObject({
      id: expect.stringMatching(/^sha256:/),
      tags: expect.arrayContaining([expect.stringMatching(/(^|\/)minik8s\/base:1$/)]),
      user: '',
    });
    expect((await runtime.listImages()).map((image) => image.id)).toContain(status?.id);
    expect(await runtime.imageStatus('missing-image:1')).toBeUndefined();
    await expect(runtime.pullImage('Not A Name')).rejects.toMatchObject({ reason: 'InvalidImageName' });
  });

  check('a runtime opened anew adopts what runs', async () => {
    const { sandbox, container } = await startPod();
    const second = (await bench?.reopen()) ?? runtime;
    expect(await second.listContainers(sandbox.pod.uid)).toEqual([container]);
    expect(await second.listSandboxes(sandbox.pod.uid)).toEqual([sandbox]);
    runtime = second;
    await second.stopContainer(container.id, 0);
    expect(await statusOf(second, container)).toMatchObject({ state: 'exited' });
  });

  check('info() names the runtime', async () => {
    expect(await runtime.info()).toMatchObject({ name: expect.stringMatching(/^(docker|containerd|simulated)$/) });
  });
});
