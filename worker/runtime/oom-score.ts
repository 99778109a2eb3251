/**
 * Whether containers may be shielded from the kernel's memory killer.
 *
 * The kubelet gives important pods a negative oom_score_adj; lowering needs CAP_SYS_RESOURCE, and without it runc fails to
 * start the container with a message nobody understands. There the score is raised to 0 instead.
 * https://kubernetes.io/docs/concepts/scheduling-eviction/node-pressure-eviction/#node-out-of-memory-behavior
 */
import { readFileSync } from 'node:fs';

const CAP_SYS_RESOURCE = 24n;

/** Reads the effective capabilities in the text of /proc/PID/status. Pure; false when the line is missing. */
export function hasSysResource(statusText: string): boolean {
  const mask = /^CapEff:\s*([0-9a-f]+)$/m.exec(statusText)?.[1];
  return mask !== undefined && ((BigInt(`0x${mask}`) >> CAP_SYS_RESOURCE) & 1n) === 1n;
}

/** Dockerd is what needs the capability; as root we share its machine's limits, as another user we cannot tell and assume it. */
export function canLowerOomScore(): boolean {
  if (process.getuid?.() !== 0) return true;
  return hasSysResource(readFileSync('/proc/self/status', 'utf8'));
}
