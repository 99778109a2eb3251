/**
 * The images made on this host, given to its machines: each has a Docker of its own, and none of them a registry.
 */
import { request } from 'node:http';
import { usesDocker } from '../../../helper/process/node-runtimes';
import type { Settings } from '../../../helper/process/settings';
import { UserError } from '../run-command';
import { callSocket } from '../supervisor/protocol';
import { listMachines } from './machine-record';
import { dockerSocketOf } from './power';

const BUILT_FILTER = JSON.stringify({ label: ['io.minik8s/built=1'] });

async function builtTags(socketPath: string): Promise<string[]> {
  const path = `/images/json?filters=${encodeURIComponent(BUILT_FILTER)}`;
  const { status, body } = await callSocket(socketPath, 'GET', path);
  if (status !== 200) throw new UserError(`Docker on ${socketPath} does not list its images: ${body}`, '');
  return (JSON.parse(body) as { RepoTags: string[] | null }[]).flatMap(({ RepoTags }) => RepoTags ?? []);
}

/** `docker save | docker load` between two sockets. */
function copy(from: string, to: string, tags: readonly string[]): Promise<void> {
  const names = tags.map((tag) => `names=${encodeURIComponent(tag)}`).join('&');
  return new Promise((resolve, reject) => {
    request({ socketPath: from, path: `/images/get?${names}` }, (archive) => {
      const headers = { 'content-type': 'application/x-tar' };
      const load = request({ socketPath: to, method: 'POST', path: '/images/load?quiet=1', headers }, (answer) => {
        answer.resume().on('end', () => {
          if (answer.statusCode === 200) resolve();
          else reject(new Error(`docker load answered ${answer.statusCode}`));
        });
      });
      load.on('error', reject);
      archive.on('error', reject).pipe(load);
    })
      .on('error', reject)
      .end();
  });
}

/** Copies what the other side lacks; returns the tags it copied. */
export async function copyBuiltImages(from: string, to: string): Promise<string[]> {
  const there = new Set(await builtTags(to));
  const missing = (await builtTags(from)).filter((tag) => !there.has(tag));
  if (missing.length > 0) await copy(from, to, missing);
  return missing;
}

/** Does something with Docker in every machine that is on, one after the other. */
export async function eachMachineSocket(
  settings: Settings,
  work: (socketPath: string, name: string) => Promise<unknown>,
): Promise<void> {
  if (!usesDocker(settings)) return;
  for (const machine of listMachines(settings)) {
    const socket = dockerSocketOf(machine);
    if (socket) await work(socket, machine.name);
  }
}
