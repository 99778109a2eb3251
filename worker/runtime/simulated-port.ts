/**
 * The ports of a simulated pod: every one answers HTTP with a few words about the request, so that port forwarding and the proxy
 * subresources can be tried without containers.
 */
import { createServer, type Server } from 'node:http';
import { Duplex } from 'node:stream';
import type { PodIdentity } from './runtime';

/** Two ends of a connection inside this process. */
function connectedPair(): [Duplex, Duplex] {
  const ends: Duplex[] = [];
  const end = (other: () => Duplex | undefined) =>
    new Duplex({
      read: () => undefined,
      write: (chunk, _encoding, done) => {
        other()?.push(chunk);
        done();
      },
      final: (done) => {
        other()?.push(null);
        done();
      },
      destroy: (error, done) => {
        if (!other()?.destroyed) other()?.destroy();
        done(error);
      },
    });
  const near = end(() => ends[1]);
  const far = end(() => ends[0]);
  ends.push(near, far);
  return [near, far];
}

let server: Server | undefined;

/** A connection to that port; the answer names pod, port, method, path and body. */
export function dialSimulated({ namespace, name }: PodIdentity, port: number): Duplex {
  server ??= createServer((request, response) => {
    const { method, url, headers } = request;
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { pod, port } = placeOf.get(request.socket) ?? {};
      response.setHeader('Content-Type', 'application/json');
      response.end(JSON.stringify({ pod, port, method, path: url, headers, body: Buffer.concat(chunks).toString() }));
    });
  });
  const [near, far] = connectedPair();
  placeOf.set(far, { pod: `${namespace}/${name}`, port });
  server.emit('connection', far);
  return near;
}

const placeOf = new WeakMap<Duplex, { pod: string; port: number }>();
