/**
 * Logs and exec go through to the kubelet of the pod's node; here a stand-in that says what it was asked.
 */
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import WebSocket, { WebSocketServer } from 'ws';
import type { Status } from '../../helper/api/status-error';
import { until } from '../../helper/process/until';
import { makeDefaultAccount, PODS, pod } from './objects';
import { startTestServer, type TestServer } from './test-server';

jest.setTimeout(30_000);

let server: TestServer;
let kubelet: Server;
let openLogs = 0;

beforeAll(async () => {
  server = await startTestServer();
  await makeDefaultAccount(server);
  const pki = (file: string) => readFileSync(join(server.settings.home, 'pki', file));
  kubelet = createServer(
    {
      cert: pki('kubelet.crt'),
      key: pki('kubelet.key'),
      ca: pki('ca.crt'),
      requestCert: true,
      rejectUnauthorized: true,
    },
    (request, response) => {
      if (!request.url?.includes('follow')) return response.end(`asked ${request.url}\n`);
      openLogs++;
      response.on('close', () => openLogs--);
      response.write('first line\n');
    },
  );
  const sockets = new WebSocketServer({ noServer: true, handleProtocols: () => 'v5.channel.k8s.io' });
  kubelet.on('upgrade', (request, socket, head) => {
    if (request.headers.upgrade === 'websocket') {
      sockets.handleUpgrade(request, socket, head, (accepted) => sockets.emit('connection', accepted, request));
      return;
    }
    const version = `X-Stream-Protocol-Version: ${request.headers['x-stream-protocol-version']}`;
    socket.write(`HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\n${version}\r\n\r\n`);
    socket.write(`${request.method} ${request.url}`);
    socket.on('end', () => socket.end()).resume();
  });
  sockets.on('connection', (socket, request) => {
    socket.send(`asked ${request.url}`);
    socket.on('message', (data) => socket.send(`echo ${data}`));
  });
  await new Promise<void>((resolve) => kubelet.listen(0, '127.0.0.1', resolve));
  const { port } = kubelet.address() as AddressInfo;
  await server.send('POST', '/api/v1/nodes', { metadata: { name: 'node1' } });
  const status = {
    addresses: [{ type: 'InternalIP', address: '127.0.0.1' }],
    daemonEndpoints: { kubeletEndpoint: { Port: port } },
  };
  await server.send(
    'PATCH',
    '/api/v1/nodes/node1/status',
    { status },
    { headers: { 'content-type': 'application/merge-patch+json' } },
  );
  for (const name of ['one', 'two', 'unbound']) {
    const containers = [{ name: 'c', image: 'busybox' }, ...(name === 'two' ? [{ name: 'd', image: 'busybox' }] : [])];
    await server.send('POST', PODS, { ...pod(name), spec: { containers } });
    if (name !== 'unbound')
      await server.send('POST', `${PODS}/${name}/binding`, { target: { kind: 'Node', name: 'node1' } });
  }
});
afterAll(async () => {
  kubelet.closeAllConnections();
  kubelet.close();
  await server.stop();
});

const execUrl = (name: string) =>
  `wss://127.0.0.1:${server.port}${PODS}/${name}/exec?command=ls&command=-l&stdout=true`;
const socketOptions = () => ({ ca: server.ca, headers: { authorization: `Bearer ${server.token}` } });

test('GET pods/log passes options on to the kubelet', async () => {
  const answer = await server.send('GET', `${PODS}/one/log?tailLines=5&timestamps=true`);
  expect([answer.code, answer.text]).toEqual([200, 'asked /containerLogs/default/one/c?timestamps=true&tailLines=5\n']);
});

