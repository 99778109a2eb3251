/**
 * Powers machines of this host on and off, plugs their cable in and out, and runs commands in them.
 *
 * Off means off: the kernel kills everything in the machine at once and its interfaces vanish, as when a real one loses power.
 * Docker's data and the machine's home stay on disk.
 */
import { spawn } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Settings } from '../../../helper/process/settings';
import { runCommand, UserError } from '../run-command';
import { identify, isSame, writePidFile } from '../supervisor/process-identity';
import { waitUntil } from '../wait-until';
import { ENTER_SCRIPT, renderBoot } from './boot-script';
import { removeControlGroups } from './control-groups';
import {
  type Fabric,
  fabricOf,
  portOf,
  renderCable,
  renderFabric,
  renderFabricRemoval,
  renderWayOut,
} from './fabric-plan';
import { fileOf, initOf, type Machine } from './machine-record';

const BOOT_TIMEOUT_MS = 15_000;
/** The kernel ends dozens of processes and takes their mounts apart before the first one is gone: on a busy host, many seconds. */
const OFF_TIMEOUT_MS = 60_000;

const fabricFor = ({ portBase, chainPrefix }: Settings): Fabric => fabricOf(portBase, chainPrefix);
const shell = (lines: readonly string[], advice = '') => runCommand('sh', ['-ec', lines.join('\n')], { advice });
const cgroupOf = ({ portBase }: Settings, { name }: Machine): string => `minik8s-${portBase}-${name}`;

/** Makes the switch, the host's cable and the way out, unless they are there. Returns the host's address in it. */
export async function ensureFabric(settings: Settings): Promise<string> {
  const fabric = fabricFor(settings);
  if (existsSync(`/run/netns/${fabric.namespace}`) && existsSync(`/sys/class/net/${fabric.hostInterface}`)) {
    return fabric.hostAddress;
  }
  await removeFabric(settings);
  const advice = `Is 'ip netns' possible here? It takes root, and an interface with an address of ${fabric.subnet} must not exist yet.`;
  await shell([...renderFabric(fabric), ...renderWayOut(fabric)], advice);
  return fabric.hostAddress;
}

/** Takes the switch away. Idempotent. */
export async function removeFabric(settings: Settings): Promise<void> {
  const lines = renderFabricRemoval(fabricFor(settings)).map((line) => `${line} 2>/dev/null || true`);
  await shell(lines);
}

/** The first child of a process: with `unshare --fork` the first process of the machine. */
function firstChild(pid: number): number | undefined {
  const [child] = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ');
  return child ? Number(child) : undefined;
}

/** Boots it and plugs it in; nothing when it is on. Returns when it can take commands. */
export async function powerOn(settings: Settings, machine: Machine): Promise<void> {
  rmSync(fileOf(machine, 'stopped'), { force: true });
  if (initOf(machine)) return;
  const readyFile = fileOf(machine, 'ready');
  rmSync(readyFile, { force: true });
  mkdirSync(fileOf(machine, 'home'), { recursive: true, mode: 0o700 });
  const script = renderBoot({
    name: machine.name,
    cgroup: cgroupOf(settings, machine),
    dockerFolder: fileOf(machine, 'docker'),
    readyFile,
  });
  const log = openSync(fileOf(machine, 'boot.log'), 'a');
  const outside = spawn('sh', ['-c', script], { stdio: ['ignore', log, log], detached: true, cwd: '/' });
  closeSync(log);
  outside.unref();
  const initPid = await waitUntil(
    async () => {
      if (outside.exitCode !== null) throw new Error(`it ended with exit code ${outside.exitCode}`);
      return existsSync(readyFile) && outside.pid !== undefined ? firstChild(outside.pid) : undefined;
    },
    {
      timeoutMs: BOOT_TIMEOUT_MS,
      what: `machine ${machine.name} has booted`,
      advice: `Read ${fileOf(machine, 'boot.log')}: ${readFileSync(fileOf(machine, 'boot.log'), 'utf8').slice(-400)}`,
    },
  );
  const identity = identify(initPid);
  if (!identity) throw new UserError(`machine ${machine.name} ended at once`, `Read ${fileOf(machine, 'boot.log')}.`);
  writePidFile(fileOf(machine, 'init.pid'), identity);
  await shell(renderCable(fabricFor(settings), machine.number, initPid));
}

/** Kills everything in it. `remember` keeps it off when the cluster is started again. Idempotent. */
export async function powerOff(settings: Settings, machine: Machine, remember: boolean): Promise<void> {
  if (remember) writeFileSync(fileOf(machine, 'stopped'), '');
  const init = initOf(machine);
  if (init) {
    process.kill(init.pid, 'SIGKILL');
    await waitUntil(async () => !isSame(init) || undefined, {
      timeoutMs: OFF_TIMEOUT_MS,
      what: `machine ${machine.name} is off`,
      advice: `Its first process is ${init.pid}.`,
    });
  }
  rmSync(fileOf(machine, 'init.pid'), { force: true });
  await removeControlGroups(cgroupOf(settings, machine));
}

/** Pulls the machine's cable out of the switch, or puts it back. */
export async function setCable(settings: Settings, machine: Machine, state: 'up' | 'down'): Promise<void> {
  if (!initOf(machine)) throw new UserError(`machine ${machine.name} is off`, `./run.sh machine start ${machine.name}`);
  await runCommand('ip', ['-n', fabricFor(settings).namespace, 'link', 'set', portOf(machine.number), state]);
}

/** Whether its cable is in the switch. */
export async function isPlugged(settings: Settings, machine: Machine): Promise<boolean> {
  const { namespace } = fabricFor(settings);
  const text = await runCommand('ip', ['-n', namespace, 'link', 'show', portOf(machine.number)]).catch(() => '');
  return /[<,]UP[,>]/.test(text);
}

/** The environment of a machine of its own: nothing of this cluster's settings, its own home. */
export function environmentOf(machine: Machine): NodeJS.ProcessEnv {
  const others = Object.entries(process.env).filter(([name]) => !name.startsWith('MINIK8S_') && name !== 'KUBECONFIG');
  return { ...Object.fromEntries(others), MINIK8S_HOME: fileOf(machine, 'home') };
}

/** The command that runs another one in the machine: in its namespaces and its control group. Throws when it is off. */
export function enterCommand(machine: Machine): { readonly program: string; readonly args: readonly string[] } {
  const init = initOf(machine);
  if (!init) throw new UserError(`machine ${machine.name} is off`, `./run.sh machine start ${machine.name}`);
  const enter = ['-t', String(init.pid), '-m', '-u', '-i', '-n', '-p', '-C', '--wd=/'];
  return { program: 'nsenter', args: [...enter, 'sh', '-c', ENTER_SCRIPT, 'sh'] };
}

/** Runs run.sh's program in the machine as a user there would; resolves with what it printed. */
export function runInMachine({ projectRoot }: Settings, machine: Machine, args: readonly string[]): Promise<string> {
  const { program, args: enter } = enterCommand(machine);
  return runCommand(program, [...enter, process.execPath, join(projectRoot, 'dist', 'minik8s.js'), ...args], {
    env: environmentOf(machine),
    outputFile: fileOf(machine, 'join.log'),
    advice: `Its logs are in ${join(fileOf(machine, 'home'), 'log')}.`,
  });
}

/** Docker's socket in the machine, as a path of this host. */
export function dockerSocketOf(machine: Machine): string | undefined {
  const init = initOf(machine);
  return init && `/proc/${init.pid}/root/run/docker.sock`;
}
