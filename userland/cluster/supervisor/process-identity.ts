/**
 * Which process a pid names, beyond doubt: a pid is reused by the kernel, a pid with its start time is not.
 *
 * The supervisor writes both to `run/<name>.pid`; a supervisor that was itself killed finds its components again by it.
 */
import { readFileSync, writeFileSync } from 'node:fs';

export interface ProcessIdentity {
  readonly pid: number;
  /** field 22 of /proc/PID/stat: clock ticks between boot and the start of the process */
  readonly startTicks: string;
}

/** The identity of a running process; undefined when it does not run (a zombie does not). */
export function identify(pid: number): ProcessIdentity | undefined {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    return undefined;
  }
  // The second field, the command in parentheses, may hold spaces; the rest is counted from behind it.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [state, startTicks] = [fields[0], fields[19]];
  if (state === 'Z' || state === 'X' || !startTicks) return undefined;
  return { pid, startTicks };
}

export function isSame(identity: ProcessIdentity): boolean {
  return identify(identity.pid)?.startTicks === identity.startTicks;
}

export function writePidFile(path: string, identity: ProcessIdentity): void {
  writeFileSync(path, `${identity.pid} ${identity.startTicks}\n`);
}

/** The process a pid file speaks of, if that very process still runs. */
export function readPidFile(path: string): ProcessIdentity | undefined {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
  const [pid, startTicks] = text.trim().split(' ');
  if (!pid || !startTicks) return undefined;
  const identity = { pid: Number(pid), startTicks };
  return isSame(identity) ? identity : undefined;
}

/** Resident set size in bytes; 0 when the process is gone. */
export function residentBytes(pid: number): number {
  try {
    const line = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
    return line ? Number(line[1]) * 1024 : 0;
  } catch {
    return 0;
  }
}
