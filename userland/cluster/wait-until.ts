/**
 * Waits for something to become true, looking again and again up to a deadline; no wait in this program is unbounded.
 */
import { UserError } from './run-command';

export interface WaitOptions {
  readonly timeoutMs: number;
  readonly everyMs?: number;
  /** what is waited for, for the message */
  readonly what: string;
  readonly advice: string;
}

/** Resolves with the first defined answer. A rejected look counts as "not yet"; its message is told when time runs out. */
export async function waitUntil<T>(look: () => Promise<T | undefined>, options: WaitOptions): Promise<T> {
  const deadline = Date.now() + options.timeoutMs;
  let last = '';
  for (;;) {
    try {
      const answer = await look();
      if (answer !== undefined) return answer;
    } catch (error) {
      last = (error as Error).message;
    }
    if (Date.now() > deadline) {
      const seconds = Math.round(options.timeoutMs / 1000);
      throw new UserError(
        `${options.what}: not so after ${seconds} s${last ? ` (last: ${last})` : ''}`,
        options.advice,
      );
    }
    await new Promise((resolve) => setTimeout(resolve, options.everyMs ?? 20));
  }
}
