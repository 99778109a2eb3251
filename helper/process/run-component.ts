/**
 * The process around a component: settings, log, start, signals, and one clear line when something goes wrong.
 *
 * SIGTERM and SIGINT stop it, within a bound; a second signal ends it at once. An error nobody handled is logged and ends
 * the process with code 1, and the supervisor starts it again: after an unknown failure a fresh start from the stored
 * state is safer than going on.
 */
import type { Component, Logger, RunningComponent } from './component';
import { explainError } from './explain-error';
import { loadSettings, SettingsError, settingsHelp } from './load-settings';
import { createLogger } from './log';
import { startComponent } from './start-component';

const STOP_TIMEOUT_MS = 15_000;
const EXIT_USAGE = 2;
const CLEANUP_FLAG = '--cleanup';

/** A failure that is understood is one line; any other keeps its stack. */
function fail(log: Logger, what: string, error: unknown): never {
  const text = explainError(error);
  const isUnderstood = error instanceof Error && error.message !== text;
  log.fatal(isUnderstood ? {} : { err: error }, `${what}: ${text}`);
  process.exit(1);
}

function stopOnSignal(log: Logger, starting: Promise<RunningComponent>): void {
  let stopping = false;
  const stop = (signal: NodeJS.Signals) => {
    if (stopping) process.exit(1);
    stopping = true;
    log.info({ signal }, 'stopping');
    setTimeout(() => fail(log, 'stopping', new Error(`not done after ${STOP_TIMEOUT_MS} ms`)), STOP_TIMEOUT_MS).unref();
    starting
      .then((running) => running.stop())
      .then(
        () => process.exit(0),
        (error) => fail(log, 'stopping', error),
      );
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
}

/** Runs the component as this process, with the command line's flags. Returns at once. */
export function runComponent(component: Component): void {
  const cleanup = process.argv.includes(CLEANUP_FLAG);
  const argv = process.argv.slice(2).filter((flag) => flag !== CLEANUP_FLAG);
  if (argv.includes('--help') || argv.includes('-h')) {
    process.stdout.write(`${component.name}: ${component.summary}\n\n${settingsHelp()}\n`);
    return;
  }
  try {
    const settings = loadSettings(argv, process.env, component.name);
    const log = createLogger(component.name, settings);
    process.on('uncaughtException', (error) => fail(log, 'unexpected error', error));
    process.on('unhandledRejection', (error) => fail(log, 'unexpected error', error));
    if (cleanup) {
      (component.cleanup?.({ settings, log }) ?? Promise.resolve()).then(
        () => process.exit(0),
        (error) => fail(log, 'cleaning up', error),
      );
      return;
    }
    const starting = startComponent(component, settings, log);
    stopOnSignal(log, starting);
    starting.catch((error) => fail(log, 'cannot start', error));
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    process.stderr.write(`${component.name}: ${error.message}\n`);
    process.exitCode = EXIT_USAGE;
  }
}
