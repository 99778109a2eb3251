/**
 * Waiting in tests: asks again and again until a condition holds, with a limit, instead of sleeping for a guessed time.
 */
const POLL_MS = 5;

/** Resolves when `condition` is true; throws when it is not within the limit. */
export async function until(condition: () => boolean | Promise<boolean>, limitMs = 15_000): Promise<void> {
  for (const end = Date.now() + limitMs; ; ) {
    if (await condition()) return;
    if (Date.now() > end) throw new Error(`not true after ${limitMs} ms: ${condition}`);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}
