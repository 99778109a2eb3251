/**
 * The sockets of the DNS server: UDP and TCP on one address.
 */
import { createSocket, type RemoteInfo, type Socket as UdpSocket } from 'node:dgram';
import { createServer, type Server, type Socket } from 'node:net';
import type { Logger } from '../../helper/process/component';
import type { Responder } from './responder';

/** Room for a burst of questions while we are busy with a change of the zone. */
const RECEIVE_BUFFER_BYTES = 1024 * 1024;
const MAX_TCP_CONNECTIONS = 500;
const TCP_IDLE_MS = 10_000;

/** What the server counts; plain calls, because they are made for every question. */
export interface AnswerCounts {
  question(overTcp: boolean): void;
  /** `answer`: the bytes sent, whose low four bits at byte 3 say the outcome */
  answer(answer: Buffer): void;
}

export interface DnsServer {
  stop(): Promise<void>;
}

interface ListenOptions {
  readonly address: string;
  readonly port: number;
  readonly responder: Responder;
  readonly counts: AnswerCounts;
  readonly log: Logger;
}

/** Listens; rejects when the address or port cannot be had. */
export async function startDnsServer(options: ListenOptions): Promise<DnsServer> {
  const udp = await listenUdp(options);
  const tcp = await listenTcp(options).catch((error: unknown) => {
    udp.close();
    throw error;
  });
  const connections = new Set<Socket>();
  tcp.on('connection', (socket) => {
    connections.add(socket);
    socket.on('close', () => connections.delete(socket));
  });
  return {
    async stop() {
      for (const socket of connections) socket.destroy();
      await Promise.all([
        new Promise<void>((resolve) => udp.close(() => resolve())),
        new Promise<void>((resolve) => tcp.close(() => resolve())),
      ]);
    },
  };
}

function listenUdp({ address, port, responder, counts, log }: ListenOptions): Promise<UdpSocket> {
  const socket = createSocket({
    type: 'udp4',
    recvBufferSize: RECEIVE_BUFFER_BYTES,
    // Addresses come as numbers: asking the system's resolver for each answer would cost a turn of the event loop.
    lookup: (host, _options, callback) => callback(null, host, 4),
  });
  const send = (answer: Buffer, { port: toPort, address: toAddress }: RemoteInfo) => {
    counts.answer(answer);
    socket.send(answer, toPort, toAddress);
  };
  socket.on('message', (message, from) => {
    counts.question(false);
    const known = responder.recall(message);
    if (known) {
      send(known, from);
      return;
    }
    responder.respond(message, false).then(
      (answer) => answer && send(answer, from),
      (error: Error) => log.warn({ error: error.message }, 'a question could not be answered'),
    );
  });
  return new Promise((resolve, reject) => {
    socket.once('error', reject);
    socket.bind(port, address, () => {
      socket.removeAllListeners('error');
      // An answer that cannot be delivered is the client's loss only: it asks again.
      socket.on('error', (error) => log.debug({ error: error.message }, 'udp'));
      resolve(socket);
    });
  });
}

function listenTcp({ address, port, responder, counts, log }: ListenOptions): Promise<Server> {
  const server = createServer((socket) => {
    socket.setTimeout(TCP_IDLE_MS, () => socket.destroy());
    socket.on('error', () => socket.destroy());
    const answer = async (message: Buffer) => {
      counts.question(true);
      const bytes = await responder.respond(message, true);
      if (!bytes || socket.destroyed) return;
      counts.answer(bytes);
      const length = Buffer.alloc(2);
      length.writeUInt16BE(bytes.length, 0);
      socket.write(Buffer.concat([length, bytes]));
    };
    readMessages(socket, (message) => {
      answer(message).catch((error: Error) => log.warn({ error: error.message }, 'a question could not be answered'));
    });
  });
  server.maxConnections = MAX_TCP_CONNECTIONS;
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, address, () => {
      server.removeAllListeners('error');
      resolve(server);
    });
  });
}

/** A message by TCP has its length in front, two bytes. */
function readMessages(socket: Socket, onMessage: (message: Buffer) => void): void {
  let pending: Buffer = Buffer.alloc(0);
  socket.on('data', (chunk: Buffer) => {
    pending = pending.length > 0 ? Buffer.concat([pending, chunk]) : chunk;
    while (pending.length >= 2 && pending.length >= 2 + pending.readUInt16BE(0)) {
      const end = 2 + pending.readUInt16BE(0);
      onMessage(pending.subarray(2, end));
      pending = pending.subarray(end);
    }
  });
}
