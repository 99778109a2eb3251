/**
 * Where a command of a measurement runs: on this host, on a machine of namespaces, in the network of a pod.
 */
import { spawn } from 'node:child_process';
import type { PodView } from './running-pods';

/** The words in front of a command so that it runs there. */
export type Place = readonly string[];

/** What the command prints; rejects with its complaint when it fails. */
export function run(place: Place, command: readonly string[]): Promise<string> {
  const [program = '', ...args] = [...place, ...command];
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    let [output, complaint] = ['', ''];
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk;
    });
    child.stderr.on('data', (chunk: Buffer) => {
      complaint += chunk;
    });
    child.on('error', reject);
    child.on('close', (code) =>
      code === 0 ? resolve(output) : reject(new Error(`${command.join(' ')}: ${complaint}`)),
    );
  });
}

/** Enters the network of a pod on a machine, by the process of its container. */
export async function inPod(machine: Place, pod: PodView): Promise<Place> {
  const id = pod.status?.containerStatuses?.[0]?.containerID?.replace('docker://', '') ?? '';
  const pid = await run(machine, ['docker', 'inspect', '-f', '{{.State.Pid}}', id]);
  return [...machine, 'nsenter', '-t', pid.trim(), '-n'];
}

/** Why nothing can be streamed here; undefined when it can. */
export async function withoutStreams(): Promise<string | undefined> {
  const has = await run([], ['iperf3', '--version']).catch(() => '');
  return has ? undefined : 'the program iperf3 (Debian package iperf3)';
}
