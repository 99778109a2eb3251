/**
 * What surrounds a command: streams, terminal, environment, and the connections that lines of one process share.
 *
 * A command never touches `process` itself, so the same code runs for `./run.sh kubectl ...`, for a line at the prompt and
 * in tests.
 */
import type { Settings } from '../../helper/process/settings';
import type { Connection, ConnectionFlags } from './connection';

export interface Output {
  out(text: string): void;
  err(text: string): void;
}

export interface Shell {
  readonly settings: Settings;
  readonly output: Output;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly workingDirectory: string;
  /** at the prompt: a command may ask back */
  readonly isPrompt: boolean;
  /** aborted by Ctrl-C at the prompt */
  readonly signal: AbortSignal;
  /** All of standard input, for `-f -`. */
  readStdin(): Promise<string>;
  /** The cluster of these flags; the same object for the same flags. */
  connect(flags: ConnectionFlags): Connection;
  /** Gives standard input to `work` alone (`exec -it`, questions): the prompt lets go of it meanwhile. */
  lendTerminal<T>(work: () => Promise<T>): Promise<T>;
}
