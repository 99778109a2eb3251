/**
 * A real server of the other side, in this process: what it is sent, and what happens when it does not want it.
 */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { silentLogger } from '../../../helper/process/log';
import { until } from '../../../helper/process/until';
import type { AuditEvent } from './audit-event';
import { AuditWebhook, toBoth, WEBHOOK_LIMITS } from './audit-webhook';

let server: Server;
let origin: string;
let batches: { kind: string; apiVersion: string; items: AuditEvent[]; authorization: string | undefined }[];
/** answers still to be given before those of 200 */
let refusals: number[];

beforeEach(async () => {
  batches = [];
  refusals = [];
  server = createServer(async (req, res) => {
    let text = '';
    for await (const chunk of req) text += String(chunk);
    const code = refusals.shift() ?? 200;
    if (code === 200) batches.push({ ...JSON.parse(text), authorization: req.headers.authorization });
    res.writeHead(code).end();
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

const event = (auditID: string) => ({ auditID }) as AuditEvent;
const FAST = { ...WEBHOOK_LIMITS, maxSize: 2, maxWaitMs: 20, initialBackOffMs: 5 };
const open = (limits = {}, log = silentLogger()) =>
  new AuditWebhook({ server: `${origin}/audit`, token: 'secret' }, log, { ...FAST, ...limits });
const ids = () => batches.map(({ items }) => items.map(({ auditID }) => auditID));

test('AuditWebhook sends an EventList when a batch is full, and a smaller one after its wait', async () => {
  const webhook = open();
  for (const id of ['a', 'b', 'c']) webhook.record(event(id));
  await until(() => batches.length === 2);
  expect(ids()).toEqual(expect.arrayContaining([['a', 'b'], ['c']]));
  expect(batches[0]).toMatchObject({
    kind: 'EventList',
    apiVersion: 'audit.k8s.io/v1',
    authorization: 'Bearer secret',
  });
  await webhook.close();
});

test('AuditWebhook sends a batch again until it is taken', async () => {
  refusals = [500, 429, 403];
  const webhook = open();
  webhook.record(event('a'));
  await until(() => batches.length === 1);
  expect([ids(), refusals]).toEqual([[['a']], []]);
  await webhook.close();
});

test('AuditWebhook gives a batch up after five tries and says so', async () => {
  refusals = Array(5).fill(503);
  const log = silentLogger();
  const error = jest.spyOn(log, 'error');
  const webhook = open({}, log);
  webhook.record(event('lost'));
  await until(() => error.mock.calls.length === 1);
  expect(error).toHaveBeenCalledWith({ err: expect.any(Error), events: 1 }, expect.any(String));
  webhook.record(event('next'));
  await until(() => batches.length === 1);
  expect(ids()).toEqual([['next']]);
  await webhook.close();
});

test('AuditWebhook drops and counts what comes faster than it may send', async () => {
  const log = silentLogger();
  const warn = jest.spyOn(log, 'warn');
  const webhook = open({ bufferSize: 3, maxWaitMs: 60_000, maxSize: 3 }, log);
  for (const id of ['a', 'b', 'c', 'd']) webhook.record(event(id));
  await until(() => batches.length === 1);
  expect(ids()).toEqual([['a', 'b', 'c']]);
  expect(warn).toHaveBeenCalledWith({ dropped: 1 }, expect.any(String));
  await webhook.close();
});

test('AuditWebhook.close() sends what waits', async () => {
  const webhook = open({ maxWaitMs: 60_000 });
  webhook.record(event('last'));
  await webhook.close();
  expect(ids()).toEqual([['last']]);
});

test('AuditWebhook throttles: the burst goes at once, the rest as time passes', async () => {
  const webhook = open({ maxSize: 1, throttleBurst: 2, throttleQps: 20, maxWaitMs: 10 });
  for (const id of ['a', 'b', 'c', 'd']) webhook.record(event(id));
  await until(() => batches.length === 4);
  expect(ids().flat().sort()).toEqual(['a', 'b', 'c', 'd']);
  await webhook.close();
});

test('toBoth() records in both and closes both', async () => {
  const sink = () => ({ record: jest.fn(), close: jest.fn(async () => undefined) });
  const [first, second] = [sink(), sink()];
  const both = toBoth(first, second);
  both.record(event('a'));
  await both.close();
  for (const one of [first, second])
    expect([one.record.mock.calls.length, one.close.mock.calls.length]).toEqual([1, 1]);
});
