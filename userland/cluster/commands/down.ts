/**
 * `./run.sh down`: ends components and containers and takes back every interface, route and rule; the state stays for the
 * next `up`. With `--purge` the state goes too, and the machine is as it was found.
 */
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { usesDocker } from '../../../helper/process/node-runtimes';
import type { Settings } from '../../../helper/process/settings';
import { COMPONENTS } from '../components';
import { ensureContainerd, hasOwnContainerd, stopOwnContainerd } from '../containerd-daemon';
import { stopOwnDocker } from '../docker-daemon';
import { removeBuiltImages } from '../images/remove-built';
import { listMachines } from '../machines/machine-record';
import { powerOff, removeFabric } from '../machines/power';
import { runCommand } from '../run-command';
import type { Steps } from '../steps';
import { readPidFile } from '../supervisor/process-identity';
import { callSupervisor } from '../supervisor/protocol';
import { runningProcesses } from '../supervisor/start';

/** Components that leave something on the machine, and undo it when run with --cleanup. */
const CLEANERS = ['kubelet', 'kube-proxy', 'overlay', 'cluster-dns'] as const;

export async function down(settings: Settings, purge: boolean, steps: Steps): Promise<void> {
  if (!existsSync(settings.home)) {
    steps.say(`nothing to do: ${settings.home} does not exist`);
    return;
  }
  const machines = listMachines(settings);
  if (machines.length > 0) {
    await steps.run('machines', async () => {
      await Promise.all(machines.map((machine) => powerOff(settings, machine, false)));
      await removeFabric(settings);
      return `${machines.map(({ name }) => name).join(', ')} are off`;
    });
  }
  await steps.run('components', () => stopComponents(settings.home));
  if (existsSync(join(settings.home, 'cluster.json'))) {
    await steps.run('clean up', async () => {
      // It ended with the components, and is what takes the containers back.
      if (hasOwnContainerd(settings)) await ensureContainerd(settings);
      for (const name of CLEANERS) {
        await runCommand(
          process.execPath,
          [join(settings.projectRoot, 'dist', `${name}.js`), '--home', settings.home, '--cleanup'],
          {
            advice: `Run it again; its log says more: ${join(settings.home, 'log', `${name}.log`)}`,
          },
        );
      }
      await stopOwnContainerd(settings.home);
      return 'containers, interfaces, routes and iptables chains of this cluster are gone';
    });
  }
  if (!purge) {
    steps.say(
      `\nThe cluster's state is kept in ${settings.home}; './run.sh up' goes on with it, './run.sh down --purge' removes it.`,
    );
    return;
  }
  await steps.run('purge', async () => {
    await removeImages(settings);
    const docker = (await stopOwnDocker(settings.home)) ? ' and the Docker daemon it started' : '';
    rmSync(settings.home, { recursive: true, force: true });
    return `${settings.home}${docker}`;
  });
}

async function stopComponents(home: string): Promise<string> {
  const processes = await runningProcesses(home);
  if (processes) {
    await callSupervisor(home, 'POST', '/shutdown');
    return `${processes.length} stopped`;
  }
  // The supervisor may have been killed while its components live on.
  const names = [...COMPONENTS.map((row) => row.name), 'all-in-one'];
  const survivors = names.flatMap((name) => readPidFile(join(home, 'run', `${name}.pid`)) ?? []);
  for (const { pid } of survivors) process.kill(pid, 'SIGTERM');
  return survivors.length > 0 ? `${survivors.length} stopped that had lost their supervisor` : 'none was running';
}

async function removeImages(settings: Settings): Promise<void> {
  if (usesDocker(settings)) await removeBuiltImages(settings.dockerSocket, settings.home);
}
