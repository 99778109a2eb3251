/**
 * Requests nobody thought of (`random-drafts.ts`), some from senders who leave, stall or say something that is no HTTP at all.
 *
 * None may be the server's fault (500), the server answers the next client, and nothing of them stays: no watcher, no seat, no memory.
 * `FUZZ_REQUESTS=100000 npx jest test/integration/random-requests.test.ts --selectProjects integration` is the long run; a failure prints
 * its seed, and `FUZZ_SEED=` repeats it.
 */
import { Agent, request as httpsRequest } from 'node:https';
import { connect } from 'node:tls';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import * as fc from 'fast-check';
import type { KubeList, KubeObject } from '../../helper/api/meta';
import { until } from '../../helper/process/until';
import { CONFIG_MAPS, configMap, DEPLOYMENTS, deployment, MERGE, makeDefaultAccount, PODS, pod } from './objects';
import { bytes, type Draft, draft, GIZMOS } from './random-drafts';
import { startTestServer, type TestServer } from './test-server';

const REQUESTS = Number(process.env.FUZZ_REQUESTS ?? 600);
/** Each part of a run counts on from the seed, so that the second does not send what the first has sent. */
const seedOf = (part: number) =>
  process.env.FUZZ_SEED === undefined ? {} : { seed: Number(process.env.FUZZ_SEED) + part };
const DEFINITION = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions/gizmos.fuzz.example.com';
/** Requests under way at a time. */
const SIDE_BY_SIDE = 12;
const ANSWER_LIMIT_MS = 20_000;
/** An answer of which more is not read: a watch has no end. */
const LOOK_MS = 20;
const TEXT_LIMIT = 2_000;
/** What the windows of the watch caches and stored objects may take; what leaks grows with the number of requests. */
const HEAP_LIMIT_BYTES = 80 * 1024 * 1024;
const TIME_LIMIT_MS = 120_000 + REQUESTS * 60;

let server: TestServer;
const agent = new Agent({ keepAlive: true, maxSockets: SIDE_BY_SIDE });

beforeAll(async () => {
  server = await startTestServer();
  await makeDefaultAccount(server);
  await server.send('POST', CONFIG_MAPS, configMap('here'));
  await server.send('POST', PODS, pod('here'));
  await server.send('POST', DEPLOYMENTS, deployment('here'));
  await makeGizmos();
  // The authorizer begins to follow its objects when it is first asked about somebody.
  await server.send('GET', PODS, undefined, { headers: { 'impersonate-user': 'ada' } });
}, 60_000);
afterAll(async () => {
  agent.destroy();
  await server.stop();
});

/** A custom resource, and a group whose server is nowhere. */
async function makeGizmos(): Promise<void> {
  const item = {
    type: 'object',
    required: ['name'],
    properties: { name: { type: 'string' }, on: { type: 'boolean', default: true } },
  };
  const items = { type: 'array', items: item, 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['name'] };
  const size = { type: 'integer', maximum: 9 };
  const rule = { rule: '!has(self.size) || self.size < 7', message: 'too large' };
  const spec = {
    type: 'object',
    properties: { size, items: { ...items, maxItems: 9 } },
    'x-kubernetes-validations': [rule],
  };
  const schema = {
    type: 'object',
    properties: { spec, status: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
  };
  const subresources = { status: {}, scale: { specReplicasPath: '.spec.size', statusReplicasPath: '.status.size' } };
  const version = { name: 'v1', served: true, storage: true, subresources, schema: { openAPIV3Schema: schema } };
  await server.send('POST', '/apis/apiextensions.k8s.io/v1/customresourcedefinitions', {
    metadata: { name: 'gizmos.fuzz.example.com' },
    spec: {
      group: 'fuzz.example.com',
      scope: 'Namespaced',
      names: { plural: 'gizmos', kind: 'Gizmo' },
      versions: [version],
    },
  });
  await server.send('POST', '/apis/apiregistration.k8s.io/v1/apiservices', {
    metadata: { name: 'v1.far.example.com' },
    spec: {
      group: 'far.example.com',
      version: 'v1',
      groupPriorityMinimum: 100,
      versionPriority: 10,
      service: { name: 'here', namespace: 'default' },
    },
  });
  await until(async () => (await server.send('GET', GIZMOS)).code === 200);
}

interface Outcome {
  /** 0: the sender did not wait for an answer, or the connection was cut */
  readonly code: number;
  readonly text: string;
}

const NOTHING: Outcome = { code: 0, text: '' };

/** Sends a draft the way its sender behaves. */
function perform({ method, path, headers, body, manner }: Draft): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    let isAnswered = false;
    const request = httpsRequest(
      {
        host: '127.0.0.1',
        port: server.port,
        ca: server.ca,
        agent: manner === 'polite' && !headers.upgrade ? agent : false,
        method,
        path,
        timeout: ANSWER_LIMIT_MS,
        headers: { authorization: `Bearer ${server.token}`, 'content-length': body.length, ...headers },
      },
      (response) => {
        isAnswered = true;
        const code = response.statusCode ?? 0;
        let text = '';
        const done = () => {
          clearTimeout(timer);
          resolve({ code, text });
        };
        // Short answers are read to their end, so that the connection can be used again.
        const timer = setTimeout(() => response.destroy(), LOOK_MS);
        response.on('data', (chunk: Buffer) => {
          if (text.length < TEXT_LIMIT) text += chunk.toString('latin1');
          if (manner === 'looks') response.destroy();
        });
        response.on('error', done);
        response.on('close', done);
      },
    );
    request.on('upgrade', (response, socket) => {
      // What comes after the upgrade is garbage, too.
      socket.on('error', () => undefined);
      socket.write(body);
      setTimeout(() => socket.destroy(), LOOK_MS);
      resolve({ code: response.statusCode ?? 0, text: '' });
    });
    request.on('timeout', () => {
      reject(new Error(`no answer within ${ANSWER_LIMIT_MS} ms`));
      request.destroy();
    });
    // A connection that is cut is no answer, and no 500 either; that the server lives is asked after every group.
    request.on('error', () => resolve(NOTHING));
    // Nor does every connection say why it ends: a long run once waited for one that was gone.
    request.on('close', () => {
      if (!isAnswered) resolve(NOTHING);
    });
    if (manner === 'polite' || manner === 'looks') request.end(body);
    else {
      request.write(body.subarray(0, body.length >> 1));
      setTimeout(() => request.destroy(), manner === 'leaves' ? 0 : LOOK_MS);
    }
  });
}

