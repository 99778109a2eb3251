/**
 * What keeps the server standing: a user's flood, slow and endless bodies, heads and documents that are too large.
 */
import type { ClientRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { Status } from '../../helper/api/status-error';
import { until } from '../../helper/process/until';
import { CONFIG_MAPS, configMap } from './objects';
import { startTestServer, type TestServer } from './test-server';

const AS_ADA = { headers: { 'impersonate-user': 'ada' } };
/** Seats of the level users share. */
const SEATS = 49;

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
  await server.send('POST', '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings', {
    metadata: { name: 'ada' },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' },
    subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: 'ada' }],
  });
}, 30_000);
afterAll(() => server.stop());

/** Begins a POST of Ada's and keeps its body back. */
function beginPost(): { request: ClientRequest; code: () => number } {
  const { port, ca, token } = server;
  let code = 0;
  const request = httpsRequest(
    {
      host: '127.0.0.1',
      port,
      ca,
      method: 'POST',
      path: CONFIG_MAPS,
      agent: false,
      headers: {
        authorization: `Bearer ${token}`,
        'content-type': 'application/json',
        'content-length': 100,
        ...AS_ADA.headers,
      },
    },
    (response) => {
      code = response.statusCode ?? 0;
      response.resume();
    },
  );
  request.on('error', () => undefined);
  request.flushHeaders();
  return { request, code: () => code };
}

async function metric(name: string): Promise<number> {
  const { text } = await server.send('GET', '/metrics');
  const line = text.split('\n').find((one) => one.startsWith(`${name}{priority_level="global-default"`));
  return Number(line?.split(' ').at(-1) ?? Number.NaN);
}

test('requests of a user wait behind a flood of his, and nobody else does', async () => {
  const flood = Array.from({ length: SEATS }, beginPost);
  await until(async () => (await metric('apiserver_flowcontrol_current_executing_requests')) === SEATS, 20_000);
  let answered = 0;
  const late = server.send('GET', CONFIG_MAPS, undefined, AS_ADA).then(({ code }) => {
    answered = code;
  });
  await until(async () => (await metric('apiserver_flowcontrol_current_inqueue_requests')) === 1);
  expect(answered).toBe(0);
  const asScheduler = { headers: { 'impersonate-user': 'system:kube-scheduler' } };
  expect((await server.send('GET', '/api/v1/nodes', undefined, asScheduler)).code).toBe(200);
  expect((await server.send('POST', CONFIG_MAPS, configMap('from-admin'))).code).toBe(201);
  expect((await server.send('GET', '/livez', undefined, { token: null })).code).toBe(200);
  flood[0]?.request.destroy();
  await late;
  expect(answered).toBe(200);
  for (const { request } of flood) request.destroy();
  await until(async () => (await metric('apiserver_flowcontrol_current_executing_requests')) === 0);
}, 60_000);

test('a FlowSchema and its level decide from the moment they exist, and the answer says so', async () => {
  const api = '/apis/flowcontrol.apiserver.k8s.io/v1';
  const schemas = await server.send('GET', `${api}/flowschemas/exempt`);
  // Served only where the kinds are in the table.
  if (schemas.code === 404) return;
  const level = await server.send('POST', `${api}/prioritylevelconfigurations`, {
    metadata: { name: 'ada' },
    spec: { type: 'Limited', limited: { nominalConcurrencyShares: 5, limitResponse: { type: 'Reject' } } },
  });
  const schema = await server.send('POST', `${api}/flowschemas`, {
    metadata: { name: 'ada' },
    spec: {
      matchingPrecedence: 500,
      priorityLevelConfiguration: { name: 'ada' },
      rules: [
        {
          subjects: [{ kind: 'User', user: { name: 'ada' } }],
          resourceRules: [{ verbs: ['*'], apiGroups: ['*'], resources: ['*'], namespaces: ['*'] }],
        },
      ],
    },
  });
  expect([level.code, schema.code]).toEqual([201, 201]);
  const uidOf = (answer: { json<T>(): T }) => answer.json<{ metadata: { uid: string } }>().metadata.uid;
  const { headers } = await server.send('GET', CONFIG_MAPS, undefined, AS_ADA);
  expect(headers).toMatchObject({
    'x-kubernetes-pf-flowschema-uid': uidOf(schema),
    'x-kubernetes-pf-prioritylevel-uid': uidOf(level),
  });
  const own = await server.send('GET', CONFIG_MAPS);
  expect(own.headers['x-kubernetes-pf-flowschema-uid']).toBe(uidOf(schemas));
  await server.send('DELETE', `${api}/flowschemas/ada`);
  await server.send('DELETE', `${api}/prioritylevelconfigurations/ada`);
});

