/**
 * What of a container the interface does not know and its first process tells: where it writes, how many processes it may have.
 * https://man7.org/linux/man-pages/man5/proc_pid_mountinfo.5.html
 */
import { readFileSync, writeFileSync } from 'node:fs';

/** The writable layer below the root of a process with this /proc/PID/mountinfo; undefined where it is no overlay. Pure. */
export function upperFolderIn(mountinfo: string): string | undefined {
  for (const line of mountinfo.split('\n')) {
    const [before = '', after = ''] = line.split(' - ');
    if (before.split(' ')[4] !== '/' || !after.startsWith('overlay ')) continue;
    return /[ ,]upperdir=([^, ]+)/.exec(after)?.[1];
  }
  return undefined;
}

/** The control group of `pids` in the text of a version 1 /proc/PID/cgroup. Pure. */
export function pidsGroupIn(text: string): string | undefined {
  return /^\d+:pids:(.*)$/m.exec(text)?.[1];
}

/** undefined when the process is gone. */
export function writableLayerOf(pid: number): string | undefined {
  try {
    return upperFolderIn(readFileSync(`/proc/${pid}/mountinfo`, 'utf8'));
  } catch {
    return undefined;
  }
}

/** Limits the processes of the container; with control groups of version 2 the runtime has done so. */
export function limitProcesses(pid: number, limit: number | undefined, cgroupVersion: 1 | 2): void {
  if (!limit || cgroupVersion === 2) return;
  try {
    const group = pidsGroupIn(readFileSync(`/proc/${pid}/cgroup`, 'utf8'));
    if (group) writeFileSync(`/sys/fs/cgroup/pids${group}/pids.max`, String(limit));
  } catch {
    // The container has ended meanwhile.
  }
}
