import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLogger } from '../../../helper/process/log';
import { until } from '../../../helper/process/until';
import type { AuditEvent } from './audit-event';
import { AuditLog } from './audit-log';

let directory: string;
let path: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'minik8s-audit-'));
  path = join(directory, 'log', 'audit.log');
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const event = (auditID: string): AuditEvent => ({
  kind: 'Event',
  apiVersion: 'audit.k8s.io/v1',
  level: 'Metadata',
  auditID,
  stage: 'ResponseComplete',
  requestURI: '/api/v1/namespaces',
  verb: 'create',
  user: { username: 'somebody', groups: [] },
  sourceIPs: ['127.0.0.1'],
  userAgent: 'test',
  objectRef: { resource: 'namespaces' },
  responseStatus: { metadata: {}, code: 201 },
  requestReceivedTimestamp: '2030-01-01T00:00:00.000000Z',
  stageTimestamp: '2030-01-01T00:00:00.000000Z',
  annotations: {},
});
const idsIn = (file: string) =>
  readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => (JSON.parse(line) as AuditEvent).auditID);

test('AuditLog writes one JSON line an event, in order, behind those of the last run', async () => {
  for (const ids of [['a', 'b'], ['c']]) {
    const audit = new AuditLog(path, silentLogger());
    for (const id of ids) audit.record(event(id));
    await audit.close();
  }
  expect(idsIn(path)).toEqual(['a', 'b', 'c']);
});

test('AuditLog writes by itself after a moment', async () => {
  const audit = new AuditLog(path, silentLogger());
  audit.record(event('a'));
  await until(() => {
    try {
      return idsIn(path).length === 1;
    } catch {
      return false;
    }
  });
  await audit.close();
});

test('AuditLog sets a file aside that has grown large, and keeps as many as it is told', async () => {
  const limits = { rotateBytes: 100, keptFiles: 2, maxWaiting: 10 };
  const writeOne = async (id: string) => {
    const audit = new AuditLog(path, silentLogger(), limits);
    audit.record(event(id));
    await audit.close();
  };
  await writeOne('a');
  expect(idsIn(`${path}.1`)).toEqual(['a']);
  expect(() => idsIn(path)).toThrow('ENOENT');
  await writeOne('b');
  expect([idsIn(`${path}.1`), idsIn(`${path}.2`)]).toEqual([['b'], ['a']]);
  await writeOne('c');
  expect([idsIn(`${path}.1`), idsIn(`${path}.2`)]).toEqual([['c'], ['b']]);
  expect(() => idsIn(`${path}.3`)).toThrow('ENOENT');
});

test('AuditLog drops and counts what comes faster than it can be written', async () => {
  const log = silentLogger();
  const warn = jest.spyOn(log, 'warn');
  const audit = new AuditLog(path, log, { rotateBytes: 1e6, keptFiles: 1, maxWaiting: 2 });
  for (const id of ['a', 'b', 'c', 'd']) audit.record(event(id));
  await audit.close();
  expect(idsIn(path)).toEqual(['a', 'b']);
  expect(warn).toHaveBeenCalledWith({ dropped: 2 }, expect.any(String));
});

test('AuditLog that cannot write says so in the log and goes on', async () => {
  writeFileSync(join(directory, 'log'), 'a file where the folder should be');
  const log = silentLogger();
  const error = jest.spyOn(log, 'error');
  const audit = new AuditLog(path, log);
  audit.record(event('a'));
  await audit.close();
  expect(error).toHaveBeenCalledTimes(1);
  rmSync(join(directory, 'log'));
  audit.record(event('b'));
  await audit.close();
  expect(idsIn(path)).toEqual(['b']);
});
