/**
 * Every call to Docker goes through here: bounded in time, and its failure translated once into a RuntimeError.
 *
 * A daemon that is down refuses the connection at once; one that hangs would keep the caller for ever, so each call has a
 * deadline. Nothing is retried: the kubelet's own loop comes back, and then finds the daemon up again.
 */
import { RuntimeError, type RuntimeErrorReason } from './runtime';

/** Longest any short call may take; a start of a container under load takes seconds. */
export const CALL_LIMIT_MS = 30_000;

const CONNECTION_CODES = new Set(['ECONNREFUSED', 'ENOENT', 'ECONNRESET', 'EPIPE', 'EACCES', 'ETIMEDOUT', 'ABORT_ERR']);

interface DockerFailure {
  readonly statusCode?: number;
  readonly code?: string;
  readonly json?: { readonly message?: string };
  readonly message: string;
}

function asFailure(error: unknown): DockerFailure {
  return error instanceof Error ? (error as Error & DockerFailure) : { message: String(error) };
}

/** The HTTP status of Docker's answer; undefined when there was none. */
export function statusOf(error: unknown): number | undefined {
  return asFailure(error).statusCode;
}

/** dockerode puts this in front of Docker's words where it cannot read the body as JSON, as for streams. */
const DECORATION = /^\(HTTP code \d+\) [\w ]+ - /;

/** Docker's own words, without the client's decoration. */
export function messageOf(error: unknown): string {
  const failure = asFailure(error);
  return (failure.json?.message ?? failure.message).replace(DECORATION, '').trim();
}

/** Runs one call. `reason` is what a refusal by Docker means here; a daemon that does not answer is always RuntimeUnavailable. */
export async function callDocker<T>(
  what: string,
  reason: RuntimeErrorReason,
  work: (signal: AbortSignal) => Promise<T>,
  limitMs = CALL_LIMIT_MS,
): Promise<T> {
  const abort = new AbortController();
  const deadline = setTimeout(() => abort.abort(), limitMs);
  try {
    return await Promise.race([work(abort.signal), whenAborted(abort.signal)]);
  } catch (error) {
    throw translate(what, reason, error, abort.signal.aborted ? limitMs : undefined);
  } finally {
    clearTimeout(deadline);
  }
}

function whenAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(new Error('no answer')), { once: true });
  });
}

function translate(
  what: string,
  reason: RuntimeErrorReason,
  error: unknown,
  limitMs: number | undefined,
): RuntimeError {
  if (error instanceof RuntimeError) return error;
  if (limitMs !== undefined) {
    const text = `Docker did not answer within ${limitMs / 1000} s: ${what}`;
    return new RuntimeError('RuntimeUnavailable', text, { cause: error });
  }
  const { statusCode, code } = asFailure(error);
  if (statusCode === undefined && code !== undefined && CONNECTION_CODES.has(code)) {
    return new RuntimeError('RuntimeUnavailable', `Docker cannot be reached (${code}): ${what}`, { cause: error });
  }
  return new RuntimeError(reason, messageOf(error), { cause: error });
}
