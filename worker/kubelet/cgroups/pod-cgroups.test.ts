/** What is written where in either version's hierarchy, and that nothing of a pod is left; on plain folders. */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import pino from 'pino';
import type { Runtime, RuntimeInfo } from '../../runtime/runtime';
import { buildContainer, buildPod } from '../testing/build-pod';
import { PodCgroups, removePodCgroups } from './pod-cgroups';

const log = pino({ level: 'silent' });
const resources = { requests: { cpu: '250m' }, limits: { cpu: '500m', memory: '64Mi' } };
const burstable = buildPod({ containers: [buildContainer('a', { resources })] }, { uid: 'u-1' });
const isRoot = process.getuid?.() === 0;
const asRoot = isRoot ? test : test.skip;
if (!isRoot) process.stderr.write('skipped: PodCgroups: not root, whose groups alone are written\n');

let root = '';
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'minik8s-cgroup-'));
});
afterEach(() => rmSync(root, { recursive: true }));

function cgroupsOf(info: Partial<RuntimeInfo>): PodCgroups {
  const runtime = { info: async () => info } as Runtime;
  return new PodCgroups(runtime, true, log, root);
}

function makeFiles(...paths: readonly string[]): void {
  for (const path of paths) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), '');
  }
}
const textOf = (path: string) => readFileSync(join(root, path), 'utf8');

asRoot('PodCgroups apply() writes the files of version 2 into the one folder of the pod', async () => {
  const folder = 'kubepods/burstable/podu-1';
  makeFiles(`${folder}/cpu.weight`, `${folder}/cpu.max`, `${folder}/memory.max`, 'kubepods/burstable/cpu.weight');
  const cgroups = cgroupsOf({ cgroupVersion: 2, cgroupDriver: 'cgroupfs' });
  expect(await cgroups.parentOf(burstable)).toBe('/kubepods/burstable/podu-1');
  await cgroups.apply(burstable, [burstable]);
  const files = [`${folder}/cpu.weight`, `${folder}/cpu.max`, `${folder}/memory.max`, 'kubepods/burstable/cpu.weight'];
  expect(files.map(textOf)).toEqual(['10', '50000 100000', String(64 * 1024 * 1024), '10']);
});

asRoot('PodCgroups apply() writes into the slices of systemd, and each controller’s folder in version 1', async () => {
  const slice = 'kubepods.slice/kubepods-burstable.slice/kubepods-burstable-podu_1.slice';
  makeFiles(`${slice}/cpu.weight`, `${slice}/cpu.max`, `${slice}/memory.max`);
  await cgroupsOf({ cgroupVersion: 2, cgroupDriver: 'systemd' }).apply(burstable, [burstable]);
  expect(textOf(`${slice}/memory.max`)).toBe(String(64 * 1024 * 1024));

  const folder = 'kubepods/burstable/podu-1';
  makeFiles(`cpu/${folder}/cpu.shares`, `cpu/${folder}/cpu.cfs_quota_us`, `memory/${folder}/memory.limit_in_bytes`);
  await cgroupsOf({ cgroupVersion: 1, cgroupDriver: 'cgroupfs' }).apply(burstable, [burstable]);
  expect(textOf(`cpu/${folder}/cpu.shares`)).toBe('256');
});

asRoot(
  'PodCgroups removeLeftOvers() takes old groups of pods that are no more, with those of their containers',
  async () => {
    const [old, young, live] = ['old', 'young', 'live'].map((name) => `kubepods/besteffort/pod${name}`);
    for (const folder of [old, young, live]) mkdirSync(join(root, `${folder}/container`), { recursive: true });
    for (const folder of [old, live]) utimesSync(join(root, folder ?? ''), 1, 1);
    await cgroupsOf({ cgroupVersion: 2, cgroupDriver: 'cgroupfs' }).removeLeftOvers(new Set(['live']));
    expect([old, young, live].map((folder) => existsSync(join(root, folder ?? '')))).toEqual([false, true, true]);
  },
);

asRoot('removePodCgroups() leaves no folder in either version’s hierarchy', async () => {
  const folders = ['kubepods/podg', 'kubepods/burstable/podb', 'memory/kubepods/besteffort/pode'];
  for (const folder of folders) mkdirSync(join(root, folder), { recursive: true });
  await removePodCgroups(root);
  expect(['kubepods', 'memory/kubepods'].map((folder) => existsSync(join(root, folder)))).toEqual([false, false]);
});
