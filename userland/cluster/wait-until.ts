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
  /** asked now and then: why it will never be so */
  readonly isHopeless?: () => Promise<UserError | undefined>;
}

const HOPE_INTERVAL_MS = 500;

/** Resolves with the first defined answer. A rejected look counts as "not yet"; its message is told when time runs out. */
export async function waitUntil<T>(look: () => Promise<T | undefined>, options: WaitOptions): Promise<T> {
  const deadline = Date.now() + options.timeoutMs;
  let last = '';
  let hopedAt = Date.now();
  for (;;) {
    try {
      const answer = await look();
      if (answer !== undefined) return answer;
    } catch (error) {
      last = (error as Error).message;
    }
    if (options.isHopeless && Date.now() - hopedAt > HOPE_INTERVAL_MS) {
      const reason = await options.isHopeless();
      if (reason) throw reason;
      hopedAt = Date.now();
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
