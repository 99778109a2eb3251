/**
 * How long a crashed component waits before it is started again.
 *
 * The first restart comes almost at once (a killed api-server must be back within seconds), repeated crashes double the wait
 * up to a limit, and a run that lasted long enough is forgiven.
 */
const FIRST_DELAY_MS = 50;
export const MAX_DELAY_MS = 30_000;
/** a process that ran this long has recovered: its next crash counts as the first */
export const FORGIVEN_AFTER_MS = 60_000;

/** `failures` counts the crashes in a row before this one, 0 for the first; returns milliseconds to wait. */
export function restartDelayMs(failures: number): number {
  return Math.min(FIRST_DELAY_MS * 2 ** Math.min(failures, 20), MAX_DELAY_MS);
}

/** Crashes in a row after one more crash of a process that ran for `ranMs`. */
export function failuresAfterCrash(failures: number, ranMs: number): number {
  return ranMs >= FORGIVEN_AFTER_MS ? 0 : failures + 1;
}
