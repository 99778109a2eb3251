/**
 * The Docker runtime against a daemon that misbehaves (a stand-in on a socket of our own), and, when a real one answers,
 * what only real containers can show.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pino from 'pino';
import type { PodNetwork } from '../network/pod-network';
import { createDockerRuntime } from './docker-runtime';
import type { ContainerConfig, Runtime, SandboxConfig } from './runtime';

const log = pino({ level: 'silent' });
const noNetwork: PodNetwork = {
  notReadyReason: () => undefined,
  attach: async () => ({ ip: '10.0.0.2' }),
  detach: async () => {},
  ipOf: () => '10.0.0.2',
};

const open = (socketPath: string, clusterId = `unit-${process.pid}`): Promise<Runtime> =>
  createDockerRuntime({ socketPath, clusterId, nodeName: 'n', network: noNetwork, pauseImage: 'minik8s/pause:1', log });

async function waitFor<T>(look: () => Promise<T | undefined> | T | undefined): Promise<T> {
  const deadline = Date.now() + 10_000;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (Date.now() > deadline) throw new Error('waited 10 s in vain');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

describe('createDockerRuntime() when the daemon misbehaves', () => {
  const directory = mkdtempSync(join(tmpdir(), 'minik8s-docker-'));
  const socketPath = join(directory, 'docker.sock');
  let server: Server | undefined;
  let runtime: Runtime;

  function serve(listener: RequestListener): Promise<void> {
    server = createServer(listener);
    return new Promise((resolve) => server?.listen(socketPath, resolve));
  }
  async function shut(): Promise<void> {
    server?.closeAllConnections();
    await new Promise((resolve) => (server ? server.close(resolve) : resolve(undefined)));
    server = undefined;
  }

  afterEach(async () => {
    await runtime.close();
    await shut();
  });
  afterAll(() => rmSync(directory, { recursive: true }));

  test('a daemon that is down is RuntimeUnavailable at once, and found again when it is up', async () => {
    runtime = await open(socketPath);
    await expect(runtime.listContainers()).rejects.toMatchObject({ reason: 'RuntimeUnavailable' });
    await expect(runtime.info()).rejects.toMatchObject({ reason: 'RuntimeUnavailable' });
    await serve((request, response) => {
      if (request.url?.includes('/events')) return void response.writeHead(200).flushHeaders();
      response.end('[]');
    });
    expect(await waitFor(() => runtime.listContainers().catch(() => undefined))).toEqual([]);
  });

  test('a daemon that hangs is RuntimeUnavailable within seconds', async () => {
    await serve(() => {});
    runtime = await open(socketPath);
    await expect(runtime.info()).rejects.toMatchObject({ reason: 'RuntimeUnavailable' });
  }, 10_000);

  test('a broken event stream is connected again, and the kubelet told to list anew', async () => {
    let streams = 0;
    await serve((request, response) => {
      if (!request.url?.includes('/events')) return void response.end('[]');
      streams++;
      response.writeHead(200).flushHeaders();
      if (streams === 1) setTimeout(() => response.destroy(), 20);
    });
    runtime = await open(socketPath);
    let resyncs = 0;
    runtime.watchEvents({ onEvent: () => {}, onResync: () => resyncs++ });
    await waitFor(() => (resyncs === 1 ? true : undefined));
    expect(streams).toBe(2);
  });

  test('an error inside a pull is ErrImagePull with the words of the registry', async () => {
    await serve((request, response) => {
      if (request.url?.includes('/events')) return void response.writeHead(200).flushHeaders();
      response.end('{"status":"Pulling"}\n{"error":"manifest unknown"}\n');
    });
    runtime = await open(socketPath);
    await expect(runtime.pullImage('app:1')).rejects.toMatchObject({
      reason: 'ErrImagePull',
      message: 'failed to pull image "app:1": manifest unknown',
    });
  });
});

const SOCKET = process.env['MINIK8S_DOCKER_SOCKET'] ?? '/var/run/docker.sock';

function whyNoDocker(): string | undefined {
  if (!existsSync(SOCKET)) return `there is no ${SOCKET}`;
  try {
    execFileSync('docker', ['-H', `unix://${SOCKET}`, 'image', 'inspect', 'minik8s/base:1', 'minik8s/pause:1'], {
      stdio: 'pipe',
    });
    return undefined;
  } catch (error) {
    return `no daemon with our images: ${String(error).split('\n')[1] ?? error}`;
  }
}

describe('createDockerRuntime() with real containers', () => {
  const reason = whyNoDocker();
  let runtime: Runtime;
  let pods = 0;

  beforeAll(async () => {
    if (reason) process.stderr.write(`skipped: real containers: ${reason}\n`);
    else runtime = await open(SOCKET);
  });
  afterAll(async () => {
    if (reason) return;
    for (const sandbox of await runtime.listSandboxes()) await runtime.removeSandbox(sandbox.id);
    await runtime.close();
  }, 60_000);

  function check(title: string, body: () => Promise<void>): void {
    test(title, async () => (reason ? undefined : await body()), 60_000);
  }

  const sandboxConfig = (change: Partial<SandboxConfig> = {}): SandboxConfig => {
    const name = `real${++pods}`;
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
  };
  const containerConfig = (change: Partial<ContainerConfig> = {}): ContainerConfig => ({
    name: 'main',
    attempt: 0,
    image: 'minik8s/base:1',
    command: ['sleep', '100000'],
    args: [],
    env: [],
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
    specHash: 'h',
    labels: {},
    ...change,
  });

  async function outputOf(id: string, script: string): Promise<string> {
    const session = await runtime.exec(id, {
      command: ['sh', '-c', script],
      stdin: false,
      stdout: true,
      stderr: true,
      tty: false,
    });
    let text = '';
    for await (const chunk of session.stdout ?? []) text += chunk;
    await session.exitCode;
    return text.trim();
  }

  check('closing an exec kills its command', async () => {
    const sandbox = await runtime.runSandbox(sandboxConfig());
    const { id } = await runtime.startContainer(sandbox, containerConfig());
    const session = await runtime.exec(id, {
      command: ['sleep', '4711'],
      stdin: true,
      stdout: true,
      stderr: true,
      tty: false,
    });
    const running = () => outputOf(id, 'ps | grep -c "[s]leep 4711"');
    await waitFor(async () => ((await running()) === '1' ? true : undefined));
    session.close();
    await waitFor(async () => ((await running()) === '0' ? true : undefined));
    expect(await session.exitCode).toBe(137);
  });

  check('a terminal has a size and one stream', async () => {
    const sandbox = await runtime.runSandbox(sandboxConfig());
    const { id } = await runtime.startContainer(sandbox, containerConfig());
    const session = await runtime.exec(id, { command: ['sh'], stdin: true, stdout: true, stderr: true, tty: true });
    expect(session.stderr).toBeUndefined();
    let text = '';
    session.stdout?.on('data', (chunk: Buffer) => {
      text += chunk;
    });
    await session.resize(91, 37);
    session.stdin?.write('stty size; exit 6\n');
    expect(await session.exitCode).toBe(6);
    expect(text).toContain('37 91');
  });

  check('attach() speaks with the container’s own process', async () => {
    const sandbox = await runtime.runSandbox(sandboxConfig());
    const config = containerConfig({
      command: ['sh', '-c', 'read line; echo "got $line"; exit 5'],
      stdin: true,
      stdinOnce: true,
    });
    const { id } = await runtime.startContainer(sandbox, config);
    const session = await runtime.attach(id, { stdin: true, stdout: true, stderr: true, tty: false });
    session.stdin?.write('a word\n');
    let text = '';
    for await (const chunk of session.stdout ?? []) text += chunk;
    expect(text).toBe('got a word\n');
    // Docker itself would join the streams of a container that has ended, and never let go.
    const refusal = await waitFor(() =>
      runtime.attach(id, { stdin: true, stdout: true, stderr: true, tty: false }).then(
        (again) => again.close() as undefined,
        (error: Error) => error.message,
      ),
    );
    expect(refusal).toContain('is not running');
  });

  check('attach() to a container whose input stays open ends with the input of the session', async () => {
    const sandbox = await runtime.runSandbox(sandboxConfig());
    const config = containerConfig({ command: ['sh', '-c', 'cat; echo closed'], stdin: true });
    const { id } = await runtime.startContainer(sandbox, config);
    const session = await runtime.attach(id, { stdin: true, stdout: true, stderr: true, tty: false });
    session.stdin?.end('a word\n');
    let text = '';
    for await (const chunk of session.stdout ?? []) text += chunk;
    expect(text).toBe('a word\n');
    expect(await session.exitCode).toBe(0);
  });

  check('containers of a pod share its name, network and IPC, and the processes when asked', async () => {
    const sandbox = await runtime.runSandbox(sandboxConfig({ sharePid: true }));
    const one = await runtime.startContainer(sandbox, containerConfig());
    const two = await runtime.startContainer(sandbox, containerConfig({ name: 'other' }));
    const look = 'hostname; readlink /proc/self/ns/net /proc/self/ns/ipc /proc/self/ns/pid';
    expect(await outputOf(one.id, look)).toBe(await outputOf(two.id, look));
    expect(await outputOf(one.id, 'hostname')).toBe(sandbox.pod.name);
    expect(await outputOf(one.id, 'cat /proc/1/comm')).toBe('pause');
  });

  check('the pause process reaps orphans', async () => {
    const sandbox = await runtime.runSandbox(sandboxConfig({ sharePid: true }));
    const { id } = await runtime.startContainer(sandbox, containerConfig());
    await outputOf(id, '(sleep 0.05 & ) ; true');
    const zombies = () => outputOf(id, 'grep -l "^State:.Z" /proc/[0-9]*/status | wc -l');
    const sleepers = () => outputOf(id, 'ps | grep -c "[s]leep 0.05"');
    await waitFor(async () => ((await sleepers()) === '0' ? true : undefined));
    expect(await zombies()).toBe('0');
  });

  check('clusters on one Docker do not see each other', async () => {
    const sandbox = await runtime.runSandbox(sandboxConfig());
    const other = await open(SOCKET, 'another-cluster');
    expect(await other.listSandboxes(sandbox.pod.uid)).toEqual([]);
    await other.close();
  });

  check('a mount shows a folder of the host, made when it was not there', async () => {
    const base = mkdtempSync(join(tmpdir(), 'minik8s-mount-'));
    const sandbox = await runtime.runSandbox(sandboxConfig());
    const mounts = [{ hostPath: join(base, 'new'), containerPath: '/data', readOnly: false }];
    const { id } = await runtime.startContainer(sandbox, containerConfig({ mounts }));
    await outputOf(id, 'echo hello > /data/file');
    expect(readFileSync(join(base, 'new', 'file'), 'utf8')).toBe('hello\n');
    rmSync(base, { recursive: true });
  });

  check('a container made by a kubelet that died before it was started is made anew', async () => {
    const sandbox = await runtime.runSandbox(sandboxConfig());
    const first = await runtime
      .startContainer(sandbox, containerConfig({ command: ['nonexistent'] }))
      .catch(() => undefined);
    expect(first).toBeUndefined();
    const second = await runtime.startContainer(sandbox, containerConfig());
    expect(await runtime.listContainers(sandbox.pod.uid)).toEqual([second]);
  });

  check('cgroupParent is where the containers live', async () => {
    const parent = `/m8-test-${process.pid}`;
    const sandbox = await runtime.runSandbox(sandboxConfig({ cgroupParent: parent }));
    const { pid } = await runtime.startContainer(sandbox, containerConfig());
    expect(readFileSync(`/proc/${pid}/cgroup`, 'utf8')).toContain(parent);
    await runtime.removeSandbox(sandbox.id);
    const roots = ['', ...readdirSync('/sys/fs/cgroup')].map((name) => join('/sys/fs/cgroup', name, parent));
    for (const folder of roots.filter((path) => existsSync(path))) execFileSync('rmdir', [folder]);
  });
});
