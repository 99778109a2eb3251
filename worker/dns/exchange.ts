/**
 * One question to one upstream server and its answer, by UDP or TCP.
 *
 * A socket of its own each time: a new source port and a new id are what keeps strangers from answering for the server.
 */
import { randomInt } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { connect } from 'node:net';
import type { Upstream } from './upstreams';

const TIMEOUT_MS = 2000;

/** Asks `query` under an id of its own. Rejects when there is no answer in time. */
export function exchange(query: Buffer, server: Upstream, overTcp: boolean): Promise<Buffer> {
  const message = Buffer.from(query);
  message.writeUInt16BE(randomInt(0x10000), 0);
  return overTcp ? exchangeTcp(message, server) : exchangeUdp(message, server);
}

const isAnswerTo = (query: Buffer, answer: Buffer) =>
  answer.length >= 12 && answer.readUInt16BE(0) === query.readUInt16BE(0) && ((answer[2] ?? 0) & 0x80) !== 0;

function failure({ address, port }: Upstream, why: string): Error {
  return new Error(`${address}:${port} ${why}`);
}

function exchangeUdp(query: Buffer, server: Upstream): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const socket = createSocket('udp4');
    const end = (settle: () => void) => {
      clearTimeout(timer);
      socket.removeAllListeners();
      // A late error of a closed socket has nobody left to hear it.
      socket.on('error', () => {});
      socket.close();
      settle();
    };
    const timer = setTimeout(() => end(() => reject(failure(server, 'did not answer in time'))), TIMEOUT_MS);
    socket.on('error', (error) => end(() => reject(failure(server, error.message))));
    socket.on('message', (answer) => {
      if (isAnswerTo(query, answer)) end(() => resolve(answer));
    });
    // Connected: the kernel drops what comes from elsewhere and reports a port that is closed.
    socket.connect(server.port, server.address, () => socket.send(query));
  });
}

function exchangeTcp(query: Buffer, server: Upstream): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const socket = connect(server.port, server.address);
    const chunks: Buffer[] = [];
    const fail = (why: string) => {
      socket.destroy();
      reject(failure(server, why));
    };
    socket.setTimeout(TIMEOUT_MS, () => fail('did not answer in time'));
    socket.on('error', (error) => fail(error.message));
    socket.on('close', () => fail('closed the connection'));
    socket.on('data', (chunk) => {
      chunks.push(chunk);
      const all = Buffer.concat(chunks);
      if (all.length < 2 || all.length < 2 + all.readUInt16BE(0)) return;
      const answer = all.subarray(2, 2 + all.readUInt16BE(0));
      if (isAnswerTo(query, answer)) resolve(answer);
      socket.destroy();
    });
    const length = Buffer.alloc(2);
    length.writeUInt16BE(query.length, 0);
    socket.end(Buffer.concat([length, query]));
  });
}
