/**
 * Who a container's first process is: uid, gid and groups as the kernel has them, from /proc/PID/status.
 *
 * What the image, the pod and the runtime's own ideas come to together; shown as `user` in the container's status.
 * https://kubernetes.io/docs/tasks/configure-pod-container/security-context/#supplementalgroupspolicy
 */
import { readFileSync } from 'node:fs';
import type { ProcessUser } from './runtime';

/** Reads the text of /proc/PID/status: effective ids, and all groups. Pure; undefined when it says nothing of them. */
export function parseProcessUser(text: string): ProcessUser | undefined {
  const numbers = (name: string) => {
    const line = new RegExp(`^${name}:\\s*(.*)$`, 'm').exec(text)?.[1];
    return line === undefined ? undefined : line.split(/\s+/).filter(Boolean).map(Number);
  };
  const uid = numbers('Uid')?.[1];
  const gid = numbers('Gid')?.[1];
  if (uid === undefined || gid === undefined) return undefined;
  const others = (numbers('Groups') ?? []).filter((group) => group !== gid);
  // The primary group counts among them, as with the runtimes Kubernetes has.
  return { uid, gid, supplementalGroups: [...new Set([gid, ...others])].sort((a, b) => a - b) };
}

/** undefined when the process is gone. */
export function readProcessUser(pid: number): ProcessUser | undefined {
  try {
    return parseProcessUser(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return undefined;
  }
}
