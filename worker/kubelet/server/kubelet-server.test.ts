/** The kubelet's port, over TLS with a CA of its own and a simulated container. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { get } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import WebSocket from 'ws';
import type { Pod } from '../../../helper/api/core/pod';
import { podResource } from '../../../helper/api/core/pod';
import { FakeClient } from '../../../helper/client/fake-client';
import { startInformer } from '../../../helper/client/start-informer';
import { createAuthority, openAuthority } from '../../../helper/pki/certificate-authority';
import type { KeyPair } from '../../../helper/pki/issuer';
import { silentLogger } from '../../../helper/process/log';
import { createSimulatedNetwork } from '../../network/simulated-network';
import type { Runtime } from '../../runtime/runtime';
import { createSimulatedRuntime } from '../../runtime/simulated-runtime';
import { containerConfig, sandboxConfig } from '../container-config';
import { buildPod } from '../testing/build-pod';
import { byteLimit, parseLogQuery } from './container-logs';
import { DelegatedAccess } from './kubelet-access';
import { type KubeletServer, startKubeletServer } from './kubelet-server';
import { parseSize } from './remote-command';

let home: string;
let ca: string;
let apiServer: KeyPair;
let stranger: KeyPair;
let server: KubeletServer;
let runtime: Runtime;
let stopInformer: () => void;

async function runPod(pod: Pod): Promise<void> {
  const network = createSimulatedNetwork();
  await network.setPodCidr('10.244.1.0/24');
  runtime = createSimulatedRuntime({ network });
  await runtime.pullImage('busybox');
  const sandbox = await runtime.runSandbox(sandboxConfig(pod, 0, 'node1'));
  const environment = { env: [], values: new Map<string, string>(), warnings: [] };
  for (const container of pod.spec?.containers ?? []) {
    const more = { attempt: 0, environment, mounts: [], imageUser: '', memoryCapacityBytes: 1 };
    await runtime.startContainer(sandbox, containerConfig({ pod, container, ...more }));
  }
}

/** What the API server was asked, in order. */
const questions: string[] = [];
/** An API server that knows one token and gives everything to its own kubelet client, statistics to the holder of the token. */
const reviewer = {
  async raw(_method: string, path: string, body?: unknown): Promise<unknown> {
    const { spec } = body as { spec: Record<string, unknown> };
    if (path.endsWith('tokenreviews')) {
      questions.push('token');
      const known = { authenticated: true, user: { username: 'monitor', groups: ['system:authenticated'] } };
      return { status: spec.token === 'good' ? known : { user: {} } };
    }
    const { verb, subresource, name } = spec.resourceAttributes as Record<string, string>;
    questions.push(`${spec.user} ${verb} nodes/${subresource} ${name}`);
    const isMonitor = spec.user === 'monitor' && subresource === 'stats';
    return { status: { allowed: spec.user === 'kube-apiserver-kubelet-client' || isMonitor } };
  },
};

beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), 'kubelet-server-'));
  mkdirSync(join(home, 'pki'));
  const now = new Date();
  const pair = await createAuthority('test', now);
  const authority = openAuthority(pair);
  ca = pair.certificate;
  const own = await authority.sign({ commonName: 'node1', usages: ['server'], ipAddresses: ['127.0.0.1'] }, now);
  apiServer = await authority.sign({ commonName: 'kube-apiserver-kubelet-client', usages: ['client'] }, now);
  stranger = await authority.sign({ commonName: 'somebody', usages: ['client'] }, now);
  writeFileSync(join(home, 'pki/ca.crt'), ca);
  writeFileSync(join(home, 'pki/kubelet.crt'), own.certificate);
  writeFileSync(join(home, 'pki/kubelet.key'), own.key);
  const pod = buildPod();
  await runPod(pod);
  const client = new FakeClient();
  client.seed(podResource, pod);
  const pods = startInformer(client, podResource);
  await pods.whenSynced();
  stopInformer = () => pods.stop();
  const log = silentLogger();
  const access = new DelegatedAccess(reviewer, 'node1');
  server = await startKubeletServer({
    home,
    nodeName: 'node1',
    host: '127.0.0.1',
    port: 0,
    access,
    runtime,
    pods,
    log,
  });
});

afterAll(async () => {
  await server.stop();
  stopInformer();
  await runtime.close();
  rmSync(home, { recursive: true, force: true });
});

const credentials = (pair?: KeyPair) => ({ ca, ...(pair ? { cert: pair.certificate, key: pair.key } : {}) });

function request(
  path: string,
  pair: KeyPair | undefined,
  headers: Record<string, string> = {},
): Promise<{ code: number; body: string }> {
  return new Promise((resolve, reject) => {
    get(`https://127.0.0.1:${server.port}${path}`, { ...credentials(pair), headers, agent: false }, (response) => {
      let body = '';
      response.on('data', (chunk) => {
        body += chunk;
      });
      response.on('end', () => resolve({ code: response.statusCode ?? 0, body }));
    }).on('error', reject);
  });
}

test.each<[string, () => KeyPair | undefined, number]>([
  ['nobody', () => undefined, 401],
  ['a stranger of the cluster', () => stranger, 403],
  ['the API server', () => apiServer, 200],
])('answers %s', async (_, pair, code) => {
  expect((await request('/healthz', pair())).code).toBe(code);
});

