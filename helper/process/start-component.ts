/**
 * Starts one component with its log and health socket: what every way of running components has in common.
 *
 * `run-component.ts` gives a component a process of its own; all-in-one starts several of them in one.
 */
import { join } from 'node:path';
import type { Component, Logger, RunningComponent } from './component';
import { startHealthServer } from './health-server';
import { createLogger } from './log';
import type { Settings } from './settings';

/** Path of a component's health socket. */
export function healthSocketPath(home: string, component: string): string {
  return join(home, 'run', `${component}.sock`);
}

/** Resolves when the component works; its health socket answers from before that, `/readyz` failing until then. */
export async function startComponent(
  component: Component,
  settings: Settings,
  log: Logger = createLogger(component.name, settings),
): Promise<RunningComponent> {
  let phase: string | undefined = 'starting';
  const checks = new Map<string, () => string | undefined>([[component.name, () => phase]]);
  const health = await startHealthServer(healthSocketPath(settings.home, component.name), checks);
  const started = Date.now();
  try {
    const running = await component.start({
      settings,
      log,
      addReadyCheck(name, check) {
        checks.set(name, check);
      },
    });
    phase = undefined;
    log.info({ milliseconds: Date.now() - started }, 'started');
    return {
      async stop() {
        phase = 'stopping';
        await running.stop();
        await health.stop();
        log.info('stopped');
      },
    };
  } catch (error) {
    await health.stop();
    throw error;
  }
}