test('who finds no seat is told in one line of text when to come again, and a large list needs several seats', async () => {
  const api = '/apis/flowcontrol.apiserver.k8s.io/v1';
  const limited = { nominalConcurrencyShares: 1, limitResponse: { type: 'Reject' } };
  await server.send('POST', `${api}/prioritylevelconfigurations`, {
    metadata: { name: 'narrow' },
    spec: { type: 'Limited', limited },
  });
  const rules = [
    {
      subjects: [{ kind: 'User', user: { name: 'ada' } }],
      resourceRules: [{ verbs: ['*'], apiGroups: ['*'], resources: ['*'], namespaces: ['*'] }],
    },
  ];
  await server.send('POST', `${api}/flowschemas`, {
    metadata: { name: 'narrow' },
    spec: { matchingPrecedence: 500, priorityLevelConfiguration: { name: 'narrow' }, rules },
  });
  const names = Array.from({ length: 110 }, (_, index) => `many-${index}`);
  await Promise.all(names.map((name) => server.send('POST', CONFIG_MAPS, configMap(name))));
  expect((await server.send('GET', CONFIG_MAPS, undefined, AS_ADA)).code).toBe(200);
  // Two of three seats are taken; a single object still finds one, the list of all does not find two.
  const posts = [beginPost(), beginPost()];
  const list = () => server.send('GET', CONFIG_MAPS, undefined, AS_ADA);
  await until(async () => (await list()).code === 429);
  expect((await server.send('GET', `${CONFIG_MAPS}/many-1`, undefined, AS_ADA)).code).toBe(200);
  const { headers, text } = await list();
  expect(text).toBe('Too many requests, please try again later.\n');
  expect(headers).toMatchObject({
    'content-type': 'text/plain; charset=utf-8',
    'retry-after': '1',
    'x-content-type-options': 'nosniff',
    'x-kubernetes-pf-flowschema-uid': expect.any(String),
  });
  for (const { request } of posts) request.destroy();
  await until(async () => (await list()).code === 200);
  await server.send('DELETE', `${api}/flowschemas/narrow`);
  await server.send('DELETE', `${api}/prioritylevelconfigurations/narrow`);
}, 60_000);

test('a request that takes longer than its timeout is 504', async () => {
  const { port, ca, token } = server;
  const status = await new Promise<Status>((resolve, reject) => {
    const headers = { authorization: `Bearer ${token}`, 'content-length': 100 };
    const options = { host: '127.0.0.1', port, ca, method: 'POST', agent: false as const, headers };
    const request = httpsRequest({ ...options, path: `${CONFIG_MAPS}?timeout=50ms` }, (response) => {
      let text = '';
      response.on('data', (chunk: Buffer) => {
        text += chunk.toString();
      });
      response.on('end', () => resolve(JSON.parse(text)));
    });
    request.on('error', reject);
    request.flushHeaders();
  });
  expect(status).toMatchObject({
    code: 504,
    reason: 'Timeout',
    message: 'Timeout: request did not complete within the allotted timeout',
  });
  const wrong = await server.send('GET', `${CONFIG_MAPS}?timeout=soon`);
  expect([wrong.code, wrong.json<Status>().message]).toEqual([
    400,
    'invalid timeout specified in the request URL - time: invalid duration "soon"',
  ]);
});

