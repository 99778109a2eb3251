import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { componentStatus, componentsOf } from './component-health';

describe('componentStatus()', () => {
  test.each([
    ['well', async () => undefined, { status: 'True', message: 'ok' }],
    ['not ready', async () => 'no lease', { status: 'False', message: 'no lease' }],
    ['not there', () => Promise.reject(new Error('ENOENT')), { status: 'False', message: 'ENOENT' }],
  ])('of a component that is %s', async (_what, ask, condition) => {
    expect(await componentStatus('x', ask)).toMatchObject({
      metadata: { name: 'x' },
      conditions: [{ type: 'Healthy', ...condition }],
    });
  });
});

test('componentsOf() asks sockets and the store, and names who is missing', async () => {
  const home = mkdtempSync(join(tmpdir(), 'health-'));
  mkdirSync(join(home, 'run'));
  const server = createServer((_request, response) => void response.end('ok'));
  await new Promise<void>((resolve) => server.listen(join(home, 'run', 'scheduler.sock'), resolve));
  const components = componentsOf(home, () => Promise.resolve(1));
  expect([...components.keys()]).toEqual(['controller-manager', 'scheduler', 'etcd-0']);
  expect(await components.get('scheduler')?.()).toBeUndefined();
  expect(await components.get('etcd-0')?.()).toBeUndefined();
  expect(await components.get('controller-manager')?.()).toContain('garbage-collector: connect ENOENT');
  server.close();
  rmSync(home, { recursive: true });
});
