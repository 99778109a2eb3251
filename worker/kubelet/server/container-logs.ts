/**
 * GET /containerLogs/<namespace>/<pod>/<container>: the log of a container as a stream of bytes.
 *
 * https://kubernetes.io/docs/concepts/cluster-administration/logging/
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Transform } from 'node:stream';
import type { LogRequest, Runtime } from '../../runtime/runtime';
import { HttpError } from './http-error';

export interface LogQuery extends LogRequest {
  readonly previous: boolean;
  readonly limitBytes?: number;
}

/** Reads the query; throws HttpError 400 naming a value that is not what it should be. */
export function parseLogQuery(query: URLSearchParams, now: Date): LogQuery {
  const tailLines = wholeNumber(query, 'tailLines', 0);
  const limitBytes = wholeNumber(query, 'limitBytes', 1);
  const sinceSeconds = wholeNumber(query, 'sinceSeconds', 1);
  const sinceTime = query.get('sinceTime');
  const since =
    sinceSeconds !== undefined
      ? new Date(now.getTime() - sinceSeconds * 1000)
      : sinceTime
        ? new Date(sinceTime)
        : undefined;
  if (since && Number.isNaN(since.getTime())) throw new HttpError(400, `sinceTime "${sinceTime}" is not a time`);
  return {
    follow: isTrue(query.get('follow')),
    timestamps: isTrue(query.get('timestamps')),
    previous: isTrue(query.get('previous')),
    ...(tailLines === undefined ? {} : { tailLines }),
    ...(limitBytes === undefined ? {} : { limitBytes }),
    ...(since ? { since } : {}),
  };
}

/** Kubernetes' booleans in queries: no word, `0` and `false` mean no; everything else means yes (`True` of the Python client). */
export function isTrue(text: string | null): boolean {
  return text !== null && text !== '0' && text.toLowerCase() !== 'false';
}

function wholeNumber(query: URLSearchParams, name: string, least: number): number | undefined {
  const text = query.get(name);
  if (text === null || text === '') return undefined;
  const value = Number(text);
  if (Number.isInteger(value) && value >= least) return value;
  throw new HttpError(400, `${name} "${text}" must be a whole number of at least ${least}`);
}

/** Passes at most `limit` bytes, then ends. */
export function byteLimit(limit: number): Transform {
  let left = limit;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      const piece = chunk.subarray(0, left);
      left -= piece.length;
      if (piece.length > 0) this.push(piece);
      if (left <= 0) this.push(null);
      done();
    },
  });
}

/** Sends the log until it ends, the limit is reached, or the client goes away. */
export async function sendLogs(
  runtime: Runtime,
  containerId: string,
  query: LogQuery,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const source = await runtime.logs(containerId, query);
  response.writeHead(200, { 'Content-Type': 'text/plain' });
  // With follow the first line may be long in coming; the client must know at once that it is connected.
  response.flushHeaders();
  const limited = query.limitBytes === undefined ? source : source.pipe(byteLimit(query.limitBytes));
  const close = () => source.destroy();
  request.once('close', close);
  response.once('close', close);
  source.once('error', (error) => response.destroy(error));
  limited.pipe(response);
}
