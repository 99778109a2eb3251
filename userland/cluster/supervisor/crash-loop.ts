/**
 * A component that ends again and again while somebody waits for it: said at once, in the component's own last words, instead of after
 * the whole wait.
 */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { UserError } from '../run-command';
import { runningProcesses } from './start';

/** Ends in a row that are no accident any more: a start that lost a race for a port or a lock has recovered by then. */
const CRASHES = 4;
const TAIL_BYTES = 64 * 1024;

/** Why waiting is in vain; undefined while every component runs or has failed a few times only. */
export async function findCrashLoop(home: string): Promise<UserError | undefined> {
  const processes = (await runningProcesses(home)) ?? [];
  const crashing = processes.find(({ state, restarts }) => state === 'waiting' && restarts >= CRASHES);
  if (!crashing) return undefined;
  const { name, restarts, logFile } = crashing;
  return new UserError(
    `${name} ended ${restarts} times: ${lastWords(tailOf(logFile)) ?? 'it left no message'}`,
    `Mend that and call './run.sh up' again; './run.sh logs ${name}' has the rest.`,
  );
}

/** The message of the last fatal line of a log; undefined when there is none. */
export function lastWords(log: string): string | undefined {
  for (const line of log.split('\n').reverse()) {
    if (!line.includes('"level":"fatal"')) continue;
    try {
      const { err, msg } = JSON.parse(line) as { readonly err?: { readonly message?: string }; readonly msg?: string };
      return err?.message ?? msg;
    } catch {
      // The first line of the tail may be cut.
    }
  }
  return undefined;
}

function tailOf(file: string): string {
  const handle = openSync(file, 'r');
  try {
    const { size } = fstatSync(handle);
    const bytes = Buffer.alloc(Math.min(size, TAIL_BYTES));
    readSync(handle, bytes, 0, bytes.length, size - bytes.length);
    return bytes.toString();
  } finally {
    closeSync(handle);
  }
}
