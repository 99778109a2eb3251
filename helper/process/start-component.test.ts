import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Component, ComponentContext, RunningComponent } from './component';
import { explainError } from './explain-error';
import { loadSettings } from './load-settings';
import { silentLogger } from './log';
import { counter } from './metrics';
import { healthSocketPath, startComponent } from './start-component';

describe('startComponent()', () => {
  let home: string;
  let socketPath: string;
  let running: RunningComponent | undefined;
  let problem: string | undefined;

  const component = (start?: (context: ComponentContext) => void): Component => ({
    name: 'demo',
    summary: 'a test',
    async start(context) {
      start?.(context);
      context.addReadyCheck('cache', () => problem);
      return { stop: async () => {} };
    },
  });
  const start = async (what = component()) => {
    running = await startComponent(what, loadSettings(['--home', home], {}), silentLogger());
  };
  const get = (path: string) =>
    new Promise<string>((resolve, reject) => {
      request({ socketPath, path }, (response) => {
        let text = `${response.statusCode} `;
        response.on('data', (chunk) => {
          text += chunk;
        });
        response.on('end', () => resolve(text));
      })
        .on('error', reject)
        .end();
    });

  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), 'run-'));
    socketPath = healthSocketPath(home, 'demo');
    problem = undefined;
  });
  afterEach(async () => {
    await running?.stop();
    running = undefined;
    rmSync(home, { recursive: true });
  });

  test('serves health, readiness and metrics on its socket', async () => {
    await start();
    counter({ name: 'demo_total', help: 'Things.' }).inc(3);
    expect(await get('/healthz')).toBe('200 ok');
    expect(await get('/livez')).toBe('200 ok');
    expect(await get('/readyz')).toBe('200 ok');
    expect(await get('/readyz?verbose')).toBe('200 [+]demo ok\n[+]cache ok\nreadyz check passed\n');
    expect(await get('/metrics')).toContain('demo_total 3');
    expect(await get('/other')).toContain('404 unknown path /other');
    problem = 'first list missing';
    expect(await get('/readyz')).toBe('500 [+]demo ok\n[-]cache failed: first list missing\nreadyz check failed\n');
  });

  test('replaces the socket a killed process left behind, and removes its own', async () => {
    await start();
    await running?.stop();
    expect(existsSync(socketPath)).toBe(false);
    writeFileSync(socketPath, '');
    await start();
    expect(await get('/healthz')).toBe('200 ok');
  });

  test('refuses to run twice', async () => {
    await start();
    await expect(startComponent(component(), loadSettings(['--home', home], {}), silentLogger())).rejects.toThrow(
      'is running already',
    );
    expect(await get('/healthz')).toBe('200 ok');
  });

  test('releases the socket when the component cannot start', async () => {
    const broken = component(() => {
      throw new Error('no');
    });
    await expect(start(broken)).rejects.toThrow('no');
    expect(existsSync(socketPath)).toBe(false);
  });

  test('refuses a home too deep for a socket', async () => {
    const deep = join(home, 'd'.repeat(120));
    await expect(startComponent(component(), loadSettings(['--home', deep], {}), silentLogger())).rejects.toThrow(
      'too long for a socket',
    );
  });
});

test.each([
  [{ code: 'EADDRINUSE', address: '127.0.0.1', port: 6443 }, '127.0.0.1:6443 is in use by another process'],
  [{ code: 'EACCES', path: '/var/lib/x' }, 'no permission for /var/lib/x'],
  [{ code: 'ENOSPC' }, 'the disk is full (boom)'],
  [{}, 'boom'],
])('explainError() of %j', (fields, expected) => {
  expect(explainError(Object.assign(new Error('boom'), fields))).toContain(expected);
});