test.each([
  ['a body above 3 MiB', () => server.send('POST', CONFIG_MAPS, 'x'.repeat(3 * 1024 * 1024 + 1)), 413],
  [
    'headers above 64 KiB',
    () => server.send('GET', CONFIG_MAPS, undefined, { headers: { x: 'x'.repeat(70_000) } }),
    431,
  ],
  ['a path above 64 KiB', () => server.send('GET', `${CONFIG_MAPS}/${'x'.repeat(70_000)}`), 431],
  [
    'JSON nested too deeply',
    () => server.send('POST', CONFIG_MAPS, `${'['.repeat(200_000)}${']'.repeat(200_000)}`),
    400,
  ],
])('%s is refused', async (_what, ask, code) => {
  // The server may cut the connection of what it does not read; the next request finds it well.
  expect(
    await ask().then(
      (answer) => answer.code,
      () => code,
    ),
  ).toBe(code);
  expect((await server.send('GET', '/livez')).code).toBe(200);
});

const YAML = { headers: { 'content-type': 'application/yaml' } };

test('YAML that grows by its aliases is refused at once', async () => {
  const lines = ['a: &a [x,x,x,x,x,x,x,x,x]'];
  for (let index = 1; index < 12; index++) {
    const [name, before] = [index, index - 1].map((at) => String.fromCharCode(97 + at));
    lines.push(`${name}: &${name} [${Array(9).fill(`*${before}`).join(',')}]`);
  }
  const began = Date.now();
  const answer = await server.send('POST', CONFIG_MAPS, lines.join('\n'), YAML);
  expect(answer.code).toBe(400);
  expect(Date.now() - began).toBeLessThan(5_000);
});

test('YAML nested deeply or long is answered, and the server goes on', async () => {
  const deep = await server.send('POST', CONFIG_MAPS, `data: ${'['.repeat(20_000)}`, YAML);
  expect(deep.code).toBeLessThan(500);
  expect((await server.send('GET', '/livez')).code).toBe(200);
}, 30_000);

test('FlowSchemas say whether their level is there, and the defaults come back', async () => {
  const api = '/apis/flowcontrol.apiserver.k8s.io/v1';
  const dangling = async (name: string) => {
    const answer = await server.send('GET', `${api}/flowschemas/${name}`);
    const { status } = answer.json<{ status?: { conditions?: { type: string; status: string }[] } }>();
    return status?.conditions?.find(({ type }) => type === 'Dangling')?.status;
  };
  await until(async () => (await dangling('catch-all')) === 'False');
  const spec = { matchingPrecedence: 700, priorityLevelConfiguration: { name: 'later' }, rules: [] };
  await server.send('POST', `${api}/flowschemas`, { metadata: { name: 'lonely' }, spec });
  await until(async () => (await dangling('lonely')) === 'True');
  const limited = { nominalConcurrencyShares: 1, limitResponse: { type: 'Reject' } };
  await server.send('POST', `${api}/prioritylevelconfigurations`, {
    metadata: { name: 'later' },
    spec: { type: 'Limited', limited },
  });
  await until(async () => (await dangling('lonely')) === 'False');
  await server.send('DELETE', `${api}/flowschemas/catch-all`);
  await until(async () => (await dangling('catch-all')) === 'False');
  const share = async () => {
    const { spec } = (await server.send('GET', `${api}/prioritylevelconfigurations/system`)).json<{
      spec: { limited: { nominalConcurrencyShares: number } };
    }>();
    return spec.limited.nominalConcurrencyShares;
  };
  const merge = { headers: { 'content-type': 'application/merge-patch+json' } };
  const changed = { spec: { limited: { nominalConcurrencyShares: 1 } } };
  await server.send('PATCH', `${api}/prioritylevelconfigurations/system`, changed, merge);
  await until(async () => (await share()) === 30);
});
