/**
 * The gate by itself: seats of levels, lines of flows, refusals, and other levels while requests are in.
 */
import type { ServerResponse } from 'node:http';
import type { User } from '../auth/user';
import { parseRequestInfo } from '../request-info';
import type { RequestTrace } from '../request-trace';
import {
  DEFAULT_FLOW_SCHEMAS,
  DEFAULT_PRIORITY_LEVELS,
  type FlowSchema,
  type PriorityLevel,
} from './default-flow-control';
import { isLongRunning, RequestGate } from './request-gate';

const PODS = '/api/v1/namespaces/shop/pods';
const user = (name: string, ...groups: string[]): User => ({ name, groups: [...groups, 'system:authenticated'] });
const ADA = user('ada');
const BOB = user('bob');
const NODE = user('system:node:one', 'system:nodes');
const ADMIN = user('admin', 'system:masters');

function traceOf(who: User, method = 'POST', url = PODS): RequestTrace {
  const info = parseRequestInfo(method, url);
  return {
    info,
    sender: who,
    user: who,
    decision: undefined,
    ticket: undefined,
    startedAt: 0,
    object: undefined,
    auditId: 'x',
  };
}

/** Takes what the gate tells the client. */
function fakeResponse() {
  const headers: Record<string, string> = {};
  const setHeader = (name: string, value: string) => {
    headers[name] = value;
  };
  return { headers, res: { setHeader } as unknown as ServerResponse };
}

const enter = (gate: RequestGate, trace: RequestTrace) => gate.enter(trace, fakeResponse().res);
const defaults = () => new RequestGate(DEFAULT_FLOW_SCHEMAS, DEFAULT_PRIORITY_LEVELS);
const SEATS = 49;
const LINE = 300;

test('RequestGate makes a flood wait, refuses what is too much, and lets everybody else through', async () => {
  const gate = defaults();
  const floods = Array.from({ length: SEATS + LINE }, () => traceOf(ADA));
  const waits = floods.map((trace) => enter(gate, trace));
  expect(waits.map((wait) => wait !== undefined)).toEqual(floods.map((_, index) => index >= SEATS));
  await expect(enter(gate, traceOf(ADA))).rejects.toMatchObject({
    reason: 'TooManyRequests',
    code: 429,
    details: { retryAfterSeconds: 1 },
  });
  expect(enter(gate, traceOf(NODE))).toBeUndefined();
  expect(enter(gate, traceOf(ADMIN))).toBeUndefined();
  // Another user of the same level waits, but not behind the flood.
  let isServed = false;
  const bob = enter(gate, traceOf(BOB))?.then(() => {
    isServed = true;
  });
  for (const trace of floods.slice(0, 2)) gate.leave(trace);
  await bob;
  expect(isServed).toBe(true);
  for (const trace of floods) gate.leave(trace);
});

test('RequestGate asks no seat of what lasts as long as the client likes', () => {
  const gate = defaults();
  for (let index = 0; index < SEATS + LINE + 10; index++) {
    const trace = traceOf(ADA, 'GET', `${PODS}?watch=1`);
    expect([enter(gate, trace), trace.ticket]).toEqual([undefined, undefined]);
  }
});

test.each([
  ['GET', `${PODS}?watch=1`, true],
  ['GET', `${PODS}/x/log`, false],
  ['GET', `${PODS}/x/log?follow=true`, true],
  ['POST', `${PODS}/x/exec`, true],
  ['GET', `${PODS}/x/proxy/some/path`, true],
  ['GET', PODS, false],
  ['POST', PODS, false],
])('isLongRunning(%s %s) is %p', (method, url, expected) => {
  expect(isLongRunning(parseRequestInfo(method, url))).toBe(expected);
});

test('RequestGate gives the place of a client that went away to the next', async () => {
  const gate = defaults();
  const seated = Array.from({ length: SEATS }, () => traceOf(ADA));
  for (const trace of seated) enter(gate, trace);
  const [gone, next] = [traceOf(ADA), traceOf(ADA)];
  void enter(gate, gone);
  const waiting = enter(gate, next);
  gate.leave(gone);
  gate.leave(gone);
  gate.leave(seated[0] as RequestTrace);
  await waiting;
  expect([...gate.allLevels()].find(({ name }) => name === 'global-default')?.queue.executing).toBe(SEATS);
});

test('RequestGate.configure() takes other schemas at once, and tells clients which one decided', async () => {
  const gate = defaults();
  const seated = traceOf(ADA);
  enter(gate, seated);
  const own: PriorityLevel = {
    apiVersion: 'flowcontrol.apiserver.k8s.io/v1',
    kind: 'PriorityLevelConfiguration',
    metadata: { name: 'own', uid: 'level-uid' },
    spec: { type: 'Limited', limited: { nominalConcurrencyShares: 0, limitResponse: { type: 'Reject' } } },
  };
  const [template] = DEFAULT_FLOW_SCHEMAS;
  const schema: FlowSchema = {
    ...(template as FlowSchema),
    metadata: { name: 'own', uid: 'schema-uid' },
    spec: {
      matchingPrecedence: 10,
      priorityLevelConfiguration: { name: 'own' },
      rules: [
        {
          subjects: [{ kind: 'User', user: { name: 'ada' } }],
          resourceRules: [{ verbs: ['*'], apiGroups: ['*'], resources: ['pods'], namespaces: ['*'] }],
        },
      ],
    },
  };
  const dangling: FlowSchema = {
    ...schema,
    metadata: { name: 'dangling' },
    spec: { ...schema.spec, matchingPrecedence: 5, priorityLevelConfiguration: { name: 'nowhere' } },
  };
  gate.configure([...DEFAULT_FLOW_SCHEMAS, schema, dangling], [...DEFAULT_PRIORITY_LEVELS, own]);
  const { headers, res } = fakeResponse();
  await expect(gate.enter(traceOf(ADA), res)).rejects.toMatchObject({ code: 429 });
  expect(headers).toEqual({
    'X-Kubernetes-PF-FlowSchema-UID': 'schema-uid',
    'X-Kubernetes-PF-PriorityLevel-UID': 'level-uid',
  });
  gate.leave(seated);
  expect([...gate.allLevels()].every(({ queue }) => queue.executing === 0)).toBe(true);
});

test('RequestGate counts a large list as several seats', () => {
  const gate = new RequestGate(DEFAULT_FLOW_SCHEMAS, DEFAULT_PRIORITY_LEVELS, () => 320);
  const seatsTaken = () => [...gate.allLevels()].find(({ name }) => name === 'global-default')?.queue.seatsTaken;
  const list = traceOf(ADA, 'GET', PODS);
  enter(gate, list);
  expect([list.ticket?.seats, seatsTaken()]).toEqual([4, 4]);
  gate.leave(list);
  expect(seatsTaken()).toBe(0);
});
