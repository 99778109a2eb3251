/**
 * Starting the supervisor, and asking the one that runs.
 */
import { spawn } from 'node:child_process';
import { openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Settings } from '../../../helper/process/settings';
import { UserError } from '../run-command';
import { waitUntil } from '../wait-until';
import { callSupervisor, isNotRunning, type ProcessReport } from './protocol';

/** A laptop that starts several clusters at once needs a while for each. */
const START_TIMEOUT_MS = 60_000;

/** The components as the supervisor sees them; undefined when no supervisor runs. */
export async function runningProcesses(home: string): Promise<ProcessReport[] | undefined> {
  return callSupervisor<ProcessReport[]>(home, 'GET', '/processes').catch((error: unknown) => {
    if (isNotRunning(error)) return undefined;
    throw error;
  });
}

/** As {@link runningProcesses}, for commands that make no sense without a cluster. */
export async function requireProcesses(home: string): Promise<ProcessReport[]> {
  const processes = await runningProcesses(home);
  if (!processes)
    throw new UserError(
      `no cluster is running in ${home}`,
      "Start it with './run.sh up', or set MINIK8S_HOME to another one's folder.",
    );
  return processes;
}

/** Starts the supervisor of `run/launch.json` in a session of its own; resolves when it takes orders. */
export async function launchSupervisor(settings: Settings): Promise<void> {
  const logFile = join(settings.home, 'log', 'supervisor.log');
  const log = openSync(logFile, 'a');
  const script = join(settings.projectRoot, 'dist', 'supervisor.js');
  const child = spawn(process.execPath, ['--max-semi-space-size=1', script, settings.home], {
    stdio: ['ignore', log, log],
    detached: true,
    cwd: '/',
  });
  child.unref();
  await waitUntil(() => runningProcesses(settings.home), {
    timeoutMs: START_TIMEOUT_MS,
    what: 'the supervisor takes orders',
    advice: `Read ${logFile}: ${readFileSync(logFile, 'utf8').slice(-500)}`,
  });
}
