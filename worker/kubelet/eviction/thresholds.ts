/**
 * Is the node short of something? Signals of the machine against the configured thresholds. Pure.
 *
 * A threshold is an amount or a share of the capacity. One that was crossed counts as crossed until the signal is better by the
 * minimum reclaim too; a soft one counts only when it has been crossed for as long as its grace period.
 * https://kubernetes.io/docs/concepts/scheduling-eviction/node-pressure-eviction/#eviction-signals-and-thresholds
 */
import { bytesOf } from '../../../helper/api/quantity';
import type { KubeletConfiguration } from '../config/kubelet-configuration';
import type { HostFacts } from '../host-facts';

type Pressure = 'MemoryPressure' | 'DiskPressure' | 'PIDPressure';

interface Signal {
  readonly condition: Pressure;
  /** as messages call what is short */
  readonly resource: 'memory' | 'ephemeral-storage' | 'inodes' | 'pids';
  readonly available: number;
  readonly capacity: number;
}

export interface Crossed extends Signal {
  readonly signal: string;
  /** in the unit of the signal */
  readonly threshold: number;
  readonly isHard: boolean;
}

/** When each crossed threshold was first seen, by {@link keyOf}. */
export type FirstSeen = ReadonlyMap<string, number>;

type Thresholds = Pick<
  KubeletConfiguration,
  'evictionHard' | 'evictionSoft' | 'evictionSoftGracePeriodMs' | 'evictionMinimumReclaim'
>;

/** What a threshold comes to, given the capacity it may be a share of. */
export function thresholdBytes(threshold: string, capacity: number): number {
  if (!threshold.endsWith('%')) return bytesOf(threshold);
  return Math.floor((capacity * Number.parseFloat(threshold)) / 100);
}

/** The signals of this machine; those it cannot tell (a file system without inodes) are missing. */
export function signalsOf(host: HostFacts): Readonly<Record<string, Signal>> {
  const all: Record<string, Signal> = {
    'memory.available': {
      condition: 'MemoryPressure',
      resource: 'memory',
      available: host.memoryFreeBytes,
      capacity: host.memoryTotalBytes,
    },
    'nodefs.available': {
      condition: 'DiskPressure',
      resource: 'ephemeral-storage',
      available: host.diskFreeBytes,
      capacity: host.diskTotalBytes,
    },
    'nodefs.inodesFree': {
      condition: 'DiskPressure',
      resource: 'inodes',
      available: host.inodesFree,
      capacity: host.inodesTotal,
    },
    'imagefs.available': {
      condition: 'DiskPressure',
      resource: 'ephemeral-storage',
      available: host.imageDisk.freeBytes,
      capacity: host.imageDisk.totalBytes,
    },
    'imagefs.inodesFree': {
      condition: 'DiskPressure',
      resource: 'inodes',
      available: host.imageDisk.inodesFree,
      capacity: host.imageDisk.inodesTotal,
    },
    'pid.available': {
      condition: 'PIDPressure',
      resource: 'pids',
      available: host.pidsMax - host.pidsUsed,
      capacity: host.pidsMax,
    },
  };
  return Object.fromEntries(Object.entries(all).filter(([, { capacity }]) => capacity > 0));
}

/** Thresholds that are crossed now, memory before the rest. */
export function crossedThresholds(
  signals: Readonly<Record<string, Signal>>,
  thresholds: Thresholds,
  before: FirstSeen,
): Crossed[] {
  const rows = [
    ...Object.entries(thresholds.evictionHard).map(([signal, value]) => ({ signal, value, isHard: true })),
    ...Object.entries(thresholds.evictionSoft).map(([signal, value]) => ({ signal, value, isHard: false })),
  ];
  const crossed = rows.flatMap(({ signal, value, isHard }) => {
    const seen = signals[signal];
    if (!seen) return [];
    const threshold = thresholdBytes(value, seen.capacity);
    const reclaim = thresholdBytes(thresholds.evictionMinimumReclaim[signal] ?? '0', seen.capacity);
    const isOld = before.has(keyOf({ signal, isHard }));
    const isCrossed = seen.available < threshold + (isOld ? reclaim : 0);
    return isCrossed ? [{ ...seen, signal, threshold, isHard }] : [];
  });
  return crossed.sort((a, b) => Number(b.resource === 'memory') - Number(a.resource === 'memory'));
}

/** Names a threshold. */
export function keyOf({ signal, isHard }: Pick<Crossed, 'signal' | 'isHard'>): string {
  return `${isHard ? 'hard' : 'soft'} ${signal}`;
}

/** Of those crossed, the ones pods have to go for. */
export function dueThresholds(
  crossed: readonly Crossed[],
  firstSeen: FirstSeen,
  { evictionSoftGracePeriodMs }: Thresholds,
  nowMs: number,
): Crossed[] {
  return crossed.filter((each) => {
    const grace = each.isHard ? 0 : (evictionSoftGracePeriodMs[each.signal] ?? 0);
    return nowMs - (firstSeen.get(keyOf(each)) ?? nowMs) >= grace;
  });
}

/** Dead containers and unused images take what is short: always, but where images have a disk of their own only on that one. */
export function isRelievedByImages({ signal, condition }: Crossed, { imageDisk }: HostFacts): boolean {
  return condition === 'DiskPressure' && (signal.startsWith('imagefs.') || !imageDisk.isSeparate);
}
