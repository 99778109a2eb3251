import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Pod } from '../../helper/api/core/pod';
import { diskUse } from './disk-use';
import { limitedVolumes, memorySize, overLimit } from './empty-dir';
import { giveToGroup, groupMode } from './group-ownership';
import { tokenAccess } from './object-volumes';

const MEBIBYTE = 1024 * 1024;
let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'empty-dir-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const podWith = (spec: Partial<NonNullable<Pod['spec']>>): Pod => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'web' },
  spec: { containers: [{ name: 'a' }], ...spec },
});
const limited = (...limits: (string | undefined)[]) =>
  podWith({
    containers: limits.map((memory, index) => ({
      name: `c${index}`,
      ...(memory ? { resources: { limits: { memory } } } : {}),
    })),
  });

test.each<[string, Pod, string | undefined, string | undefined, number | undefined]>([
  ['nothing bounds it', limited(undefined), undefined, undefined, undefined],
  ['the node', limited(undefined), undefined, '2Gi', 2048 * MEBIBYTE],
  ['its own limit', limited('1Gi'), '10Mi', '2Gi', 10 * MEBIBYTE],
  ['the pod', limited('20Mi', '30Mi'), '100Mi', '2Gi', 50 * MEBIBYTE],
  ['not a pod with an unlimited container', limited('20Mi', undefined), '100Mi', '2Gi', 100 * MEBIBYTE],
])('memorySize() is bounded by: %s', (_, pod, sizeLimit, allocatable, expected) => {
  expect(memorySize(pod, sizeLimit, allocatable)).toBe(expected);
});

test('overLimit() names the volume that grew too large, and looks at disks only', async () => {
  const pod = podWith({
    volumes: [
      { name: 'memory', emptyDir: { medium: 'Memory', sizeLimit: '1' } },
      { name: 'free', emptyDir: {} },
      { name: 'small', emptyDir: { sizeLimit: '64Ki' } },
    ],
  });
  expect(limitedVolumes(pod).map(({ name }) => name)).toEqual(['small']);
  const volumes = new Map([['small', { hostPath: root }]]);
  expect(await overLimit(pod, volumes)).toBeUndefined();
  await mkdir(join(root, 'deep'));
  writeFileSync(join(root, 'deep/file'), Buffer.alloc(100 * 1024));
  expect((await diskUse(root)).bytes).toBeGreaterThanOrEqual(100 * 1024);
  expect(await overLimit(pod, volumes)).toBe('Usage of EmptyDir volume "small" exceeds the limit "64Ki". ');
});

test.each([
  [0o600, false, false, 0o660],
  [0o400, false, true, 0o440],
  [0o755, true, false, 0o2775],
  [0o700, true, true, 0o2750],
])('groupMode() turns %o into what the group needs', (mode, isDirectory, readOnly, expected) => {
  expect(groupMode(mode, isDirectory, readOnly)).toBe(expected);
});

test('giveToGroup() leaves a tree alone whose root is right, when told so', async () => {
  const group = process.getgid?.() ?? 0;
  await mkdir(join(root, 'd'));
  writeFileSync(join(root, 'd/file'), '', { mode: 0o600 });
  await giveToGroup(root, { group, readOnly: false, policy: 'Always' });
  expect(statSync(root).mode & 0o7777).toBe(0o2770);
  expect(statSync(join(root, 'd')).mode & 0o2070).toBe(0o2070);
  expect(statSync(join(root, 'd/file')).mode & 0o777).toBe(0o660);
  writeFileSync(join(root, 'new'), '', { mode: 0o600 });
  await giveToGroup(root, { group, readOnly: false, policy: 'OnRootMismatch' });
  expect(statSync(join(root, 'new')).mode & 0o777).toBe(0o600);
});

test.each<[string, Partial<NonNullable<Pod['spec']>>, { mode: number; uid?: number }]>([
  ['nobody known', {}, { mode: 0o644 }],
  ['the one user', { securityContext: { runAsUser: 7 } }, { mode: 0o600, uid: 7 }],
  ['the group', { securityContext: { fsGroup: 8 } }, { mode: 0o600 }],
  ['two users', { containers: [{ name: 'a', securityContext: { runAsUser: 1 } }, { name: 'b' }] }, { mode: 0o644 }],
])('tokenAccess() of a pod with %s', (_, spec, expected) => {
  expect(tokenAccess(podWith(spec), 0o644)).toEqual(expected);
});
