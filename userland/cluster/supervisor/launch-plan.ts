/**
 * Which processes the supervisor runs, in stages, with their command lines: written by `up`, read by every supervisor.
 *
 * `$MINIK8S_HOME/run/launch.json` is plain data, so a user can see exactly what is started and start any of it by hand.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Settings } from '../../../helper/process/settings';
import { COMPONENTS, type ComponentRow } from '../components';
import { containerdCommand, hasOwnContainerd } from '../containerd-daemon';
import v8Flags from '../v8-flags.json';
import type { ProcessSpec } from './managed-process';

/**
 * Small heaps that give memory back: a controller's live data is a few megabytes, and a dozen of them share one laptop.
 * The api-server keeps V8's defaults, since it holds every object and answers every request. In a file, because the build makes code
 * caches with the same flags: V8 takes no other.
 */
const { component: LEAN_FLAGS, 'api-server': API_SERVER_FLAGS } = v8Flags;

function specOf(
  home: string,
  row: Pick<ComponentRow, 'name' | 'summary' | 'onDemand' | 'holdsNextMs'>,
  command: string,
  args: readonly string[],
): ProcessSpec {
  const run = join(home, 'run');
  return {
    name: row.name,
    summary: row.summary,
    command,
    args,
    logFile: join(home, 'log', `${row.name}.log`),
    pidFile: join(run, `${row.name}.pid`),
    stoppedFile: join(run, `${row.name}.stopped`),
    ...(row.onDemand ? { onDemand: true } : {}),
    ...(row.holdsNextMs === undefined ? {} : { holdsNextMs: row.holdsNextMs }),
  };
}

function etcdArguments(settings: Settings): string[] {
  const client = settings.etcdEndpoints[0] ?? `http://127.0.0.1:${settings.portBase + 20}`;
  const peer = settings.etcdPeerUrl || client.replace(/:(\d+)$/, (_, port) => `:${Number(port) + 1}`);
  return [
    ...['--name', settings.etcdName, '--data-dir', join(settings.home, 'store', 'etcd')],
    ...['--listen-client-urls', client, '--advertise-client-urls', client],
    ...[
      '--listen-peer-urls',
      peer,
      '--initial-advertise-peer-urls',
      peer,
      '--initial-cluster',
      `${settings.etcdName}=${peer}`,
    ],
  ];
}

export interface LaunchOptions {
  readonly allInOne: boolean;
  /** start an etcd of our own */
  readonly ownEtcd: boolean;
  /** only what runs on every node: the machine joined a control plane elsewhere */
  readonly workerOnly?: boolean;
}

/** What is not ours and runs beside our components, where this installation wants it. */
function programSpec(settings: Settings, { ownEtcd }: LaunchOptions, row: ComponentRow): ProcessSpec[] {
  if (row.name === 'etcd' && ownEtcd) return [specOf(settings.home, row, 'etcd', etcdArguments(settings))];
  if (row.name !== 'containerd' || !hasOwnContainerd(settings)) return [];
  const { command, args } = containerdCommand(settings);
  return [specOf(settings.home, row, command, args)];
}

/** The stages of this installation. All-in-one is one stage with one process. */
export function planLaunch(settings: Settings, options: LaunchOptions): ProcessSpec[][] {
  const bundle = (name: string) => join(settings.projectRoot, 'dist', `${name}.js`);
  const flags = ['--home', settings.home];
  const programs = COMPONENTS.flatMap((row) => programSpec(settings, options, row));
  if (options.allInOne) {
    const row = { name: 'all-in-one', summary: 'every component in one process' };
    return [
      programs,
      [specOf(settings.home, row, process.execPath, [...API_SERVER_FLAGS, bundle('all-in-one'), ...flags])],
    ].filter((stage) => stage.length > 0);
  }
  const ours = COMPONENTS.filter((row) => row.module !== undefined && (!options.workerOnly || row.role === 'worker'));
  const stageNumbers = [...new Set(ours.map((row) => row.stage))].sort((a, b) => a - b);
  const stages = stageNumbers.map((stage) =>
    ours
      .filter((row) => row.stage === stage)
      .map((row) => {
        const v8 = row.name === 'api-server' ? API_SERVER_FLAGS : LEAN_FLAGS;
        return specOf(settings.home, row, process.execPath, [...v8, bundle(row.name), ...flags]);
      }),
  );
  return [programs, ...stages].filter((stage) => stage.length > 0);
}

const planFile = (home: string) => join(home, 'run', 'launch.json');

export function writePlan(home: string, stages: readonly (readonly ProcessSpec[])[]): void {
  writeFileSync(planFile(home), `${JSON.stringify(stages, null, 2)}\n`);
}

export function readPlan(home: string): ProcessSpec[][] {
  return JSON.parse(readFileSync(planFile(home), 'utf8')) as ProcessSpec[][];
}
