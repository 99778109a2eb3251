/**
 * A container's log as one stream of bytes, as `kubectl logs` shows it.
 *
 * Docker keeps the log (json-file, rotated) and sends stdout and stderr framed and in order; the frames are taken off here.
 * https://kubernetes.io/docs/concepts/cluster-administration/logging/
 */
import { pipeline, type Readable } from 'node:stream';
import type Docker from 'dockerode';
import { callDocker } from './docker-call';
import type { LogRequest } from './runtime';
import { joinedFrames } from './stream-frames';

/** The part of docker-modem that dockerode's own `logs()` hides: a stream also without follow. */
interface Dialer {
  dial(
    options: {
      path: string;
      method: 'GET';
      isStream: true;
      statusCodes: Record<number, true | string>;
      options: Record<string, string | number | boolean>;
    },
    done: (error: Error | null, stream?: Readable) => void,
  ): void;
}

/** Query parameters of Docker's logs call. Pure. */
export function logQuery(request: LogRequest): Record<string, string | number | boolean> {
  return {
    stdout: true,
    stderr: true,
    follow: request.follow,
    timestamps: request.timestamps,
    tail: request.tailLines ?? 'all',
    ...(request.since ? { since: (request.since.getTime() / 1000).toFixed(3) } : {}),
  };
}

export async function openLogs(
  docker: Docker,
  containerId: string,
  request: LogRequest,
  hasTerminal: boolean,
): Promise<Readable> {
  const dialer = docker.modem as Dialer;
  const source = await callDocker(
    'logs',
    'NotFound',
    () =>
      new Promise<Readable>((resolve, reject) =>
        dialer.dial(
          {
            path: `/containers/${containerId}/logs?`,
            method: 'GET',
            isStream: true,
            statusCodes: { 200: true, 404: 'no such container', 500: 'server error' },
            options: logQuery(request),
          },
          (error, stream) => (stream ? resolve(stream) : reject(error ?? new Error('no stream'))),
        ),
      ),
  );
  if (hasTerminal) return source;
  // Ends either side with the other: a reader that goes away closes the connection to Docker.
  return pipeline(source, joinedFrames(), () => {}) as unknown as Readable;
}
