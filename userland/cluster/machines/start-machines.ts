/**
 * The machines of `up --nodes N`: booted, then joined exactly as a real one would be, by `run.sh join` inside it.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { RestClient } from '../../../helper/client/rest-client';
import { usesDocker } from '../../../helper/process/node-runtimes';
import type { Settings } from '../../../helper/process/settings';
import { caHashOf, removeToken, storeToken } from '../commands/token';
import { advertisedUrl } from '../join/cluster-config';
import { identityEnd } from '../join/ended-identity';
import { UserError } from '../run-command';
import type { Steps } from '../steps';
import { copyBuiltImages } from './copy-images';
import { fileOf, initOf, listMachines, type Machine, recordMachine } from './machine-record';
import { dockerSocketOf, ensureFabric, powerOn, runInMachine } from './power';

const TOKEN_SECONDS = 600;
const MOST_NODES = 50;

/** The number of nodes of `--nodes`; undefined when it was not given. Throws a UserError for what is no number. */
export function nodeCount(flag: string | undefined): number | undefined {
  if (flag === undefined) return undefined;
  const count = Number(flag);
  if (!/^\d+$/.test(flag) || count < 1 || count > MOST_NODES) {
    throw new UserError(
      `--nodes ${JSON.stringify(flag)}: expected a number from 1 to ${MOST_NODES}`,
      './run.sh up --nodes 3',
    );
  }
  if (count > 1 && process.getuid?.() !== 0) {
    throw new UserError(`--nodes ${flag}: machines are namespaces of this host, which takes root`, 'Use sudo.');
  }
  return count;
}

/** Those there are, and those that `--nodes` asks for beside them. */
function wantedMachines(settings: Settings, nodes: number): Machine[] {
  const existing = listMachines(settings);
  for (let number = 2; number <= nodes; number += 1) {
    if (!existing.some((machine) => machine.number === number)) recordMachine(settings, `node${number}`, number);
  }
  return listMachines(settings);
}

const isJoined = (machine: Machine) => existsSync(join(fileOf(machine, 'home'), 'cluster.json'));
/** It has certificates, and they are good. */
const isMember = (machine: Machine) => isJoined(machine) && identityEnd(fileOf(machine, 'home')) === undefined;

/** Boots the machine and starts what runs on it; the first time, and when it was off for too long, it joins. Returns what to tell the user. */
export async function startMachine(settings: Settings, client: RestClient, machine: Machine): Promise<string> {
  await powerOn(settings, machine);
  if (isMember(machine)) {
    await runInMachine(settings, machine, ['up', '--no-install']);
  } else {
    const token = await storeToken(client, TOKEN_SECONDS, `machine ${machine.name}`);
    const cluster = ['--server', advertisedUrl(settings), '--token', token];
    const pin = ['--discovery-token-ca-cert-hash', caHashOf(settings)];
    const self = ['--node-name', machine.name, '--runtime', settings.runtime, '--no-install'];
    await runInMachine(settings, machine, ['join', ...cluster, ...pin, ...self]);
    await removeToken(client, token);
  }
  const socket = usesDocker(settings) ? dockerSocketOf(machine) : undefined;
  const copied = socket ? await copyBuiltImages(settings.dockerSocket, socket) : [];
  return `${machine.name} is Ready${copied.length > 0 ? `, with ${copied.length} images of this host` : ''}`;
}

/** Starts all machines but those the user powered off, at the same time. Nothing when the cluster is this host alone. */
export async function startMachines(
  settings: Settings,
  client: RestClient,
  nodes: number,
  steps: Steps,
): Promise<void> {
  const machines = wantedMachines(settings, nodes).filter(
    (machine) => !existsSync(fileOf(machine, 'stopped')) && (initOf(machine) === undefined || !isJoined(machine)),
  );
  if (machines.length === 0) return;
  await steps.run('switch', async () => `machines are reached through ${await ensureFabric(settings)}`);
  await Promise.all(machines.map((machine) => steps.run(machine.name, () => startMachine(settings, client, machine))));
}
