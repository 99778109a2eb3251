/**
 * What the command line and the supervisor say to each other: JSON over HTTP on the unix socket `run/supervisor.sock`.
 *
 *   GET  /processes                                   -> ProcessReport[]
 *   POST /processes/NAME/{start,stop,restart,wake}    -> ProcessReport
 *   POST /shutdown                                    -> 200 when every process has ended
 */
import { request } from 'node:http';
import { join } from 'node:path';
import type { ProcessReport } from './managed-process';

export type { ProcessReport };

export function supervisorSocket(home: string): string {
  return join(home, 'run', 'supervisor.sock');
}

/** One call; rejects with the supervisor's own message, or with ENOENT/ECONNREFUSED when none runs. */
export function callSupervisor<T>(home: string, method: 'GET' | 'POST', path: string): Promise<T> {
  return callSocket(supervisorSocket(home), method, path).then(({ status, body }) => {
    if (status !== 200) throw new Error(body);
    return JSON.parse(body) as T;
  });
}

/** HTTP over a unix socket: how the supervisor and every component's health endpoint are reached. */
export function callSocket(
  socketPath: string,
  method: string,
  path: string,
): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const call = request({ socketPath, method, path }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString() }));
    });
    call.on('error', reject);
    call.end();
  });
}

/** true when the error says that nothing listens on the socket */
export function isNotRunning(error: unknown): boolean {
  const code = (error as NodeJS.ErrnoException).code;
  return code === 'ENOENT' || code === 'ECONNREFUSED';
}
