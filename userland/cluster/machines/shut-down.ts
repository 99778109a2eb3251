/**
 * Asks a machine to end its work before it goes off, as an init does when the power fails: SIGPWR to the kubelet, which ends its
 * pods within the grace its configuration gives them, and writes to a file when it began and when it was done.
 *
 * Whether that takes any time is the kubelet's business; a machine whose kubelet does not answer is not waited for.
 * https://kubernetes.io/docs/concepts/cluster-administration/node-shutdown/
 */
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { runCommand } from '../run-command';
import { waitUntil } from '../wait-until';
import { fileOf, initOf, type Machine } from './machine-record';

const ANSWER_TIMEOUT_MS = 5000;
/** Longer than any grace somebody would demonstrate. */
const END_TIMEOUT_MS = 600_000;

interface ShutdownState {
  readonly startTime: string;
  readonly endTime?: string;
}

/** Resolves with the milliseconds its pods took, 0 when they were not waited for; undefined when no kubelet answered. */
export async function shutDown(machine: Machine): Promise<number | undefined> {
  const init = initOf(machine);
  const home = fileOf(machine, 'home');
  const pidFile = join(home, 'run', 'kubelet.pid');
  if (!init || !existsSync(pidFile)) return undefined;
  const stateFile = join(home, 'kubelet', 'graceful_node_shutdown_state');
  rmSync(stateFile, { force: true });
  const inside = (script: string) => runCommand('nsenter', ['-t', String(init.pid), '-p', '-m', 'sh', '-c', script]);
  const advice = `./run.sh machine stop ${machine.name} --now cuts the power.`;
  try {
    // A kubelet that is just starting may not hear the first one.
    const ask = async () => {
      if (!existsSync(stateFile)) await inside(`kill -PWR ${Number(readFileSync(pidFile, 'utf8').split(' ')[0])}`);
      return readState(stateFile);
    };
    await waitUntil(ask, { timeoutMs: ANSWER_TIMEOUT_MS, everyMs: 250, what: 'an answer', advice });
  } catch {
    return undefined;
  }
  const { startTime, endTime } = await waitUntil(
    async () => {
      const state = readState(stateFile);
      return state?.endTime === undefined ? undefined : { ...state, endTime: state.endTime };
    },
    { timeoutMs: END_TIMEOUT_MS, everyMs: 50, what: `the pods of ${machine.name} have ended`, advice },
  );
  return Date.parse(endTime) - Date.parse(startTime);
}

function readState(file: string): ShutdownState | undefined {
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as ShutdownState) : undefined;
}
