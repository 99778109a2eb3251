/**
 * The machines of this cluster that are namespaces of this host, as files: `$MINIK8S_HOME/machines/NAME/`.
 *
 *     machine.json  its number     init.pid  its first process     stopped  the user powered it off
 *     home/         its own MINIK8S_HOME      docker/  Docker's data there      boot.log
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Settings } from '../../../helper/process/settings';
import { type ProcessIdentity, readPidFile } from '../supervisor/process-identity';

export interface Machine {
  readonly name: string;
  /** 2 and up: the host is the first node */
  readonly number: number;
  readonly folder: string;
}

export const fileOf = (
  machine: Machine,
  file: 'init.pid' | 'stopped' | 'home' | 'docker' | 'boot.log' | 'ready' | 'join.log',
): string => join(machine.folder, file);

const folderOf = (home: string) => join(home, 'machines');

/** In the order of their numbers; empty when the cluster has none. */
export function listMachines({ home }: Pick<Settings, 'home'>): Machine[] {
  const parent = folderOf(home);
  if (!existsSync(parent)) return [];
  return readdirSync(parent)
    .flatMap((name) => {
      const file = join(parent, name, 'machine.json');
      if (!existsSync(file)) return [];
      const { number } = JSON.parse(readFileSync(file, 'utf8')) as { number: number };
      return [{ name, number, folder: join(parent, name) }];
    })
    .sort((a, b) => a.number - b.number);
}

/** Writes the record of a new machine, or finds it. */
export function recordMachine({ home }: Pick<Settings, 'home'>, name: string, number: number): Machine {
  const machine = { name, number, folder: join(folderOf(home), name) };
  mkdirSync(machine.folder, { recursive: true, mode: 0o700 });
  writeFileSync(join(machine.folder, 'machine.json'), `${JSON.stringify({ number })}\n`);
  return machine;
}

/** Its first process as the host sees it; undefined while it is off. */
export const initOf = (machine: Machine): ProcessIdentity | undefined => readPidFile(fileOf(machine, 'init.pid'));
