/**
 * Traffic of a network namespace, from the /proc/PID/net/dev of a process in it.
 * https://kubernetes.io/docs/reference/instrumentation/node-metrics/
 */
import { readFileSync } from 'node:fs';
import type { InterfaceStats, NetworkStats } from '../../../helper/api/metrics/summary';

/** Interfaces of a net/dev table; loopback is left out. Columns: received bytes, packets, errors, ... (8), then sent. Pure. */
export function parseInterfaces(text: string): InterfaceStats[] {
  return text.split('\n').flatMap((line) => {
    const [, name, numbers = ''] = /^\s*([^\s:]+):\s*(.*)$/.exec(line) ?? [];
    if (name === undefined || name === 'lo') return [];
    const values = numbers.split(/\s+/).map(Number);
    const at = (index: number) => values[index] ?? 0;
    return [{ name, rxBytes: at(0), rxErrors: at(2), txBytes: at(8), txErrors: at(10) }];
  });
}

/** The interface the default route leaves by, from a net/route table; undefined without one. Pure. */
export function defaultInterface(routes: string): string | undefined {
  const lines = routes.split('\n').map((line) => line.split('\t'));
  return lines.find(([, destination, , flags]) => destination === '00000000' && (Number(`0x${flags}`) & 1) === 1)?.[0];
}

/** undefined when the process is gone or has no network but loopback. */
export function networkStats(pid: number | 'self', time: string): NetworkStats | undefined {
  try {
    const interfaces = parseInterfaces(readFileSync(`/proc/${pid}/net/dev`, 'utf8'));
    const main = defaultInterface(readFileSync(`/proc/${pid}/net/route`, 'utf8'));
    const first = interfaces.find(({ name }) => name === main) ?? interfaces[0];
    return first && { time, ...first, interfaces };
  } catch {
    return undefined;
  }
}