test('asks the API server who holds a token and what he may, and remembers the answers', async () => {
  questions.length = 0;
  const headers = { authorization: 'Bearer good' };
  for (let round = 0; round < 2; round++) {
    expect((await request('/stats/summary', undefined, headers)).code).toBe(200);
    expect(await request('/pods', undefined, headers)).toEqual({
      code: 403,
      body: 'Forbidden (user=monitor, verb=get, resource=nodes, subresource=proxy)',
    });
  }
  expect(questions).toEqual(['token', 'monitor get nodes/stats node1', 'monitor get nodes/proxy node1']);
  expect((await request('/stats/summary', undefined, { authorization: 'Bearer bad' })).code).toBe(401);
});

test('sends logs, and says what is wrong with a request', async () => {
  const log = await request('/containerLogs/default/web/a', apiServer);
  expect(log).toMatchObject({ code: 200, body: expect.stringContaining('simulated container a') });
  expect((await request('/containerLogs/default/web/a?limitBytes=9', apiServer)).body).toBe('simulated');
  expect(await request('/containerLogs/default/none/a', apiServer)).toMatchObject({ code: 404 });
  expect(await request('/containerLogs/default/web/b', apiServer)).toMatchObject({
    code: 400,
    body: 'container b is not valid for pod web',
  });
  expect(await request('/containerLogs/default/web/a?previous=true', apiServer)).toMatchObject({
    code: 400,
    body: 'previous terminated container "a" in pod "web" not found',
  });
  expect((await request('/containerLogs/default/web/a?tailLines=x', apiServer)).code).toBe(400);
});

test('lists pods and their usage', async () => {
  expect(JSON.parse((await request('/pods', apiServer)).body).items).toHaveLength(1);
  const { node, pods } = JSON.parse((await request('/stats/summary', apiServer)).body);
  expect(node).toMatchObject({ nodeName: 'node1', memory: { workingSetBytes: expect.any(Number) } });
  expect(pods).toMatchObject([{ podRef: { name: 'web' }, containers: [{ name: 'a' }] }]);
});

/** Runs a command and collects what comes on each channel. */
function exec(query: string, protocol: string, input?: string): Promise<{ out: string; status: { status?: string } }> {
  return new Promise((resolve, reject) => {
    const url = `wss://127.0.0.1:${server.port}/exec/default/web/a?${query}`;
    const socket = new WebSocket(url, [protocol], credentials(apiServer));
    let out = '';
    let status = {};
    socket.on('open', () => {
      if (input === undefined) return;
      socket.send(Buffer.concat([Buffer.of(0), Buffer.from(input)]));
      socket.send(Buffer.of(255, 0));
    });
    socket.on('message', (data: Buffer) => {
      if (data[0] === 1) out += data.subarray(1).toString();
      if (data[0] === 3) status = JSON.parse(data.subarray(1).toString());
    });
    socket.on('close', () => resolve({ out, status }));
    socket.on('error', reject);
  });
}

describe('exec', () => {
  test('sends output and success', async () => {
    const query = 'command=echo&command=hello&stdout=true&stderr=true';
    expect(await exec(query, 'v5.channel.k8s.io')).toEqual({
      out: 'hello\n',
      status: { metadata: {}, status: 'Success' },
    });
  });

  test('sends the exit code as a cause', async () => {
    const { status } = await exec('command=false&stdout=true', 'v4.channel.k8s.io');
    expect(status).toEqual({
      metadata: {},
      status: 'Failure',
      message: 'command terminated with non-zero exit code: error executing command [false], exit code 1',
      reason: 'NonZeroExitCode',
      details: { causes: [{ reason: 'ExitCode', message: '1' }] },
    });
  });

  test('takes input until the client closes it', async () => {
    const { out, status } = await exec('command=cat&stdin=true&stdout=true', 'v5.channel.k8s.io', 'typed');
    expect([out, status.status]).toEqual(['typed', 'Success']);
  });

  test('refuses a protocol it does not speak', async () => {
    await expect(exec('command=echo&stdout=true', 'v1.other')).rejects.toThrow('403');
  });
});

test('parseLogQuery() turns seconds into a time', () => {
  const now = new Date('2024-05-01T10:00:10Z');
  const query = parseLogQuery(new URLSearchParams('sinceSeconds=10&follow=1&timestamps=true&tailLines=5'), now);
  expect(query).toEqual({
    since: new Date('2024-05-01T10:00:00Z'),
    follow: true,
    timestamps: true,
    previous: false,
    tailLines: 5,
  });
});

test('byteLimit() cuts inside a chunk', async () => {
  const limit = byteLimit(5);
  limit.end(Buffer.from('abcdefgh'));
  expect(Buffer.concat(await limit.toArray()).toString()).toBe('abcde');
});

test('parseSize() takes what kubectl sends and nothing else', () => {
  expect(parseSize('{"Width":80,"Height":24}')).toEqual({ columns: 80, rows: 24 });
  expect(parseSize('{')).toBeUndefined();
  expect(parseSize('{"Width":"80"}')).toBeUndefined();
});
