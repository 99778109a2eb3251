/** The kubelet's port, over TLS with a CA of its own and a simulated container. */

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { get, request as httpsRequest } from 'node:https';
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
import { until } from '../../../helper/process/until';
import { SpdyTestClient } from '../../../helper/spdy/client.fixture';
import { createSimulatedNetwork } from '../../network/simulated-network';
import type { Runtime } from '../../runtime/runtime';
import { createSimulatedRuntime } from '../../runtime/simulated-runtime';
import { DEFAULT_CONFIGURATION } from '../config/kubelet-configuration';
import { containerConfig, sandboxConfig } from '../container-config';
import { buildPod } from '../testing/build-pod';
import { byteLimit, parseLogQuery } from './container-logs';
import { DelegatedAccess } from './kubelet-access';
import { type KubeletServer, startKubeletServer } from './kubelet-server';

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
  const sandbox = await runtime.runSandbox(
    sandboxConfig(pod, 0, { nodeName: 'node1', clusterDomain: 'cluster.local' }),
  );
  const environment = { env: [], values: new Map<string, string>(), warnings: [] };
  for (const container of pod.spec?.containers ?? []) {
    const more = {
      attempt: 0,
      environment,
      mounts: [],
      imageUser: '',
      seccompDirectory: '/seccomp',
      memoryCapacityBytes: 1,
      configuration: DEFAULT_CONFIGURATION,
    };
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
    names: { bridgeName: 'br0', chainPrefix: 'KUBE' },
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

/** Asks for SPDY and returns a client on the connection; rejects with the answer when it is refused. */
function upgradeToSpdy(path: string, protocol: string): Promise<SpdyTestClient> {
  return new Promise((resolve, reject) => {
    const headers = { connection: 'Upgrade', upgrade: 'SPDY/3.1', 'x-stream-protocol-version': protocol };
    const options = { ...credentials(apiServer), agent: false, method: 'POST', headers };
    const asked = httpsRequest(`https://127.0.0.1:${server.port}${path}`, options);
    asked.on('upgrade', (_response, socket) => resolve(new SpdyTestClient(socket)));
    asked.on('response', (response) => reject(new Error(`${response.statusCode}`)));
    asked.on('error', reject).end();
  });
}

const GET_REQUEST = 'GET /hello HTTP/1.1\r\nHost: pod\r\nConnection: close\r\n\r\n';

describe('over SPDY', () => {
  test('exec takes input, sends output and the outcome', async () => {
    const client = await upgradeToSpdy('/exec/default/web/a?command=cat&input=1&output=1', 'v4.channel.k8s.io');
    const error = await client.open({ streamtype: 'error' });
    const stdin = await client.open({ streamtype: 'stdin' });
    const stdout = await client.open({ streamtype: 'stdout' });
    client.write(stdin, 'typed');
    client.end(stdin);
    await until(() => client.ended.has(error) && client.ended.has(stdout));
    expect(client.text.get(stdout)).toBe('typed');
    expect(JSON.parse(client.text.get(error) ?? '')).toMatchObject({ status: 'Success' });
    client.socket.destroy();
  });

  test('refuses a protocol it does not speak', async () => {
    await expect(upgradeToSpdy('/exec/default/web/a?command=cat&output=1', 'v9.x')).rejects.toThrow('403');
  });

  test('portForward connects each pair of streams, and says what is wrong with a port', async () => {
    const client = await upgradeToSpdy('/portForward/default/web', 'portforward.k8s.io');
    const bad = await client.open({ streamtype: 'error', port: 'x', requestid: '0' });
    await client.open({ streamtype: 'data', port: 'x', requestid: '0' });
    await client.open({ streamtype: 'error', port: '8080', requestid: '1' });
    const data = await client.open({ streamtype: 'data', port: '8080', requestid: '1' });
    client.write(data, GET_REQUEST);
    await until(() => client.ended.has(data) && client.ended.has(bad));
    expect(client.text.get(data)).toContain('"pod":"default/web","port":8080,"method":"GET","path":"/hello"');
    expect(client.text.get(bad)).toContain('error forwarding port NaN to pod web: unable to parse port "x"');
    client.socket.destroy();
  });
});

test('portForward accepts the sub-protocol kubectl tunnels SPDY with', async () => {
  const headers = {
    connection: 'Upgrade',
    upgrade: 'websocket',
    'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
    'sec-websocket-version': '13',
    'sec-websocket-protocol': 'SPDY/3.1+portforward.k8s.io',
  };
  const options = { ...credentials(apiServer), agent: false, headers };
  const answer = await new Promise<string | string[] | undefined>((resolve, reject) => {
    const asked = httpsRequest(`https://127.0.0.1:${server.port}/portForward/default/web`, options);
    asked.on('upgrade', (response, socket) => {
      resolve(response.headers['sec-websocket-protocol']);
      socket.destroy();
    });
    asked.on('response', (response) => reject(new Error(`${response.statusCode}`)));
    asked.on('error', reject).end();
  });
  expect(answer).toBe('SPDY/3.1+portforward.k8s.io');
});

test('portForward gives each port of the query two channels of a plain WebSocket', async () => {
  const url = `wss://127.0.0.1:${server.port}/portForward/default/web?ports=8080`;
  const socket = new WebSocket(url, ['v4.channel.k8s.io'], credentials(apiServer));
  const heard = ['', ''];
  socket.on('message', (data: Buffer) => {
    heard[data[0] ?? 0] += data.subarray(1).toString('latin1');
  });
  await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
  socket.send(Buffer.concat([Buffer.of(0), Buffer.from(GET_REQUEST)]));
  await new Promise((resolve) => socket.once('close', resolve));
  const port = '\x90\x1f';
  expect(heard[0]?.slice(0, 2)).toBe(port);
  expect(heard[0]).toContain('"pod":"default/web","port":8080,"method":"GET","path":"/hello"');
  expect(heard[1]).toBe(port);
});

test('attach stays until the client goes', async () => {
  const url = `wss://127.0.0.1:${server.port}/attach/default/web/a?stdout=true`;
  const socket = new WebSocket(url, ['v5.channel.k8s.io'], credentials(apiServer));
  const first = await new Promise((resolve, reject) => socket.once('message', resolve).once('error', reject));
  expect(first).toEqual(Buffer.of(1));
  socket.close();
  await new Promise((resolve) => socket.once('close', resolve));
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
