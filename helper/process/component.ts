/**
 * A component: one daemon of the cluster, runnable as a process of its own or together with others in one.
 *
 * Each room's `main.ts` exports one. `run-component.ts` is the process around it: settings, log, signals, health socket.
 */
import type { Logger } from 'pino';
import type { Settings } from './settings';

export type { Logger };

export interface ComponentContext {
  readonly settings: Settings;
  readonly log: Logger;
  /** Adds a named check to /readyz; the check throws or returns a text when not ready, undefined when ready. */
  addReadyCheck(name: string, check: () => string | undefined): void;
  /** Starts a component that runs on demand; absent: the supervisor is to be asked (`wake-component.ts`). */
  readonly wake?: (name: string) => Promise<void>;
}

export interface RunningComponent {
  /** Ends all work and releases what start() took. Resolves when nothing runs any more. */
  stop(): Promise<void>;
}

export interface Component {
  /** as in `run.sh ps`: `api-server`, `replica-set-controller`, ... */
  readonly name: string;
  /** one line for help and `ps` */
  readonly summary: string;
  start(context: ComponentContext): Promise<RunningComponent>;
  /**
   * Takes back what the component leaves on the machine when it stops (containers, interfaces, rules), so that `down` leaves
   * nothing. Runs instead of start(), in a process started with `--cleanup`. Idempotent.
   */
  cleanup?(context: Pick<ComponentContext, 'settings' | 'log'>): Promise<void>;
}
