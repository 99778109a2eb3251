/**
 * Exponential back-off, as the kubelet uses it for crashing containers (10 s, 20 s, ... 300 s) and failing image pulls.
 *
 * Pure: an entry says how long the last delay was and when it was given out; after twice the maximum without trouble (10
 * minutes) the entry counts as forgotten. Callers keep the entries.
 * https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#restart-policy
 */

const INITIAL_BACK_OFF_MS = 10_000;
const MAX_BACK_OFF_MS = 300_000;

export interface BackOff {
  readonly delayMs: number;
  /** when this delay was handed out */
  readonly since: Date;
}

/** True when `at` is so long after the last trouble that the history no longer counts. */
function isForgotten(entry: BackOff, at: Date): boolean {
  return at.getTime() - entry.since.getTime() > 2 * MAX_BACK_OFF_MS;
}

/** The entry after one more failure at `at`: the initial delay, or double the last one up to the maximum. */
export function nextBackOff(entry: BackOff | undefined, at: Date): BackOff {
  if (!entry || isForgotten(entry, at)) return { delayMs: INITIAL_BACK_OFF_MS, since: at };
  return { delayMs: Math.min(entry.delayMs * 2, MAX_BACK_OFF_MS), since: at };
}

/** When something that failed at `failedAt` may be tried again; undefined = now, because it has no history. */
export function backOffEnd(entry: BackOff | undefined, failedAt: Date): Date | undefined {
  if (!entry || isForgotten(entry, failedAt)) return undefined;
  return new Date(failedAt.getTime() + entry.delayMs);
}

/** `10s`, `1m20s`, `5m0s`: a delay as Go prints durations, for messages. */
export function formatDelay(delayMs: number): string {
  const seconds = Math.round(delayMs / 1000);
  return seconds < 60 ? `${seconds}s` : `${Math.floor(seconds / 60)}m${seconds % 60}s`;
}
