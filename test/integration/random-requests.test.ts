/**
 * Requests nobody thought of: paths, queries, headers and bodies put together at random, and bytes that are no HTTP at all.
 *
 * None may be the server's fault (500), and after each of them the server answers the next client.
 */
import { request as httpsRequest } from 'node:https';
import { connect } from 'node:tls';
import * as fc from 'fast-check';
import { CONFIG_MAPS, configMap, deployment, makeDefaultAccount, pod, service } from './objects';
import { startTestServer, type TestServer } from './test-server';

const RUNS = 150;
const ANSWER_LIMIT_MS = 10_000;

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
  await makeDefaultAccount(server);
  await server.send('POST', CONFIG_MAPS, configMap('here'));
});
afterAll(() => server.stop());

interface Draft {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

const method = fc.constantFrom('GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS', 'PROPFIND', 'LOCK');

const word = fc.oneof(
  { weight: 5, arbitrary: fc.constantFrom('api', 'apis', 'v1', 'apps', 'namespaces', 'default', 'nodes', 'bindings') },
  {
    weight: 5,
    arbitrary: fc.constantFrom('pods', 'configmaps', 'deployments', 'services', 'events', 'serviceaccounts'),
  },
  { weight: 4, arbitrary: fc.constantFrom('here', 'status', 'scale', 'log', 'exec', 'eviction', 'token', 'binding') },
  {
    weight: 2,
    arbitrary: fc.constantFrom('', '.', '..', '%2e%2e', '%2F', '%00', '%E0%A4%A', '__proto__', 'constructor'),
  },
  { weight: 2, arbitrary: fc.string({ maxLength: 12, unit: 'grapheme' }).map((text) => encodeURIComponent(text)) },
);
const anyPath = fc.array(word, { maxLength: 8 }).map((words) => `/${words.join('/')}`);
const knownPath = fc
  .tuple(
    fc.constantFrom('/api/v1', '/apis/apps/v1', '/api/v1/namespaces/default', '/apis/apps/v1/namespaces/default'),
    fc.array(word, { minLength: 1, maxLength: 3 }),
  )
  .map(([root, words]) => `${root}/${words.join('/')}`);

const value = fc.oneof(
  fc.constantFrom('', '0', '1', '-1', 'true', 'All', 'Strict', 'null', '99999999999999999999', 'a=b', 'a in (', '!'),
  fc.string({ maxLength: 10, unit: 'grapheme' }),
);
const parameter = fc.constantFrom(
  ...['watch', 'limit', 'continue', 'labelSelector', 'fieldSelector', 'dryRun', 'fieldValidation', 'timeoutSeconds'],
  ...['resourceVersionMatch', 'sendInitialEvents', 'pretty', 'gracePeriodSeconds', 'propagationPolicy', 'fieldManager'],
);
const query = fc
  .array(fc.tuple(parameter, value), { maxLength: 4 })
  .map((pairs) =>
    pairs.length > 0 ? `?${pairs.map(([name, text]) => `${name}=${encodeURIComponent(text)}`).join('&')}` : '',
  );

const mediaType = fc.constantFrom(
  ...['application/json', 'application/yaml', 'application/vnd.kubernetes.protobuf', 'text/plain', 'nonsense', ';;;'],
  ...['application/merge-patch+json', 'application/json-patch+json', 'application/strategic-merge-patch+json'],
);
const accept = fc.constantFrom(
  '*/*',
  'application/json',
  'application/yaml',
  'application/json;as=Table;v=v1;g=meta.k8s.io',
  'x',
  ',,;=',
);
const headerText = fc.stringMatching(/^[\x21-\x7e]{0,40}$/);
const usualHeaders = fc.record(
  { 'content-type': mediaType, accept, 'minik8s-cause': headerText, 'user-agent': headerText },
  { requiredKeys: [] },
);
const headers = fc
  .tuple(usualHeaders, fc.oneof({ weight: 9, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: headerText }))
  .map(([usual, authorization]) => (authorization === undefined ? usual : { ...usual, authorization }));

/** A sound object with one of its values replaced by anything. */
const spoiled = fc
  .tuple(
    fc.constantFrom<object>(pod('here'), configMap('here', { a: 'b' }), deployment('here'), service('here')),
    fc.array(fc.nat(5), { minLength: 1, maxLength: 4 }),
    fc.jsonValue({ maxDepth: 3 }),
  )
  .map(([object, way, replacement]) => {
    const copy: unknown = structuredClone(object);
    let place = copy as Record<string, unknown>;
    for (const [step, index] of way.entries()) {
      const keys = Object.keys(place);
      const key = keys[index % Math.max(1, keys.length)];
      if (key === undefined) break;
      const inner = place[key];
      if (step === way.length - 1 || typeof inner !== 'object' || inner === null) {
        place[key] = replacement;
        break;
      }
      place = inner as Record<string, unknown>;
    }
    return Buffer.from(JSON.stringify(copy));
  });
const body = fc.oneof(
  { weight: 4, arbitrary: spoiled },
  { weight: 2, arbitrary: fc.json({ maxDepth: 4 }).map((text) => Buffer.from(text)) },
  { weight: 2, arbitrary: fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)) },
  {
    weight: 1,
    arbitrary: fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.concat([Buffer.from('k8s\0'), bytes])),
  },
  { weight: 1, arbitrary: fc.constant(Buffer.alloc(0)) },
);
const draft: fc.Arbitrary<Draft> = fc
  .record({ method, path: fc.oneof(knownPath, anyPath), query, headers, body })
  .map(({ path, query: search, ...rest }) => ({ ...rest, path: `${path}${search}` }));

