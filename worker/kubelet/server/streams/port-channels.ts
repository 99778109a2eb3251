/**
 * Port forwarding over a plain WebSocket, as client libraries speak it: the ports stand in the query, and each has two channels.
 *
 * Channel 2i carries the bytes of the i-th port, 2i+1 what went wrong with it; the first message of each is the port, two bytes, low
 * one first. One connection to the pod a port: a client that wants another opens another WebSocket.
 * https://kubernetes.io/docs/tasks/access-application-cluster/port-forward-access-application-cluster/
 */
import { Duplex } from 'node:stream';
import type { RawData, WebSocket } from 'ws';
import { HttpError } from '../http-error';
import { type DialPort, joinBoth } from './port-forward';
import { decodeMessage, encodeMessage } from './websocket-channels';

export const PORT_CHANNEL_PROTOCOLS: readonly string[] = ['v4.channel.k8s.io', 'v4.base64.channel.k8s.io'];

const NORMAL_CLOSURE = 1000;

/** The ports of the query; throws HttpError 400. */
export function askedPorts(query: URLSearchParams): number[] {
  const ports = query.getAll('ports').flatMap((text) => text.split(','));
  if (ports.length === 0) throw new HttpError(400, 'query parameter "ports" is required');
  return ports.map((text) => {
    const port = Number(text);
    if (!Number.isInteger(port) || port < 1 || port > 65_535)
      throw new HttpError(400, `unable to parse port "${text}"`);
    return port;
  });
}

/** Serves an accepted, paused WebSocket until the client goes or every port's connection has ended. */
export async function servePortChannels(
  socket: WebSocket,
  protocol: string,
  ports: readonly number[],
  podName: string,
  dial: DialPort,
): Promise<void> {
  const isBase64 = protocol.includes('base64');
  const send = (channel: number, payload: Buffer, done: () => void = () => undefined) => {
    if (socket.readyState === socket.OPEN) socket.send(encodeMessage(isBase64, channel, payload), done);
    else done();
  };
  const streams = ports.map((_port, index) => channelStream(socket, (bytes, done) => send(2 * index, bytes, done)));
  socket.on('message', (data: RawData) => {
    const message = decodeMessage(isBase64, data as Buffer);
    const stream = message && message.channel % 2 === 0 ? streams[message.channel / 2] : undefined;
    // The pod reads slower than the client writes: let the network hold the rest.
    if (stream && message && message.payload.length > 0 && !stream.push(message.payload)) socket.pause();
  });
  socket.once('close', () => {
    for (const stream of streams) stream.destroy();
  });
  ports.forEach((port, index) => {
    const number = Buffer.alloc(2);
    number.writeUInt16LE(port);
    send(2 * index, number);
    send(2 * index + 1, number);
  });
  socket.resume();
  await Promise.all(
    ports.map(async (port, index) => {
      try {
        await joinBoth(streams[index] as Duplex, await dial(port));
      } catch (failure) {
        const reason = failure instanceof Error ? failure.message : String(failure);
        send(2 * index + 1, Buffer.from(`error forwarding port ${port} to pod ${podName}: ${reason}`));
      }
    }),
  );
  socket.resume();
  socket.close(NORMAL_CLOSURE);
}

/** One port's channel as a stream. The protocol has no half-closed connections: when the pod ends its side, all ends. */
function channelStream(socket: WebSocket, send: (bytes: Buffer, done: () => void) => void): Duplex {
  return new Duplex({
    allowHalfOpen: false,
    read: () => socket.resume(),
    write: (chunk: Buffer, _encoding, done) => send(chunk, () => done()),
    final(done) {
      this.push(null);
      done();
    },
  });
}
