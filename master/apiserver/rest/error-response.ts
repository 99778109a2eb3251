/**
 * Any failure of a handler as an answer: a Status, always; the server goes on.
 *
 * Errors of the store are translated here, once. What nobody expected is a 500 and a line in the log with the stack.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { internalError, StatusError, unavailable } from '../../../helper/api/status-error';
import type { Logger } from '../../../helper/process/component';
import { CompactedError, StoreUnavailable } from '../../storage/store';
import { NoSeat } from '../protection/request-gate';
import { sendRefusal, sendStatus } from './respond';
import { expiredList } from './revision-errors';

const INTERNAL_ERROR = 500;

/** The StatusError that says what happened; unexpected errors are logged. */
export function asStatusError(error: unknown, log: Logger, what: string): StatusError {
  if (error instanceof StatusError) return error;
  if (error instanceof CompactedError) return expiredList();
  if (error instanceof StoreUnavailable) {
    log.error({ err: error }, `${what}: the store did not answer`);
    return unavailable(`the store is unavailable: ${error.message}`);
  }
  log.error({ err: error }, `${what}: unexpected error`);
  return internalError(error instanceof Error ? error.message : String(error));
}

/** A request without one is not complete either while it is answered at once, and its connection can go on. */
function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}

/** Answers with the error; a connection whose answer has begun already is cut, so that the client sees it failed. */
export function sendError(
  req: IncomingMessage,
  res: ServerResponse,
  error: unknown,
  log: Logger,
  warnings: readonly string[] = [],
): number {
  const status = asStatusError(error, log, `${req.method} ${req.url}`).toStatus();
  if (res.trace && status.code === INTERNAL_ERROR && !(error instanceof StatusError)) res.trace.isPanic = true;
  if (res.writableEnded) return status.code;
  if (res.headersSent) {
    res.destroy();
    return status.code;
  }
  // What is left of an unread body must not be taken for the next request.
  if (!req.complete && hasBody(req)) res.setHeader('Connection', 'close');
  if (error instanceof NoSeat) sendRefusal(res, status);
  else sendStatus(res, status, warnings);
  return status.code;
}
