/**
 * Asks an extension server on our own account: one GET with a time limit, whose answer is read whole.
 */
import { request as httpsRequest, type RequestOptions } from 'node:https';
import { AGGREGATOR, remoteUserHeaders } from './remote-user';

/** The OpenAPI document of a large server; what is larger is no answer. */
const LARGEST_ANSWER_BYTES = 16 * 1024 * 1024;

export interface ExtensionAnswer {
  readonly code: number;
  readonly etag: string | undefined;
  readonly contentType: string;
  readonly text: string;
}

export interface Question {
  readonly path: string;
  readonly accept?: string;
  /** of the answer we have already */
  readonly etag?: string | undefined;
  readonly timeoutMs: number;
}

/** Rejects with the reason in words, also when no endpoint is known (ServiceUnreachable). */
export async function askExtension(options: RequestOptions, question: Question): Promise<ExtensionAnswer> {
  const { path, accept = 'application/json', etag, timeoutMs } = question;
  const headers = {
    ...(options.headers as Record<string, string>),
    ...remoteUserHeaders(AGGREGATOR),
    accept,
    ...(etag ? { 'if-none-match': etag } : {}),
  };
  return new Promise((resolve, reject) => {
    const signal = AbortSignal.timeout(timeoutMs);
    const fail = (error: Error) => {
      const isTimeout = error.name === 'AbortError' || error.name === 'TimeoutError';
      reject(
        isTimeout ? new Error('context deadline exceeded (Client.Timeout exceeded while awaiting headers)') : error,
      );
    };
    const request = httpsRequest({ ...options, path, headers, signal }, (response) => {
      const chunks: Buffer[] = [];
      let size = 0;
      response.on('data', (chunk: Buffer) => {
        size += chunk.length;
        if (size > LARGEST_ANSWER_BYTES) request.destroy(new Error('the answer is too large'));
        else chunks.push(chunk);
      });
      response.on('error', fail);
      response.on('end', () =>
        resolve({
          code: response.statusCode ?? 0,
          etag: response.headers.etag,
          contentType: response.headers['content-type'] ?? '',
          text: Buffer.concat(chunks).toString(),
        }),
      );
    });
    request.on('error', fail);
    request.end();
  });
}

/** `https://host:port/path` where these options lead, for messages. */
export function urlOf({ host, port }: RequestOptions, path: string): string {
  return `https://${host?.includes(':') ? `[${host}]` : host}:${port}${path}`;
}
