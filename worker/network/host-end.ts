/**
 * The host's end of a pod's veth pair that somebody else has made (a CNI plugin), found from inside the pod.
 *
 * The kernel says of each end the number of the other: `eth0@if12` in the pod is interface 12 of the host.
 * https://man7.org/linux/man-pages/man4/veth.4.html
 */
import { readdirSync, readFileSync } from 'node:fs';
import { runOnHost } from './host-command';

/** The number of the other end in a line of `ip -o link show`; undefined for an interface that is no pair. Pure. */
export function peerIndexIn(line: string): number | undefined {
  const index = /^\d+:\s+[^:@\s]+@if(\d+):/.exec(line)?.[1];
  return index === undefined ? undefined : Number(index);
}

/** Name of the host's end of the pair whose other end is `eth0` of this process; '' when there is none. */
export async function hostEndOf(pid: number): Promise<string> {
  const line = await runOnHost('nsenter', ['-t', String(pid), '-n', 'ip', '-o', 'link', 'show', 'eth0']).catch(
    () => '',
  );
  const index = peerIndexIn(line);
  if (index === undefined) return '';
  const folder = '/sys/class/net';
  return readdirSync(folder).find((name) => indexOf(`${folder}/${name}/ifindex`) === index) ?? '';
}

function indexOf(file: string): number | undefined {
  try {
    return Number(readFileSync(file, 'utf8'));
  } catch {
    // Gone since the folder was read.
    return undefined;
  }
}
