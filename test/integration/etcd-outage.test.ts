/**
 * An etcd that is not there yet, dies, freezes and comes back, under an api-server that is never restarted.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensurePki } from '../../helper/pki/ensure-pki';
import type { RunningComponent } from '../../helper/process/component';
import { withDefaults } from '../../helper/process/default-settings';
import { silentLogger } from '../../helper/process/log';
import type { Settings } from '../../helper/process/settings';
import { until } from '../../helper/process/until';
import { component } from '../../master/apiserver/main';
import { freePort, hasEtcd, startTestEtcd, type TestEtcd } from '../../master/storage/start-test-etcd';
import { CONFIG_MAPS, configMap } from './objects';
import { type RequestOptions, type ServerAccess, send, writeAdminToken } from './test-server';
import { openWatch } from './watch-client';

const describeWithEtcd = hasEtcd() ? describe : describe.skip;
/** Two calls of five seconds each, one behind the other, are the worst that can happen. */
const LONGEST_ANSWER_MS = 11_000;
const LONGEST_RECOVERY_MS = 15_000;

describeWithEtcd('an api-server over an etcd that goes away', () => {
  const lines: string[] = [];
  let etcd: TestEtcd;
  let settings: Settings;
  let access: ServerAccess;
  let running: RunningComponent | undefined;
  let checks: (() => string | undefined)[];

  const request = (method: string, path: string, body?: unknown, options?: RequestOptions) =>
    send(access, method, path, body, options);
  const readyz = async () => (await request('GET', '/readyz', undefined, { token: null })).code;

  async function startComponent(): Promise<RunningComponent> {
    const log = silentLogger();
    jest.spyOn(log, 'warn').mockImplementation((...words: unknown[]) => void lines.push(String(words.at(-1))));
    checks = [];
    const addReadyCheck = (_name: string, check: () => string | undefined) => void checks.push(check);
    return component.start({ settings, log, addReadyCheck });
  }

  /** The answer, which must come in time. */
  async function timed(method: string, path: string, body?: unknown) {
    const began = Date.now();
    const answer = await request(method, path, body);
    expect(Date.now() - began).toBeLessThan(LONGEST_ANSWER_MS);
    return answer;
  }

  beforeAll(async () => {
    etcd = await startTestEtcd();
    const home = mkdtempSync(join(tmpdir(), 'minik8s-outage-'));
    settings = withDefaults({
      home,
      bindAddress: '127.0.0.1',
      nodeIp: '127.0.0.1',
      portBase: await freePort(),
      store: 'etcd',
      etcdEndpoints: [etcd.endpoint],
    });
    await ensurePki(settings);
    const token = writeAdminToken(home);
    access = { port: settings.portBase, token, ca: readFileSync(join(home, 'pki', 'ca.crt')) };
  }, 30_000);
  afterAll(async () => {
    await running?.stop();
    await etcd.remove();
    rmSync(settings.home, { recursive: true, force: true });
  }, 30_000);

  test('stop() ends an api-server that still waits for its store', async () => {
    await etcd.kill();
    const waiting = await startComponent();
    await waiting.stop();
    await expect(readyz()).rejects.toThrow('ECONNREFUSED');
  }, 30_000);

  test('an etcd that is not there at start is waited for, and everybody is told', async () => {
    running = await startComponent();
    const ready = await request('GET', '/readyz?verbose', undefined, { token: null });
    expect([ready.code, ready.text]).toEqual([
      500,
      expect.stringContaining(`[-]store failed: etcd at ${etcd.endpoint}`),
    ]);
    expect((await request('GET', '/livez')).code).toBe(200);
    const refused = await timed('GET', CONFIG_MAPS);
    expect([refused.code, refused.headers['retry-after']]).toEqual([503, '1']);
    expect(refused.json()).toMatchObject({ kind: 'Status', reason: 'ServiceUnavailable' });
    expect(checks.map((check) => check())).toEqual([expect.stringContaining(etcd.endpoint)]);
    await until(() => lines.some((line) => line.includes('waiting for the store') && line.includes(etcd.endpoint)));
    await etcd.start();
    await until(async () => (await readyz().catch(() => 0)) === 200, LONGEST_RECOVERY_MS);
    expect(checks.map((check) => check())).toEqual([undefined]);
    expect((await request('POST', CONFIG_MAPS, configMap('before'))).code).toBe(201);
  }, 60_000);

  test.each([
    ['killed', () => etcd.kill(), () => etcd.start()],
    ['frozen', async () => etcd.pause(), async () => etcd.resume()],
  ])(
    'an etcd that is %s: reads from memory go on, writes fail in time, then all is as before',
    async (how, take, give) => {
      const watch = await openWatch(access, `${CONFIG_MAPS}?watch=1&resourceVersion=0`);
      const started = watch.events.length;
      await take();
      expect(await readyz()).toBe(500);
      expect((await request('GET', '/readyz/store')).text).toMatch(/etcd at|no answer within/);
      expect((await request('GET', '/livez')).code).toBe(200);
      const cached = await timed('GET', `${CONFIG_MAPS}/before?resourceVersion=0`);
      expect([cached.code, (await timed('GET', `${CONFIG_MAPS}?resourceVersion=0`)).code]).toEqual([200, 200]);
      const answers = await Promise.all([
        timed('POST', CONFIG_MAPS, configMap(`during-${how}`)),
        timed('PUT', `${CONFIG_MAPS}/before`, configMap('before', { changed: how })),
        timed('DELETE', `${CONFIG_MAPS}/before`),
        timed('GET', CONFIG_MAPS),
        timed('GET', `${CONFIG_MAPS}/before`),
      ]);
      expect(answers.map(({ code }) => code)).toEqual([503, 503, 503, 503, 503]);
      await give();
      await until(async () => (await readyz()) === 200, LONGEST_RECOVERY_MS);
      await until(async () => (await request('POST', CONFIG_MAPS, configMap(`after-${how}`))).code === 201);
      expect((await request('GET', `${CONFIG_MAPS}/after-${how}`)).code).toBe(200);
      // A frozen etcd may carry out what it got before it froze; a client that reads sees what came of it.
      await until(() => watch.seen().slice(started).includes(`ADDED after-${how}`), LONGEST_RECOVERY_MS);
      expect(watch.ended()).toBe(false);
      watch.close();
      await request('POST', CONFIG_MAPS, configMap('before'));
    },
    60_000,
  );
});