async function isAlive(): Promise<void> {
  expect((await server.send('GET', '/livez')).code).toBe(200);
}

/** Bytes of objects in use, after all garbage is gone. */
function heapBytes(): number {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  collect();
  collect();
  return process.memoryUsage().heapUsed;
}

async function sendRandom(count: number, part: number): Promise<void> {
  const groups = fc.array(draft, { minLength: SIDE_BY_SIDE, maxLength: SIDE_BY_SIDE });
  await fc.assert(
    fc.asyncProperty(groups, async (drafts) => {
      const outcomes = await Promise.all(drafts.map(perform));
      const faults = outcomes.flatMap(({ code, text }, index) => {
        const { method, path } = drafts[index] as Draft;
        return code === 500 ? [`${method} ${path}: ${text}`] : [];
      });
      expect(faults).toEqual([]);
      await isAlive();
    }),
    { numRuns: Math.ceil(count / SIDE_BY_SIDE), interruptAfterTimeLimit: TIME_LIMIT_MS, ...seedOf(part) },
  );
}

/** Tells whoever started a long run how memory went. */
function report(before: number, after: number): void {
  const [first, last, resident] = [before, after, process.memoryUsage().rss].map((bytes) =>
    Math.round(bytes / 2 ** 20),
  );
  const thousands = (REQUESTS * 2) / 3 / 1000;
  const slope = (after - before) / 1024 / thousands;
  process.stdout.write(
    `heap ${first} MiB after ${Math.round(REQUESTS / 3)} requests, ${last} MiB after ${REQUESTS}: ${slope.toFixed(1)} KiB a thousand; ${resident} MiB resident\n`,
  );
}

const watcherCount = () =>
  [...server.api.registry.allCaches()].reduce((sum, { watcherCount: watchers }) => sum + watchers, 0);

/** A definition that was deleted waits for objects somebody gave finalizers, and a watcher of the server's own with it: they may go. */
async function letGizmosGo(): Promise<void> {
  const definition = (await server.send('GET', DEFINITION)).json<KubeObject>();
  if (!definition.metadata.deletionTimestamp) return;
  const { items } = (await server.send('GET', '/apis/fuzz.example.com/v1/gizmos')).json<KubeList>();
  for (const { metadata } of items) {
    const path = `/apis/fuzz.example.com/v1/namespaces/${metadata.namespace}/gizmos/${metadata.name}`;
    await server.send('PATCH', path, { metadata: { finalizers: null } }, MERGE);
  }
}

test(
  'no random request is a 500, the server goes on, and nothing of them stays',
  async () => {
    const followers = watcherCount();
    await sendRandom(REQUESTS / 3, 0);
    const before = heapBytes();
    await sendRandom((REQUESTS * 2) / 3, 1);
    await until(async () => {
      await letGizmosGo();
      return watcherCount() <= followers;
    }, 10_000);
    const after = heapBytes();
    if (process.env.FUZZ_REQUESTS) report(before, after);
    expect(after - before).toBeLessThan(HEAP_LIMIT_BYTES);
    const { text } = await server.send('GET', '/metrics');
    const busy = [...text.matchAll(/^apiserver_flowcontrol_current_\w+_requests\{.*\} (\d+)$/gm)];
    expect(busy.filter(([, count]) => count !== '0').map(([line]) => line)).toEqual([]);
  },
  TIME_LIMIT_MS * 2,
);

/** Sends bytes; resolves when the server has closed the connection or said something. */
function sendBytes(some: Buffer): Promise<void> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port: server.port, ca: server.ca, servername: 'localhost' });
    const done = () => {
      socket.destroy();
      resolve();
    };
    socket.on('error', done);
    socket.on('close', done);
    socket.on('data', done);
    socket.on('secureConnect', () => socket.end(some));
  });
}

test(
  'bytes that are no HTTP, and many requests at once, do not disturb the server',
  async () => {
    await fc.assert(
      fc.asyncProperty(bytes, async (some) => {
        await sendBytes(some);
        await isAlive();
      }),
      { numRuns: Math.max(100, REQUESTS / 20), interruptAfterTimeLimit: TIME_LIMIT_MS, ...seedOf(2) },
    );
  },
  TIME_LIMIT_MS * 2,
);

test('a hundred senders who dribble a byte now and then do not keep others out', async () => {
  const sockets = Array.from({ length: 100 }, () => {
    const socket = connect({ host: '127.0.0.1', port: server.port, ca: server.ca, servername: 'localhost' });
    socket.on('error', () => undefined);
    socket.on('secureConnect', () => socket.write('GET /api/v1/pods HTTP/1.1\r\nHost: x\r\nX-Slow: '));
    return socket;
  });
  await until(() => sockets.every((socket) => socket.authorized || socket.destroyed), 20_000);
  for (const socket of sockets) socket.write('x');
  for (let round = 0; round < 10; round++) await isAlive();
  for (const socket of sockets) socket.destroy();
}, 60_000);
