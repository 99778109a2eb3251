/**
 * One watch connection for tests: gathers the events, and waits for those a test expects.
 */
import type { ClientRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { until } from '../../helper/process/until';
import type { ServerAccess } from './test-server';

export interface SeenEvent {
  readonly type: string;
  readonly object: {
    readonly kind: string;
    readonly code?: number;
    readonly metadata: {
      readonly name?: string;
      readonly resourceVersion?: string;
      annotations?: Record<string, string>;
    };
    readonly [field: string]: unknown;
  };
}

export interface WatchClient {
  readonly events: SeenEvent[];
  /** `ADDED web`: the events so far, one text each */
  seen(): string[];
  /** Resolves when that many events have come. */
  waitFor(count: number): Promise<SeenEvent[]>;
  readonly ended: () => boolean;
  close(): void;
}

/** Opens a watch; resolves when the server has answered. */
export function openWatch(
  server: ServerAccess,
  path: string,
  headers: Record<string, string> = {},
): Promise<WatchClient> {
  const events: SeenEvent[] = [];
  let text = '';
  let isEnded = false;
  return new Promise((resolve, reject) => {
    const options = { host: '127.0.0.1', port: server.port, ca: server.ca, path, agent: false as const };
    const request: ClientRequest = httpsRequest(
      { ...options, headers: { authorization: `Bearer ${server.token}`, ...headers } },
      (response) => {
        response.on('data', (chunk: Buffer) => {
          text += chunk.toString();
          const lines = text.split('\n');
          text = lines.pop() ?? '';
          for (const line of lines) events.push(JSON.parse(line));
        });
        response.on('close', () => {
          isEnded = true;
        });
        response.on('error', () => undefined);
        resolve({
          events,
          seen: () => events.map(({ type, object }) => `${type} ${object.metadata?.name ?? object.kind}`),
          async waitFor(count) {
            await until(() => events.length >= count);
            return events;
          },
          ended: () => isEnded,
          close: () => request.destroy(),
        });
      },
    );
    request.on('error', reject);
    request.end();
  });
}
