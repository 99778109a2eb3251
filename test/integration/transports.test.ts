/**
 * The ways in: the plain HTTP alias of the classroom, protobuf bodies as kubectl sends them, bodies without a length, a port that is taken.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { build } from 'esbuild';
import type { ConfigMap } from '../../helper/api/core/config-map';
import { findKind } from '../../helper/api/kinds';
import { ensurePki } from '../../helper/pki/ensure-pki';
import recorded from '../../master/apiserver/protobuf/fixtures/kubectl-1.32.json';
import { parseRequestInfo } from '../../master/apiserver/request-info';
import { CONFIG_MAPS, configMap, makeDefaultAccount } from './objects';
import { startTestServer, type TestServer } from './test-server';

const PROTOBUF = 'application/vnd.kubernetes.protobuf';
const PROJECT_ROOT = resolve(__dirname, '../..');
const START_LIMIT_MS = 60_000;

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer({ insecurePort: 5050 });
  await makeDefaultAccount(server);
});
afterAll(() => server.stop());

async function textOf(response: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of response) text += String(chunk);
  return text;
}

test('the plain HTTP alias serves the administrator without a token, and only while it is asked for', async () => {
  const { plain } = server.api;
  if (!plain) throw new Error('there is no plain server');
  await new Promise<void>((listening) => plain.listen(0, '127.0.0.1', listening));
  const origin = `http://127.0.0.1:${(plain.address() as AddressInfo).port}`;
  const send = (contentType: string) => {
    const headers = { 'content-type': contentType };
    return fetch(`${origin}${CONFIG_MAPS}`, { method: 'POST', headers, body: JSON.stringify(configMap('plain')) });
  };
  // What a web page could make a browser send without asking first is not taken.
  expect((await send('text/plain')).status).toBe(415);
  expect((await send('application/json')).status).toBe(201);
  expect((await fetch(`${origin}${CONFIG_MAPS}/plain`)).status).toBe(200);
  expect((await server.send('GET', `${CONFIG_MAPS}/plain`)).code).toBe(200);
  const without = await startTestServer();
  expect(without.api.plain).toBeUndefined();
  await without.stop();
});

/** What kubectl sends to paths of kinds that are stored; of reviews nothing could be read back. */
const served = recorded.filter(({ path }) => {
  const { isResource, group, version, resource, subresource } = parseRequestInfo('POST', path);
  const kind = findKind(group, version, resource);
  return isResource && !subresource && kind !== undefined && kind.stored !== false;
});

/** Everything but what differs from one object to the next. */
function comparable(text: string): unknown {
  const { uid } = (JSON.parse(text) as ConfigMap).metadata;
  const { metadata, ...rest } = JSON.parse(uid ? text.replaceAll(uid, 'uid') : text) as ConfigMap;
  return { ...rest, name: metadata.name, labels: metadata.labels };
}

test('most kinds of this server are among what kubectl has sent', () => {
  expect(served.length).toBeGreaterThan(5);
});

test.each(served.map(({ name, path, body, expected }) => ({ name, path, body, expected: expected as unknown })))(
  'a protobuf body of kubectl is as good as JSON: $name',
  async ({ name, path, body, expected }) => {
    const { pathname, search } = new URL(path, 'http://server');
    const headers = { 'content-type': PROTOBUF, accept: `${PROTOBUF},application/json` };
    const json = await server.send('POST', `${pathname}${search}&dryRun=All`, expected);
    const binary = await server.send('POST', `${pathname}${search}`, Buffer.from(body, 'base64'), { headers });
    if (name === 'quota') {
      // Its scope and its resources exclude each other; both ways in, the server must say the same.
      expect(binary.code).toBe(422);
      expect(binary.text).toBe(json.text);
      return;
    }
    expect([binary.code, json.code]).toEqual([201, 201]);
    expect(binary.headers['content-type']).toBe('application/json');
    const { metadata } = binary.json<ConfigMap>();
    const stored = (await server.send('GET', `${pathname}/${metadata.name}`)).text;
    expect(stored).toBe(binary.text);
    const { spec: _spec, ...others } = comparable(json.text) as { spec?: unknown };
    expect(comparable(binary.text)).toMatchObject(others);
    await server.send('DELETE', `${pathname}/${metadata.name}`);
  },
);

test('protobuf is not promised as an answer', async () => {
  expect((await server.send('GET', CONFIG_MAPS, undefined, { headers: { accept: PROTOBUF } })).code).toBe(406);
});

test.each([
  ['with its length', { 'content-length': String(4 * 1024 * 1024) }],
  ['in chunks, without a length', { 'transfer-encoding': 'chunked' }],
])('a body of 4 MiB %s is a 413 Status, and the connection of others goes on', async (_name, length) => {
  const answer = await new Promise<{ code: number; text: string }>((answered, reject) => {
    const request = httpsRequest(
      {
        host: '127.0.0.1',
        port: server.port,
        ca: server.ca,
        agent: false,
        method: 'POST',
        path: CONFIG_MAPS,
        headers: { authorization: `Bearer ${server.token}`, 'content-type': 'application/json', ...length },
      },
      (response) => void textOf(response).then((text) => answered({ code: response.statusCode ?? 0, text }), reject),
    );
    request.on('error', reject);
    const data = 'x'.repeat(4 * 1024 * 1024 - 60);
    request.end(JSON.stringify(configMap('big')).replace('}', `,"x":"${data}"}`));
  });
  expect([answer.code, JSON.parse(answer.text).reason]).toEqual([413, 'RequestEntityTooLarge']);
  expect((await server.send('GET', '/livez')).code).toBe(200);
});

/** Exit code and output of a process that must end by itself. */
function outcomeOf(child: ChildProcess): Promise<{ code: number | null; output: string }> {
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk: Buffer) => {
      output += chunk.toString();
    });
  }
  const timer = setTimeout(() => child.kill('SIGKILL'), START_LIMIT_MS);
  return new Promise((ended) => {
    child.on('close', (code) => {
      clearTimeout(timer);
      ended({ code, output });
    });
  });
}

test('an api-server whose port is taken says so in one line and ends with 1', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'minik8s-taken-'));
  const holder = createServer();
  try {
    const outfile = join(folder, 'api-server.js');
    const contents =
      "import { runComponent } from './helper/process/run-component'; import { component } from './master/apiserver/main'; runComponent(component);";
    await build({
      stdin: { contents, resolveDir: PROJECT_ROOT, loader: 'ts' },
      outfile,
      bundle: true,
      platform: 'node',
      format: 'cjs',
      external: ['lmdb', 'etcd3', 'dockerode'],
      logLevel: 'error',
    });
    symlinkSync(join(PROJECT_ROOT, 'node_modules'), join(folder, 'node_modules'));
    await new Promise<void>((listening) => holder.listen(0, '127.0.0.1', listening));
    const { port } = holder.address() as AddressInfo;
    const home = join(folder, 'home');
    await ensurePki({ ...server.settings, home });
    const flags = [
      '--home',
      home,
      '--port-base',
      String(port),
      '--bind-address',
      '127.0.0.1',
      '--node-ip',
      '127.0.0.1',
    ];
    const { code, output } = await outcomeOf(spawn(process.execPath, [outfile, ...flags]));
    const fatal = output.split('\n').filter((line) => line.includes('"fatal"'));
    expect([code, fatal.length]).toEqual([1, 1]);
    expect(fatal[0]).toContain(`port ${port} on 127.0.0.1 is taken by another process`);
    expect(output).not.toContain('Unhandled');
  } finally {
    holder.close();
    rmSync(folder, { recursive: true, force: true });
  }
}, 90_000);
