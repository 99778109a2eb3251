/**
 * `./run.sh ps | logs | stop | start | restart | status`: the components as processes.
 */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { nodeResource } from '../../../helper/api/core/node';
import { podResource } from '../../../helper/api/core/pod';
import type { ListQuery } from '../../../helper/client/client';
import { loadKubeconfig } from '../../../helper/client/kubeconfig';
import { createClient, type RestClient } from '../../../helper/client/rest-client';
import { kubeconfigPath } from '../../../helper/process/load-settings';
import type { Settings } from '../../../helper/process/settings';
import { readClusterFile } from '../cluster-file';
import { COMPONENTS } from '../components';
import { adminClient } from '../open-cluster';
import { UserError } from '../run-command';
import { callSupervisor, type ProcessReport } from '../supervisor/protocol';
import { requireProcesses, runningProcesses } from '../supervisor/start';
import { renderMachines } from './machine';

const MEBIBYTE = 1024 * 1024;

/** One line a component: name, pid, state, restarts, memory, log. */
export function renderProcesses(processes: readonly ProcessReport[]): string {
  const rows = processes.map((process) => [
    process.name,
    process.pid ? String(process.pid) : '-',
    process.state,
    String(process.restarts),
    process.memoryBytes ? `${Math.round(process.memoryBytes / MEBIBYTE)}Mi` : '-',
    process.logFile,
  ]);
  const table = [['NAME', 'PID', 'STATE', 'RESTARTS', 'MEMORY', 'LOG'], ...rows];
  const widths = table[0]?.map((_, column) => Math.max(...table.map((row) => row[column]?.length ?? 0))) ?? [];
  return table
    .map(
      (row) =>
        `${row
          .map((cell, column) => cell.padEnd(widths[column] ?? 0))
          .join('  ')
          .trimEnd()}\n`,
    )
    .join('');
}

export async function ps(settings: Settings): Promise<string> {
  const [processes, machines] = [
    renderProcesses(await requireProcesses(settings.home)),
    await renderMachines(settings),
  ];
  return machines ? `${processes}\n${machines}` : processes;
}

export async function orderProcess(
  settings: Settings,
  name: string,
  action: 'start' | 'stop' | 'restart',
): Promise<string> {
  await requireProcesses(settings.home);
  const report = await callSupervisor<ProcessReport>(settings.home, 'POST', `/processes/${name}/${action}`).catch(
    (error: Error) => {
      throw new UserError(error.message, "See './run.sh ps'.");
    },
  );
  return `${report.name} ${report.state}${report.pid ? ` (pid ${report.pid})` : ''}\n`;
}

/** Prints a component's log, the last lines only, and goes on printing with `follow`. */
export function logs(settings: Settings, name: string, options: { follow: boolean; lines: number }): Promise<void> {
  const file = join(settings.home, 'log', `${name}.log`);
  if (!existsSync(file)) {
    const names = COMPONENTS.map((row) => row.name).join(', ');
    throw new UserError(
      `there is no log of ${JSON.stringify(name)} (${file})`,
      `Components: ${names}, supervisor, audit.`,
    );
  }
  const flags = ['-n', String(options.lines), ...(options.follow ? ['-F'] : [])];
  return new Promise((resolve) => {
    spawn('tail', [...flags, file], { stdio: 'inherit' }).on('close', () => resolve());
  });
}

interface Sight {
  readonly client: RestClient;
  readonly nodes: ListQuery;
  readonly pods: ListQuery;
}

/** How the cluster is seen from here: whole, or on a machine that joined it as its node sees it. */
async function openSight(settings: Settings): Promise<Sight> {
  if (readClusterFile(settings.home)?.role !== 'worker') {
    return { client: await adminClient(settings), nodes: {}, pods: {} };
  }
  const { nodeName, home } = settings;
  const client = createClient(loadKubeconfig(kubeconfigPath(home, 'kubelet')), { userAgent: 'run.sh' });
  const nodes = { fieldSelector: `metadata.name=${nodeName}` };
  return { client, nodes, pods: { fieldSelector: `spec.nodeName=${nodeName}` } };
}

/** A few lines on the whole cluster, or on this node of it; sets the exit code 1 when something of it is not as it should be. */
export async function status(settings: Settings): Promise<string> {
  const processes = await runningProcesses(settings.home);
  if (!processes) {
    process.exitCode = 1;
    return `not running (${settings.home})\n`;
  }
  // One that waits to be asked for is as it should be.
  const expected = processes.filter((report) => report.state !== 'idle');
  const ailing = expected
    .filter((report) => report.state !== 'running')
    .map((report) => `${report.name} ${report.state}`);
  const memory = processes.reduce((sum, report) => sum + report.memoryBytes, 0);
  const lines = [
    `components  ${expected.length - ailing.length} of ${expected.length} running, ${Math.round(memory / MEBIBYTE)} Mi resident${ailing.length ? `; ${ailing.join(', ')}` : ''}`,
  ];
  if (ailing.length > 0) process.exitCode = 1;
  const { client, ...queries } = await openSight(settings);
  try {
    const [nodes, pods] = await Promise.all([
      client.list(nodeResource, queries.nodes),
      client.list(podResource, queries.pods),
    ]);
    const ready = nodes.items.filter((node) =>
      node.status?.conditions?.some((c) => c.type === 'Ready' && c.status === 'True'),
    );
    const running = pods.items.filter((pod) => pod.status?.phase === 'Running');
    if (ready.length < nodes.items.length) process.exitCode = 1;
    lines.push(
      `nodes       ${ready.length} of ${nodes.items.length} ready`,
      `pods        ${running.length} of ${pods.items.length} running`,
    );
  } catch (error) {
    process.exitCode = 1;
    lines.push(`api-server  does not answer: ${(error as Error).message}`);
  } finally {
    client.close();
  }
  return `${lines.join('\n')}\n`;
}
