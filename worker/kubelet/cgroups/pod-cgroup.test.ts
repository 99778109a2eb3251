import { buildContainer, buildPod } from '../testing/build-pod';
import { burstableShares, cgroupFiles, cgroupFolder, cgroupParent, podCgroup, podCgroupValues } from './pod-cgroup';

const asking = (requests: object, limits: object = {}) =>
  buildContainer('a', { resources: { requests, limits } as never });
const guaranteed = asking({ cpu: '500m', memory: '64Mi' }, { cpu: '500m', memory: '64Mi' });
const burstable = asking({ cpu: '250m' });
const uid = 'a1b2-c3';
const podOf = (...containers: ReturnType<typeof asking>[]) => buildPod({ containers }, { uid });

test.each([
  [podOf(guaranteed), '/kubepods/poda1b2-c3', 'kubepods-poda1b2_c3.slice', 'kubepods.slice/kubepods-poda1b2_c3.slice'],
  [
    podOf(burstable),
    '/kubepods/burstable/poda1b2-c3',
    'kubepods-burstable-poda1b2_c3.slice',
    'kubepods.slice/kubepods-burstable.slice/kubepods-burstable-poda1b2_c3.slice',
  ],
  [
    podOf(buildContainer('a')),
    '/kubepods/besteffort/poda1b2-c3',
    'kubepods-besteffort-poda1b2_c3.slice',
    'kubepods.slice/kubepods-besteffort.slice/kubepods-besteffort-poda1b2_c3.slice',
  ],
])('cgroupParent() lies in the class of the pod (%#)', (pod, path, slice, folder) => {
  expect(cgroupParent(podCgroup(pod), 'cgroupfs')).toBe(path);
  expect(cgroupFolder(podCgroup(pod), 'cgroupfs')).toBe(path.slice(1));
  expect(cgroupParent(podCgroup(pod), 'systemd')).toBe(slice);
  expect(cgroupFolder(podCgroup(pod), 'systemd')).toBe(folder);
});

describe('podCgroupValues()', () => {
  test('are the sums of the containers', () => {
    expect(podCgroupValues(podOf(guaranteed, guaranteed))).toEqual({
      cpuShares: 1024,
      cpuQuotaMicroseconds: 100_000,
      memoryBytes: 128 * 1024 * 1024,
    });
  });

  test('leave out limits that not every container has', () => {
    expect(podCgroupValues(podOf(guaranteed, burstable))).toEqual({ cpuShares: 768 });
    expect(podCgroupValues(podOf(buildContainer('a')))).toEqual({ cpuShares: 2 });
  });
});

test('burstableShares() counts the burstable pods only', () => {
  expect(burstableShares([podOf(burstable), podOf(burstable), podOf(guaranteed)])).toBe(512);
  expect(burstableShares([])).toBe(2);
});

test('cgroupFiles() names the files of either version', () => {
  const values = { cpuShares: 1024, cpuQuotaMicroseconds: 50_000, memoryBytes: 1000 };
  const texts = (version: 1 | 2) => cgroupFiles(values, version).map(({ file, text }) => `${file}=${text}`);
  expect(texts(1)).toEqual(['cpu.shares=1024', 'cpu.cfs_quota_us=50000', 'memory.limit_in_bytes=1000']);
  expect(texts(2)).toEqual(['cpu.weight=39', 'cpu.max=50000 100000', 'memory.max=1000']);
});