test('GET pods/log of several containers wants one named', async () => {
  const answer = await server.send('GET', `${PODS}/two/log`);
  expect([answer.code, answer.json<Status>().message]).toEqual([
    400,
    'a container name must be specified for pod two, choose one of: [c d]',
  ]);
  expect((await server.send('GET', `${PODS}/two/log?container=d`)).text).toContain('/two/d');
  expect((await server.send('GET', `${PODS}/two/log?container=e`)).code).toBe(400);
  expect((await server.send('GET', `${PODS}/unbound/log`)).json<Status>().message).toContain(
    'does not have a host assigned',
  );
});

test('a client that leaves a followed log ends the kubelet side', async () => {
  const controller = new AbortController();
  const { request } = await import('node:https');
  const options = { host: '127.0.0.1', port: server.port, path: `${PODS}/one/log?follow=true`, ...socketOptions() };
  const asked = request({ ...options, agent: false, signal: controller.signal }, (response) =>
    response.on('error', () => undefined).resume(),
  );
  asked.on('error', () => undefined).end();
  await until(() => openLogs === 1);
  controller.abort();
  await until(() => openLogs === 0);
});

test('exec joins a WebSocket with the kubelet, bytes flow both ways', async () => {
  const socket = new WebSocket(execUrl('one'), ['v5.channel.k8s.io'], socketOptions());
  const messages: string[] = [];
  socket.on('message', (data) => messages.push(String(data)));
  await new Promise((resolve, reject) => socket.on('open', resolve).on('error', reject));
  socket.send('hello');
  await until(() => messages.length === 2);
  expect(messages).toEqual(['asked /exec/default/one/c?command=ls&command=-l&stdout=true', 'echo hello']);
  expect(socket.protocol).toBe('v5.channel.k8s.io');
  socket.close();
});

test('exec that cannot be joined is an ordinary HTTP answer', async () => {
  const refused = (url: string, options: object) =>
    new Promise<string>((resolve) => new WebSocket(url, options).on('error', (error) => resolve(error.message)));
  expect(await refused(execUrl('nobody'), socketOptions())).toContain('404');
  expect(await refused(execUrl('two'), socketOptions())).toContain('400');
  expect(await refused(execUrl('one'), { ca: server.ca })).toContain('403');
  const other = await server.send('POST', `${PODS}/one/exec?command=ls`, undefined, {
    headers: { connection: 'Upgrade', upgrade: 'h2c' },
  });
  expect([other.code, other.json<Status>().kind]).toEqual([400, 'Status']);
});

test('SPDY passes through untouched, with method and protocol', async () => {
  const { request } = await import('node:https');
  const asked = request({
    host: '127.0.0.1',
    port: server.port,
    ca: server.ca,
    method: 'POST',
    path: `${PODS}/one/portforward?ports=80`,
    agent: false,
    headers: {
      authorization: `Bearer ${server.token}`,
      connection: 'Upgrade',
      upgrade: 'SPDY/3.1',
      'x-stream-protocol-version': 'portforward.k8s.io',
    },
  });
  const first = await new Promise<string>((resolve, reject) => {
    asked.on('upgrade', (response, socket) => {
      expect(response.headers['x-stream-protocol-version']).toBe('portforward.k8s.io');
      socket.once('data', (bytes: Buffer) => {
        resolve(String(bytes));
        socket.destroy();
      });
    });
    asked.on('error', reject).end();
  });
  expect(first).toBe('POST /portForward/default/one?ports=80');
});

test('a log comes over a WebSocket too', async () => {
  const url = `wss://127.0.0.1:${server.port}${PODS}/one/log?container=c`;
  const read = (protocol: string) =>
    new Promise<string>((resolve, reject) => {
      const socket = new WebSocket(url, [protocol], socketOptions());
      let text = '';
      socket.on('message', (data) => {
        text += data;
      });
      socket.on('close', () => resolve(text)).on('error', reject);
    });
  expect(await read('binary.k8s.io')).toBe('asked /containerLogs/default/one/c\n');
  expect(Buffer.from(await read('base64.binary.k8s.io'), 'base64').toString()).toContain('asked');
});
