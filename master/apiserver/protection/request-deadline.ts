/**
 * How long a request may take: a minute, or what its `timeout=` says when that is less. Then the client gets 504 and asks again.
 *
 * Watches, logs and streams are not under it. A read is answered before any time has passed, so only requests that wait get a timer.
 * https://kubernetes.io/docs/reference/command-line-tools-reference/kube-apiserver/ (--request-timeout)
 */
import { badRequest, StatusError } from '../../../helper/api/status-error';

const LONGEST_MS = 60_000;
/** Milliseconds of the units durations are written in. */
const UNITS: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
};
const DURATION = /^(?:\d+(?:\.\d*)?(?:ns|us|µs|ms|s|m|h))+$/;
const PART = /(\d+(?:\.\d*)?)(ns|us|µs|ms|s|m|h)/g;

/** Milliseconds the request has; throws BadRequest when `timeout` is no duration (`30s`, `1m30s`). */
export function deadlineMs(query: URLSearchParams): number {
  const text = query.size === 0 ? null : query.get('timeout');
  if (!text || text === '0') return LONGEST_MS;
  if (!DURATION.test(text)) {
    throw badRequest(`invalid timeout specified in the request URL - time: invalid duration ${JSON.stringify(text)}`);
  }
  let total = 0;
  for (const [, number, unit = ''] of text.matchAll(PART)) total += Number(number) * (UNITS[unit] ?? 0);
  return total > 0 ? Math.min(total, LONGEST_MS) : LONGEST_MS;
}

/** 504: the time is over. */
export const deadlineExceeded = () =>
  new StatusError('Timeout', 'Timeout: request did not complete within the allotted timeout', {});
