/**
 * Which other clusters of this host need the images on a Docker daemon, asked before `down --purge` takes images back.
 *
 * One that runs may need an image at its next pod although no container has it now; what says that it runs is its kubelet (or the one
 * process of all-in-one) in the list of processes, with its home on the command line. One whose kubelet is down shows by its containers,
 * which carry the label every pod's containers have (worker/runtime/docker-labels.ts).
 */
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { callSocket } from '../supervisor/protocol';

/** What makes pods: the processes that will ask for images. */
const POD_MAKERS = ['kubelet.js', 'all-in-one.js'];
const CONTAINERS = JSON.stringify({ label: ['io.minik8s/cluster'] });

/** The home on a component's command line; undefined for a process that makes no pods. */
export function homeOfPodMaker(commandLine: readonly string[]): string | undefined {
  const script = commandLine.findIndex((word) => POD_MAKERS.includes(basename(word)));
  const flag = commandLine.indexOf('--home', script);
  return script < 0 || flag < 0 ? undefined : commandLine[flag + 1];
}

/** Homes of the clusters that run here beside the one of `home`; `processes` is where the kernel lists them. */
export function otherHomes(home: string, processes = '/proc'): string[] {
  const homes = readdirSync(processes)
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => homeOfPodMaker(commandLineOf(join(processes, pid))) ?? []);
  return [...new Set(homes)].filter((other) => resolve(other) !== resolve(home)).sort();
}

function commandLineOf(folder: string): string[] {
  try {
    return readFileSync(join(folder, 'cmdline'), 'utf8').split('\0');
  } catch {
    return []; // Ended since it was listed.
  }
}

/** true when containers of a cluster are on the daemon. The one that asks has taken its own back before. */
export async function hasPodContainers(dockerSocket: string): Promise<boolean> {
  const path = `/containers/json?all=1&limit=1&filters=${encodeURIComponent(CONTAINERS)}`;
  const answer = await callSocket(dockerSocket, 'GET', path).catch(() => undefined);
  return answer?.status === 200 && (JSON.parse(answer.body) as unknown[]).length > 0;
}
