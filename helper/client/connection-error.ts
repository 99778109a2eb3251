/**
 * What a client throws when it got no answer at all: a StatusError, so that callers know one class of failure only, that
 * remembers the error of the connection as its `cause`.
 */
import { StatusError } from '../api/status-error';

/** No answer came from `server`. */
export function unreachable(server: string, error: Error): StatusError {
  const status = new StatusError('ServiceUnavailable', explain(server, error));
  status.cause = error;
  return status;
}

/** True when no API server answered, as opposed to one that answered 503. */
export function isUnreachable(error: unknown): boolean {
  return error instanceof StatusError && error.cause !== undefined;
}

/** kubectl's words where it has some. */
function explain(server: string, error: Error): string {
  const host = new URL(server).host;
  switch ((error as NodeJS.ErrnoException).code) {
    case 'ECONNREFUSED':
      return `The connection to the server ${host} was refused - did you specify the right host or port?`;
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return `Unable to connect to the server: the name of ${host} is not known`;
    default:
      return `Unable to connect to the server: ${host}: ${error.message}`;
  }
}
