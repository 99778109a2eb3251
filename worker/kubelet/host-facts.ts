/**
 * Facts about this machine, read from /proc, /etc and the file system, for the node's status.
 */
import { readFile, stat, statfs } from 'node:fs/promises';
import * as os from 'node:os';

export interface DiskFacts {
  readonly totalBytes: number;
  readonly freeBytes: number;
  /** 0 where the file system does not count them */
  readonly inodesTotal: number;
  readonly inodesFree: number;
  /** it is not the file system of the kubelet */
  readonly isSeparate: boolean;
}

export interface HostFacts {
  readonly cpus: number;
  readonly memoryTotalBytes: number;
  readonly memoryFreeBytes: number;
  readonly diskTotalBytes: number;
  readonly diskFreeBytes: number;
  /** 0 where the file system does not count them */
  readonly inodesTotal: number;
  readonly inodesFree: number;
  /** the file system of the images, which may be another one */
  readonly imageDisk: DiskFacts;
  readonly pidsMax: number;
  readonly pidsUsed: number;
  /** Go's name, as labels use it: `amd64`, `arm64` */
  readonly architecture: string;
  readonly operatingSystem: string;
  readonly kernelVersion: string;
  readonly osImage: string;
  readonly bootId: string;
  readonly machineId: string;
  readonly systemUuid: string;
  /** the kernel confines programs by AppArmor profiles */
  readonly hasAppArmor: boolean;
}

const GO_ARCHITECTURES: Readonly<Record<string, string>> = { x64: 'amd64', ia32: '386', arm64: 'arm64', arm: 'arm' };

/** Reads everything; what a machine does not tell is '' or 0. `home` and `imageDirectory` name the file systems whose space counts. */
export async function readHostFacts(home: string, imageDirectory = home): Promise<HostFacts> {
  const text = (path: string) =>
    readFile(path, 'utf8').then(
      (content) => content.trim(),
      () => '',
    );
  const [osRelease, bootId, machineId, uuid, memory, pidMax, load, appArmor, disk, imageDisk] = await Promise.all([
    text('/etc/os-release'),
    text('/proc/sys/kernel/random/boot_id'),
    text('/etc/machine-id'),
    text('/sys/class/dmi/id/product_uuid'),
    text('/proc/meminfo'),
    text('/proc/sys/kernel/pid_max'),
    text('/proc/loadavg'),
    text('/sys/module/apparmor/parameters/enabled'),
    statfs(home).catch(() => undefined),
    readDiskFacts(imageDirectory, home),
  ]);
  const available = /^MemAvailable:\s+(\d+) kB/m.exec(memory)?.[1];
  return {
    cpus: os.availableParallelism(),
    memoryTotalBytes: os.totalmem(),
    memoryFreeBytes: available ? Number(available) * 1024 : os.freemem(),
    diskTotalBytes: disk ? disk.blocks * disk.bsize : 0,
    diskFreeBytes: disk ? disk.bavail * disk.bsize : 0,
    inodesTotal: disk?.files ?? 0,
    inodesFree: disk?.ffree ?? 0,
    imageDisk,
    pidsMax: Number(pidMax) || 0,
    pidsUsed: Number(/\/(\d+)/.exec(load)?.[1] ?? 0),
    architecture: GO_ARCHITECTURES[process.arch] ?? process.arch,
    operatingSystem: process.platform,
    kernelVersion: os.release(),
    osImage: /^PRETTY_NAME="?([^"\n]*)"?/m.exec(osRelease)?.[1] ?? '',
    bootId,
    machineId: machineId || uuid,
    systemUuid: uuid || machineId,
    hasAppArmor: appArmor === 'Y',
  };
}

/** The file system a folder is on; `other` is a folder of the one it may be the same as. */
export async function readDiskFacts(folder: string, other: string): Promise<DiskFacts> {
  const orNothing = () => undefined;
  const [disk, here, there] = await Promise.all([
    statfs(folder).catch(orNothing),
    stat(folder).catch(orNothing),
    stat(other).catch(orNothing),
  ]);
  return {
    totalBytes: disk ? disk.blocks * disk.bsize : 0,
    freeBytes: disk ? disk.bavail * disk.bsize : 0,
    inodesTotal: disk?.files ?? 0,
    inodesFree: disk?.ffree ?? 0,
    isSeparate: here !== undefined && there !== undefined && here.dev !== there.dev,
  };
}
