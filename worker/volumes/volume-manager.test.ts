import { existsSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Volume } from 'kubernetes-types/core/v1';
import type { Pod } from '../../helper/api/core/pod';
import { planWrite, writeAtomically } from './atomic-writer';
import { mountPointsBelow } from './mounts';
import { VolumeManager } from './volume-manager';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'volumes-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const meta = (name: string) => ({ name, namespace: 'default' });
const podWith = (...volumes: Volume[]): Pod => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'web', namespace: 'default', uid: 'u1', labels: { app: 'shop' } },
  spec: { containers: [{ name: 'a', resources: { limits: { cpu: '2' } } }], volumes },
});

function manager(): VolumeManager {
  return new VolumeManager(
    { podsDirectory: join(root, 'pods'), projectRoot: '/project', home: root },
    {
      configMap: async (_, name) =>
        name === 'cfg'
          ? {
              apiVersion: 'v1',
              kind: 'ConfigMap',
              metadata: meta(name),
              data: { a: '1', b: '2' },
              binaryData: { c: 'AQI=' },
            }
          : undefined,
      secret: async (_, name) =>
        name === 'key'
          ? { apiVersion: 'v1', kind: 'Secret', metadata: meta(name), data: { token: 'dA==' } }
          : undefined,
      fields: () => ({ nodeName: 'n', hostIp: '', podIp: '', allocatable: {} }),
      claim: async () => undefined,
      persistentVolume: async () => undefined,
      serviceAccountToken: async () => ({ token: 'jwt', refreshAt: new Date(1000) }),
    },
  );
}

async function filesOf(volume: Omit<Volume, 'name'>): Promise<Record<string, string>> {
  const { volumes: mounted } = await manager().setUp(podWith({ name: 'v', ...volume }));
  const directory = mounted.get('v')?.hostPath ?? '';
  const names = readdirSync(directory).filter((name) => !name.startsWith('..'));
  return Object.fromEntries(names.map((name) => [name, readFileSync(join(directory, name), 'latin1')]));
}

describe('VolumeManager.setUp()', () => {
  test('writes a ConfigMap, text and binary', async () => {
    expect(await filesOf({ configMap: { name: 'cfg' } })).toEqual({ a: '1', b: '2', c: '\x01\x02' });
  });

  test('writes the items asked for, at their paths and modes', async () => {
    const items = [{ key: 'token', path: 'deep/t', mode: 0o400 }];
    const { volumes: mounted } = await manager().setUp(podWith({ name: 'v', secret: { secretName: 'key', items } }));
    const file = join(mounted.get('v')?.hostPath ?? '', 'deep/t');
    expect(readFileSync(file, 'utf8')).toBe('t');
    expect(statSync(file).mode & 0o777).toBe(0o400);
  });

  test('writes the downward API', async () => {
    const items = [
      { path: 'labels', fieldRef: { fieldPath: 'metadata.labels' } },
      { path: 'cpu', resourceFieldRef: { containerName: 'a', resource: 'limits.cpu' } },
    ];
    expect(await filesOf({ downwardAPI: { items } })).toEqual({ labels: 'app="shop"', cpu: '2' });
  });

  test('joins projected sources and says when the token has to be renewed', async () => {
    const sources = [
      { serviceAccountToken: { path: 'token' } },
      { configMap: { name: 'cfg', items: [{ key: 'a', path: 'ca.crt' }] } },
      { secret: { name: 'none', optional: true } },
    ];
    expect(await filesOf({ projected: { sources } })).toEqual({ token: 'jwt', 'ca.crt': '1' });
    const { refreshAt } = await manager().setUp(podWith({ name: 'v', projected: { sources } }));
    expect(refreshAt).toEqual(new Date(1000));
  });

  test('leaves alone what is mounted, unless it follows objects of the API', async () => {
    const pod = podWith(
      { name: 'live', configMap: { name: 'cfg' } },
      { name: 'fixed', hostPath: { path: '/none-such', type: 'File' } },
    );
    const before = new Map([
      ['live', { hostPath: '/old' }],
      ['fixed', { hostPath: '/none-such' }],
    ]);
    const { volumes: mounted } = await manager().setUp(pod, before);
    expect(mounted.get('fixed')).toBe(before.get('fixed'));
    expect(mounted.get('live')?.hostPath).toContain('kubernetes.io~configmap/live');
  });

  test('makes an emptyDir for all users, and takes it down', async () => {
    const volumes = manager();
    const { volumes: mounted } = await volumes.setUp(podWith({ name: 'v', emptyDir: {} }));
    const directory = mounted.get('v')?.hostPath ?? '';
    expect(statSync(directory).mode & 0o777).toBe(0o777);
    await volumes.tearDown('u1');
    expect(existsSync(directory)).toBe(false);
  });

  test('leaves a hostPath alone when the pod ends', async () => {
    const path = join(root, 'data');
    const volumes = manager();
    const { volumes: mounted } = await volumes.setUp(
      podWith({ name: 'v', hostPath: { path, type: 'DirectoryOrCreate' } }),
    );
    expect(mounted.get('v')?.hostPath).toBe(path);
    await volumes.tearDown('u1');
    expect(existsSync(path)).toBe(true);
  });

  test.each<[string, Omit<Volume, 'name'>]>([
    ['configmap "no" not found', { configMap: { name: 'no' } }],
    ['references non-existent secret key: x', { secret: { secretName: 'key', items: [{ key: 'x', path: 'x' }] } }],
    [
      'hostPath type check failed: /dev/null is not a directory',
      { hostPath: { path: '/dev/null', type: 'Directory' } },
    ],
    ['"iscsi" is not supported by this node', { iscsi: { targetPortal: 'x', iqn: 'y', lun: 0 } }],
    ['unknown storage medium "Tape"', { emptyDir: { medium: 'Tape' } }],
  ])('throws: %s', async (message, volume) => {
    const start = 'MountVolume.SetUp failed for volume "v" : ';
    const error = await manager()
      .setUp(podWith({ name: 'v', ...volume }))
      .catch((thrown: Error) => thrown);
    expect(String(error)).toContain(start);
    expect(String(error)).toContain(message);
  });
});

describe('writeAtomically()', () => {
  const payload = (files: Record<string, string>) =>
    new Map(Object.entries(files).map(([path, text]) => [path, { data: Buffer.from(text), mode: 0o644 }]));

  test('swaps the whole set at once and keeps nothing of the old', async () => {
    await writeAtomically(root, payload({ a: '1', old: 'x' }));
    const before = readlinkSync(join(root, '..data'));
    expect(await writeAtomically(root, payload({ a: '1', old: 'x' }))).toBe(false);
    expect(await writeAtomically(root, payload({ a: '2' }))).toBe(true);
    expect(readFileSync(join(root, 'a'), 'utf8')).toBe('2');
    expect(readdirSync(root).filter((name) => name === 'old' || name === before)).toEqual([]);
  });

  test('planWrite() names links to add and to take away', () => {
    const plan = planWrite(new Map([['a', Buffer.from('1')]]), ['a'], payload({ 'b/c': '2', 'b/d': '3' }));
    expect(plan).toEqual({ changed: true, addLinks: ['b'], removeLinks: ['a'] });
  });
});

test('mountPointsBelow() lists the deepest first', () => {
  const text = 'tmpfs /p/u1/v tmpfs rw 0 0\ntmpfs /p/u1/v/a\\040b tmpfs rw 0 0\ntmpfs /p/u10 tmpfs rw 0 0\n';
  expect(mountPointsBelow(text, '/p/u1')).toEqual(['/p/u1/v/a b', '/p/u1/v']);
});
