/**
 * The audit trail: what is written down by default, and what a policy file makes of it.
 */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { until } from '../../helper/process/until';
import { CONFIG_MAPS, configMap, MERGE } from './objects';
import { startTestServer, type TestServer } from './test-server';

interface Line {
  readonly level: string;
  readonly stage: string;
  readonly auditID: string;
  readonly verb: string;
  readonly requestURI: string;
  readonly objectRef?: Readonly<Record<string, string>>;
  readonly requestObject?: object;
  readonly responseObject?: { readonly metadata: object };
  readonly annotations: Readonly<Record<string, string>>;
}

const POLICY = `
apiVersion: audit.k8s.io/v1
kind: Policy
rules:
- level: None
  resources: [{ group: "", resources: [secrets] }]
- level: RequestResponse
  omitManagedFields: true
  resources: [{ group: "", resources: [configmaps] }]
- level: Request
  omitStages: [RequestReceived]
  resources: [{ group: "", resources: [services] }]
- level: Metadata
`;

let folder: string;
let server: TestServer;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'minik8s-policy-'));
  writeFileSync(join(folder, 'policy.yaml'), POLICY);
  server = await startTestServer({ auditPolicyFile: join(folder, 'policy.yaml') });
}, 30_000);
afterAll(async () => {
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** The lines of one request, once there are so many. */
async function linesOf(auditId: string, count: number): Promise<Line[]> {
  let lines: Line[] = [];
  await until(() => {
    const file = join(server.settings.home, 'log', 'audit.log');
    const text = existsSync(file) ? readFileSync(file, 'utf8').trim() : '';
    if (!text) return false;
    lines = text.split('\n').map((line) => JSON.parse(line) as Line);
    lines = lines.filter(({ auditID }) => auditID === auditId);
    return lines.length >= count;
  }, 10_000);
  return lines;
}

const named = (auditId: string, more: object = {}) => ({ headers: { 'audit-id': auditId, ...more } });
const shown = (lines: readonly Line[]) => lines.map(({ level, stage }) => `${level} ${stage}`);

test('a request of level RequestResponse leaves its object and its answer, managedFields left out', async () => {
  const answer = await server.send('POST', CONFIG_MAPS, configMap('a', { x: '1' }), named('one'));
  expect(answer.headers['audit-id']).toBe('one');
  const lines = await linesOf('one', 2);
  expect(shown(lines)).toEqual(['RequestResponse RequestReceived', 'RequestResponse ResponseComplete']);
  expect(lines[0]).not.toHaveProperty('responseStatus');
  const { metadata } = answer.json<{ metadata: Record<string, unknown> }>();
  delete metadata.managedFields;
  expect(lines[1]).toMatchObject({
    verb: 'create',
    user: { username: 'minik8s-admin' },
    sourceIPs: ['127.0.0.1'],
    objectRef: { resource: 'configmaps', namespace: 'default', name: 'a', apiVersion: 'v1', uid: metadata.uid },
    responseStatus: { metadata: {}, code: 201 },
    requestObject: { kind: 'ConfigMap', data: { x: '1' } },
    annotations: { 'authorization.k8s.io/decision': 'allow', 'authorization.k8s.io/reason': '' },
  });
  expect(lines[1]?.responseObject?.metadata).toEqual(metadata);
  await server.send('PATCH', `${CONFIG_MAPS}/a`, { data: { x: '2' } }, named('two', MERGE.headers));
  expect((await linesOf('two', 2))[1]?.requestObject).toEqual({ data: { x: '2' } });
  const many = { metadata: { name: 'long' }, data: { text: 'x'.repeat(200_000) } };
  await server.send('POST', CONFIG_MAPS, many, named('three'));
  await server.send('GET', CONFIG_MAPS, undefined, named('four', { 'accept-encoding': 'gzip' }));
  expect((await linesOf('four', 2))[1]?.responseObject).toMatchObject({ kind: 'ConfigMapList' });
});

test('a request of level Request leaves its object, an error what it said', async () => {
  const body = { metadata: { name: 'NOT VALID' }, spec: { ports: [{ port: 80 }] } };
  await server.send('POST', '/api/v1/namespaces/default/services', body, named('five'));
  const [line] = await linesOf('five', 1);
  expect(line).toMatchObject({
    level: 'Request',
    stage: 'ResponseComplete',
    requestObject: body,
    responseStatus: { status: 'Failure', reason: 'Invalid', code: 422, details: { kind: 'Service' } },
  });
  expect(line).not.toHaveProperty('responseObject');
});

test('a watch leaves a line when it starts and one when it ends', async () => {
  const { port, ca, token } = server;
  const headers = { authorization: `Bearer ${token}`, 'audit-id': 'six', 'x-forwarded-for': '192.0.2.7' };
  const request = httpsRequest({ host: '127.0.0.1', port, ca, path: '/api/v1/pods?watch=1', headers });
  request.on('error', () => undefined);
  request.end();
  const stages = ['RequestReceived', 'ResponseStarted', 'ResponseComplete'].map((stage) => `Metadata ${stage}`);
  expect(shown(await linesOf('six', 2))).toEqual(stages.slice(0, 2));
  request.destroy();
  const lines = await linesOf('six', 3);
  expect(shown(lines)).toEqual(stages);
  expect(lines[2]).toMatchObject({
    verb: 'watch',
    sourceIPs: ['192.0.2.7', '127.0.0.1'],
    responseStatus: { code: 200 },
  });
});

test('paths that are no objects, and who pretends to be another, leave lines too', async () => {
  await server.send('GET', '/version', undefined, named('seven', { 'impersonate-user': 'ada' }));
  const [, line] = await linesOf('seven', 2);
  expect(line).toMatchObject({ verb: 'get', requestURI: '/version', impersonatedUser: { username: 'ada' } });
  expect(line).not.toHaveProperty('objectRef');
});

test('who shows credentials that are not good leaves a line that names nobody', async () => {
  await server.send('GET', '/api/v1/pods', undefined, { token: 'wrong', ...named('intruder') });
  const [line, ...more] = await linesOf('intruder', 1);
  expect(more).toEqual([]);
  expect(line).toMatchObject({
    level: 'Metadata',
    stage: 'ResponseStarted',
    verb: 'list',
    user: {},
    objectRef: { resource: 'pods', apiVersion: 'v1' },
    responseStatus: { metadata: {}, code: 401, message: 'Authentication failed, attempted: bearer' },
  });
  await server.send('GET', '/api/v1/secrets', undefined, { token: 'wrong', ...named('nothing-of-secrets') });
  await server.send('GET', '/version', undefined, named('after'));
  await linesOf('after', 2);
  expect(await linesOf('nothing-of-secrets', 0)).toEqual([]);
});

test('a request of level None leaves nothing', async () => {
  await server.send('GET', '/api/v1/secrets', undefined, named('eight'));
  await server.send('GET', '/version', undefined, named('nine'));
  await linesOf('nine', 2);
  expect(await linesOf('eight', 0)).toEqual([]);
});

test('Audit-Id names every request, unless its sender does', async () => {
  const ids = await Promise.all([
    server.send('GET', CONFIG_MAPS),
    server.send('GET', '/api'),
    server.send('GET', '/nowhere'),
  ]);
  for (const { headers } of ids) expect(headers['audit-id']).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
});

test('a policy with a mistake keeps the server from starting, and says which', async () => {
  const file = join(folder, 'bad.yaml');
  writeFileSync(file, 'apiVersion: audit.k8s.io/v1\nkind: Policy\nrules: [{ level: Some }]\n');
  await expect(startTestServer({ auditPolicyFile: file })).rejects.toThrow('rules[0].level: "Some" is none of');
});

test('a webhook gets the lines of the trail in batches', async () => {
  const items: Line[] = [];
  const receiver = createServer(async (req, res) => {
    let text = '';
    for await (const chunk of req) text += String(chunk);
    items.push(...(JSON.parse(text) as { items: Line[] }).items);
    res.writeHead(200).end();
  });
  await new Promise<void>((listening) => receiver.listen(0, '127.0.0.1', listening));
  const kubeconfig = join(folder, 'webhook.yaml');
  writeFileSync(
    kubeconfig,
    `
current-context: webhook
clusters: [{ name: audit, cluster: { server: 'http://127.0.0.1:${(receiver.address() as AddressInfo).port}/trail' } }]
contexts: [{ name: webhook, context: { cluster: audit } }]
`,
  );
  const watched = await startTestServer({ auditWebhookConfigFile: kubeconfig, auditWebhookBatchMaxWait: 1 });
  await watched.send('POST', CONFIG_MAPS, configMap('sent'), named('sent-away'));
  await until(() => items.some(({ auditID }) => auditID === 'sent-away'), 10_000);
  expect(items.find(({ auditID }) => auditID === 'sent-away')).toMatchObject({ level: 'Metadata', verb: 'create' });
  await watched.stop();
  receiver.close();
});
