/**
 * `./run.sh machine list | exec | stop | start | cut | heal | remove NAME`: the machines that `up --nodes N` made on this host.
 *
 * stop lets the machine's kubelet end its pods first; `stop --now` and start are the power switch, cut and heal the network cable:
 * what a course shows when it asks what happens if a node dies. remove takes the machine out of the cluster and its data off the disk.
 */
import { spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import { nodeResource } from '../../../helper/api/core/node';
import { podResource } from '../../../helper/api/core/pod';
import { isNotFound } from '../../../helper/api/status-error';
import type { Settings } from '../../../helper/process/settings';
import { identityEnd } from '../join/ended-identity';
import { addressOf, fabricOf } from '../machines/fabric-plan';
import { fileOf, initOf, listMachines, type Machine } from '../machines/machine-record';
import { ensureFabric, enterCommand, environmentOf, isPlugged, powerOff, setCable } from '../machines/power';
import { shutDown } from '../machines/shut-down';
import { startMachine } from '../machines/start-machines';
import { adminClient } from '../open-cluster';
import { UserError } from '../run-command';

export type MachineAction = 'start' | 'cut' | 'heal' | 'remove';

function machineNamed(settings: Settings, name: string): Machine {
  const machines = listMachines(settings);
  const found = machines.find((machine) => machine.name === name);
  if (found) return found;
  const isHost = name === settings.nodeName;
  const names =
    machines.map((machine) => machine.name).join(', ') || "none; './run.sh up --nodes 3' makes two beside this host";
  throw new UserError(
    isHost
      ? `${name} is this host, with the control plane on it; it cannot be powered off or cut from here`
      : `there is no machine ${JSON.stringify(name)}`,
    `Machines: ${names}.`,
  );
}

async function stateOf(settings: Settings, machine: Machine): Promise<'on' | 'off' | 'cut'> {
  if (!initOf(machine)) return 'off';
  return (await isPlugged(settings, machine)) ? 'on' : 'cut';
}

/** One line a machine; '' when the cluster is this host alone. */
export async function renderMachines(settings: Settings): Promise<string> {
  const machines = listMachines(settings);
  if (machines.length === 0) return '';
  const fabric = fabricOf(settings.portBase, settings.chainPrefix);
  const rows = await Promise.all(
    machines.map(async (machine) => [
      machine.name,
      addressOf(fabric, machine.number),
      await stateOf(settings, machine),
      String(initOf(machine)?.pid ?? '-'),
      machine.folder,
    ]),
  );
  const ended = machines.flatMap((machine) => endedLine(machine) ?? []).join('');
  const table = [['MACHINE', 'ADDRESS', 'STATE', 'PID', 'FOLDER'], ...rows];
  const widths = [0, 1, 2, 3].map((column) => Math.max(...table.map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ');
  return `${table.map((row) => `${line(row).trimEnd()}\n`).join('')}${ended}`;
}

/** A machine the cluster takes for nobody any more. */
function endedLine(machine: Machine): string | undefined {
  const end = identityEnd(fileOf(machine, 'home'));
  if (!end) return undefined;
  return `${machine.name}: its certificates ended on ${end.toISOString()}; './run.sh machine start ${machine.name}' joins it again\n`;
}

export async function listMachineTable(settings: Settings): Promise<string> {
  return (await renderMachines(settings)) || "no machines beside this host; './run.sh up --nodes 3' makes two\n";
}

const unlessGone = (error: unknown): void => {
  if (!isNotFound(error)) throw error;
};

/**
 * Its power is off for good, so nothing of its pods can still run: they are taken off at once, for Services and controllers to know.
 * Of a node that is only deleted, Kubernetes waits 40 seconds, since it might come back.
 */
async function remove(settings: Settings, machine: Machine): Promise<void> {
  await powerOff(settings, machine, true);
  const client = await adminClient(settings);
  try {
    await client.delete(nodeResource, '', machine.name).catch(unlessGone);
    const { items } = await client.list(podResource, { fieldSelector: `spec.nodeName=${machine.name}` });
    for (const { metadata } of items) {
      const { namespace = '', name, uid = '' } = metadata;
      await client.delete(podResource, namespace, name, { gracePeriodSeconds: 0, uid }).catch(unlessGone);
    }
  } finally {
    client.close();
  }
  rmSync(machine.folder, { recursive: true, force: true });
}

async function start(settings: Settings, machine: Machine): Promise<string> {
  const client = await adminClient(settings);
  try {
    await ensureFabric(settings);
    return await startMachine(settings, client, machine);
  } finally {
    client.close();
  }
}

/** Runs a command in the machine, at this terminal; resolves with its exit code. Without a command: a shell. */
export function execInMachine(settings: Settings, name: string, command: readonly string[]): Promise<number> {
  const machine = machineNamed(settings, name);
  const { program, args } = enterCommand(machine);
  const wanted = command.length > 0 ? command : ['bash'];
  return new Promise((resolve, reject) => {
    spawn(program, [...args, ...wanted], { stdio: 'inherit', env: environmentOf(machine) })
      .once('error', reject)
      .once('close', (code) => resolve(code ?? 1));
  });
}

/** Switches it off. Its kubelet is asked to end the pods first, unless the power is to be cut. */
export async function stopMachine(settings: Settings, name: string, { now }: { now?: boolean }): Promise<string> {
  const machine = machineNamed(settings, name);
  const tookMs = now ? undefined : await shutDown(machine);
  await powerOff(settings, machine, true);
  const pods = tookMs ? `, its pods ended first (${(tookMs / 1000).toFixed(1)} s)` : '';
  return `${name} is off${pods}; './run.sh machine start ${name}' powers it on\n`;
}

/** Carries one of the other orders out; resolves with a line for the user. */
export async function orderMachine(settings: Settings, action: MachineAction, name: string): Promise<string> {
  const machine = machineNamed(settings, name);
  switch (action) {
    case 'start':
      return `${await start(settings, machine)}\n`;
    case 'cut':
      await setCable(settings, machine, 'down');
      return `${name} is cut off; its node is NotReady after ${settings.nodeGraceSeconds} s; './run.sh machine heal ${name}'\n`;
    case 'heal':
      await setCable(settings, machine, 'up');
      return `${name} is back in the network\n`;
    case 'remove':
      await remove(settings, machine);
      return `${name} is gone\n`;
  }
}