/** The status of the answer; its body is not waited for, a watch has no end. */
function statusOf({ method, path, headers, body }: Draft): Promise<number> {
  return new Promise((resolve, reject) => {
    const request = httpsRequest(
      {
        host: '127.0.0.1',
        port: server.port,
        ca: server.ca,
        agent: false,
        method,
        path,
        timeout: ANSWER_LIMIT_MS,
        headers: { authorization: `Bearer ${server.token}`, 'content-length': body.length, ...headers },
      },
      (response) => {
        resolve(response.statusCode ?? 0);
        response.on('error', () => undefined);
        response.destroy();
      },
    );
    request.on('timeout', () => request.destroy(new Error(`no answer within ${ANSWER_LIMIT_MS} ms`)));
    request.on('error', reject);
    request.end(body);
  });
}

/** Sends bytes; resolves when the server has closed the connection or said something. */
function sendBytes(bytes: Buffer): Promise<void> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port: server.port, ca: server.ca, servername: 'localhost' });
    const done = () => {
      socket.destroy();
      resolve();
    };
    socket.on('error', done);
    socket.on('close', done);
    socket.on('data', done);
    socket.on('secureConnect', () => socket.end(bytes));
  });
}

test('no random request is a 500, and the server goes on', async () => {
  await fc.assert(
    fc.asyncProperty(draft, async (request) => {
      expect(await statusOf(request)).not.toBe(500);
      expect((await server.send('GET', '/livez')).code).toBe(200);
    }),
    { numRuns: RUNS },
  );
}, 120_000);

test('bytes that are no HTTP do not disturb the server', async () => {
  const line = fc.stringMatching(/^[ -~]{0,60}$/);
  const almost = fc
    .tuple(method, fc.array(line, { maxLength: 6 }), fc.uint8Array({ maxLength: 100 }))
    .map(([verb, lines, rest]) => Buffer.concat([Buffer.from(`${verb} ${lines.join('\r\n')}\r\n\r\n`), rest]));
  await fc.assert(
    fc.asyncProperty(fc.oneof(almost, fc.uint8Array({ minLength: 1, maxLength: 400 })), async (bytes) => {
      await sendBytes(Buffer.from(bytes));
      expect((await server.send('GET', '/livez')).code).toBe(200);
    }),
    { numRuns: RUNS },
  );
}, 120_000);
