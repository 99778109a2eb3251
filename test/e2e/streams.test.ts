/**
 * Streams with stock kubectl over real containers: attach, exec, run, cp, port-forward, debug, proxy; WebSocket and SPDY.
 *
 * One cluster, all in a row. A terminal is made by `script`, which gives kubectl a pseudo-terminal.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { KUBECTL } from '../kubectl-path';
import { type Cluster, command, dockerMissing, eventually, httpGet, startCluster } from './cluster';

jest.setTimeout(180_000);

const KUBECTL_PATH = KUBECTL ?? 'kubectl';
const SPDY = { KUBECTL_REMOTE_COMMAND_WEBSOCKETS: 'false', KUBECTL_PORT_FORWARD_WEBSOCKETS: 'false' };
const MANIFEST = `
apiVersion: v1
kind: Pod
metadata: {name: web, labels: {app: web}}
spec:
  terminationGracePeriodSeconds: 1
  containers:
  - name: c
    image: minik8s/base:1
    ports: [{containerPort: 8080}]
    command: [sh, -c, 'mkdir /www; echo only inside > /www/index.html; httpd -p 127.0.0.1:8081 -h /www; exec httpd -f -p 8080 -h /www']
---
apiVersion: v1
kind: Pod
metadata: {name: talker}
spec:
  terminationGracePeriodSeconds: 1
  containers:
  - {name: c, image: minik8s/base:1, stdin: true, stdinOnce: true, command: [sh, -c, 'while read line; do echo "heard $line"; done; echo bye']}
  restartPolicy: Never
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec:
  selector: {app: web}
  ports: [{port: 80, targetPort: 8080}]
`;

describe('streams', () => {
  let cluster: Cluster;
  let skipped: string | undefined;
  const started: ChildProcess[] = [];

  beforeAll(async () => {
    skipped = (await dockerMissing()) ?? (KUBECTL ? undefined : 'no kubectl on PATH');
    if (skipped) {
      console.warn(`skipped: ${skipped}`);
      return;
    }
    cluster = await startCluster();
    await cluster.apply(MANIFEST);
    await cluster.kubectl('wait', '--for=condition=Ready', 'pod/web', 'pod/talker', '--timeout=60s');
  });
  afterAll(async () => {
    for (const child of started) child.kill('SIGKILL');
    await cluster?.stop();
  });

  const scenario = (name: string, body: () => Promise<void>) =>
    test(name, async () => {
      if (!skipped) await body();
    });
  const withEnv = (env: Record<string, string>, args: readonly string[], stdin?: string) =>
    command(KUBECTL_PATH, args, { env: { ...cluster.env, ...env }, ...(stdin === undefined ? {} : { stdin }) });
  /** kubectl with a terminal of its own; what it shows. */
  const inTerminal = (args: readonly string[], typed: string) => {
    const line = [KUBECTL_PATH, ...args].map((word) => `'${word}'`).join(' ');
    return command('script', ['-qec', `stty cols 97 rows 31; ${line}`, '/dev/null'], {
      env: cluster.env,
      stdin: typed,
    });
  };

  scenario('exec: exit codes, both outputs, a missing program', async () => {
    for (const env of [{}, SPDY]) {
      const failing = await withEnv(env, ['exec', 'web', '--', 'sh', '-c', 'echo out; echo err >&2; exit 7']);
      expect([failing.code, failing.stdout, failing.stderr]).toEqual([7, 'out\n', expect.stringContaining('err\n')]);
      expect((await withEnv(env, ['exec', 'web', '--', 'no-such-program'])).code).not.toBe(0);
    }
  });

  scenario('exec: five megabytes in, and out again', async () => {
    const text = randomBytes(5 * 512 * 1024).toString('hex');
    const sum = createHash('md5').update(text).digest('hex');
    for (const env of [{}, SPDY]) {
      expect((await withEnv(env, ['exec', '-i', 'web', '--', 'md5sum'], text)).stdout).toContain(sum);
      const { stdout } = await withEnv(env, ['exec', '-i', 'web', '--', 'cat'], text);
      expect(createHash('md5').update(stdout).digest('hex')).toBe(sum);
    }
  });

  scenario('exec -it: a terminal of the size the user has', async () => {
    const { stdout } = await inTerminal(['exec', '-it', 'web', '--', 'sh', '-c', 'sleep 0.5; stty size; exit 3'], '');
    expect(stdout).toContain('31 97');
  });

  scenario('a client that is gone takes its command along', async () => {
    const child = spawn(KUBECTL_PATH, ['exec', 'web', '--', 'sleep', '4711'], { env: cluster.env, stdio: 'ignore' });
    started.push(child);
    const sleeps = async () => (await cluster.kubectl('exec', 'web', '--', 'ps')).includes('sleep 4711');
    await eventually(sleeps);
    child.kill('SIGKILL');
    await eventually(async () => !(await sleeps()));
  });

  scenario('attach: input, output, and the end when input ends', async () => {
    const { stdout } = await withEnv({}, ['attach', '-i', 'talker'], 'one\ntwo\n');
    expect(stdout).toContain('heard one\nheard two\nbye\n');
    await eventually(
      async () => (await cluster.kubectl('get', 'pod', 'talker', '-o', 'jsonpath={.status.phase}')) === 'Succeeded',
    );
  });

  scenario('run --rm -i: what it prints, its exit code, and then it is gone', async () => {
    const base = ['run', 'once', '--image=minik8s/base:1', '--image-pull-policy=IfNotPresent', '--restart=Never'];
    const good = await withEnv({}, [...base, '--rm', '-i', '--', 'sh', '-c', 'read x; echo "got $x"'], 'word\n');
    expect([good.code, good.stdout]).toEqual([0, expect.stringContaining('got word')]);
    const bad = await withEnv({}, [...base, '--rm', '-i', '--', 'sh', '-c', 'sleep 1; exit 4']);
    expect(bad.code).toBe(4);
    expect((await cluster.tryKubectl(['get', 'pod', 'once'])).stderr).toContain('NotFound');
    // After attaching, kubectl first tells a size that is off by one, so that programs draw anew.
    const sized = 'for i in $(seq 80); do stty size | grep "31 97" && break; sleep 0.1; done';
    const { stdout } = await inTerminal([...base, '--rm', '-it', '--', 'sh', '-c', sized], '');
    expect(stdout).toContain('31 97');
  });

  scenario(
    'port-forward: twenty requests at once, to what listens on localhost inside, over both transports',
    async () => {
      for (const env of [{}, SPDY]) {
        const child = spawn(KUBECTL_PATH, ['port-forward', 'pod/web', ':8081', '--address=127.0.0.1'], {
          env: { ...cluster.env, ...env },
        });
        started.push(child);
        let said = '';
        child.stdout?.on('data', (chunk) => {
          said += chunk;
        });
        const port = await eventually(() => /127\.0\.0\.1:(\d+) ->/.exec(said)?.[1]);
        const ask = () => httpGet(`http://127.0.0.1:${port}/`, 15_000);
        const answers = await Promise.all(Array.from({ length: 20 }, ask));
        expect(new Set(answers)).toEqual(new Set(['only inside\n']));
        expect(await ask()).toBe('only inside\n');
        child.kill();
      }
    },
  );

  scenario('cp: there and back again', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'minik8s-cp-'));
    const bytes = randomBytes(1024 * 1024);
    writeFileSync(join(folder, 'a'), bytes);
    await cluster.kubectl('cp', join(folder, 'a'), 'web:/tmp/a');
    await cluster.kubectl('cp', 'web:/tmp/a', join(folder, 'b'));
    expect(readFileSync(join(folder, 'b')).equals(bytes)).toBe(true);
  });

  scenario('proxy: pod, service and node', async () => {
    const namespace = '/api/v1/namespaces/default';
    expect(await cluster.kubectl('get', '--raw', `${namespace}/pods/web/proxy/`)).toBe('only inside\n');
    expect(await eventually(() => cluster.kubectl('get', '--raw', `${namespace}/services/web/proxy/index.html`))).toBe(
      'only inside\n',
    );
    expect(await cluster.kubectl('get', '--raw', '/api/v1/nodes/node1/proxy/healthz')).toBe('ok');
    expect(await cluster.kubectl('get', '--raw', '/api/v1/nodes/node1/proxy/stats/summary')).toContain('"web"');
  });

  scenario('debug: beside a container, on a node, on a copy', async () => {
    const image = ['--image=minik8s/base:1', '--image-pull-policy=IfNotPresent'];
    const seen = await withEnv({}, ['debug', 'web', '-i', ...image, '--target=c', '--', 'sh', '-c', 'sleep 1; ps']);
    expect(seen.stdout).toContain('httpd');
    const status = await cluster.kubectl(
      'get',
      'pod',
      'web',
      '-o',
      'jsonpath={.status.ephemeralContainerStatuses[*].name}',
    );
    expect(status).toMatch(/^debugger-/);
    // Docker takes a mount of / only where / is not private, as on every machine that systemd started.
    const root = readFileSync('/proc/self/mountinfo', 'utf8')
      .split('\n')
      .find((line) => line.split(' ')[4] === '/');
    if (/ (shared|master):/.test(root ?? '')) {
      const node = await withEnv({}, ['debug', 'node/node1', '-i', ...image, '--', 'sh', '-c', 'sleep 3; ls /host']);
      expect(node.stdout).toContain('etc');
    }
    const copy = [
      'debug',
      'web',
      '--copy-to=web-copy',
      '-i',
      ...image,
      '--share-processes',
      '--',
      'sh',
      '-c',
      'sleep 3; ps',
    ];
    expect((await withEnv({}, copy)).stdout).toContain('httpd');
  });

  scenario('streams after a restart of the kubelet', async () => {
    const child = spawn(KUBECTL_PATH, ['exec', 'web', '--', 'sleep', '100'], { env: cluster.env, stdio: 'ignore' });
    started.push(child);
    const ended = new Promise((resolve) => child.once('exit', resolve));
    await eventually(async () => (await cluster.kubectl('exec', 'web', '--', 'ps')).includes('sleep 100'));
    process.kill(await cluster.pidOf('kubelet'), 'SIGKILL');
    await ended;
    await eventually(
      async () => (await cluster.tryKubectl(['exec', 'web', '--', 'echo', 'again'])).stdout === 'again\n',
    );
  });
});
