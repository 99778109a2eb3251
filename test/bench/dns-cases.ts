/**
 * The cluster's names: how many answers sixteen clients get, how long the slowest wait, and how soon a new Service has a name.
 *
 * Clients are sockets of this process, each with one question under way, and ask where pods do: at the address of kube-dns.
 */
import { createSocket, type Socket } from 'node:dgram';
import { encode } from 'dns-packet';
import type { Measured } from './api-cases';
import { Connection, type Target } from './connection';
import { NAMESPACE } from './running-pods';
import { percentile } from './statistics';

const SERVICES = `/api/v1/namespaces/${NAMESPACE}/services`;
const CLIENTS = 16;
const NAMED = 100;
const RUNS = 5;
const RUN_MS = 2000;
const VISIBLE_RUNS = 11;
const LOOK_EVERY_MS = 1;
const DNS_PORT = 53;
/** The low four bits of byte 3 say the outcome, bytes 6 and 7 count the answers. */
const hasAnswer = (message: Buffer) => ((message[3] ?? 0) & 0x0f) === 0 && message.readUInt16BE(6) > 0;

const fullName = (name: string) => `${name}.${NAMESPACE}.svc.cluster.local`;
const question = (name: string, id: number): Buffer =>
  encode({ type: 'query', id, flags: 0x0100, questions: [{ type: 'A', name: fullName(name) }] });

async function serverAddress(connection: Connection): Promise<string> {
  const { body } = await connection.request('GET', '/api/v1/namespaces/kube-system/services/kube-dns');
  const { spec } = JSON.parse(body.toString()) as { spec?: { clusterIP: string } };
  if (!spec) throw new Error('this cluster has no Service kube-dns');
  return spec.clusterIP;
}

/** A connected socket needs no look-up of the address for each question. */
function openClient(address: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = createSocket({ type: 'udp4', recvBufferSize: 256 * 1024 });
    socket.once('error', reject);
    socket.connect(DNS_PORT, address, () => resolve(socket));
  });
}

/** Asks one question after the other until `deadline`; milliseconds of each answer. */
function keepAsking(socket: Socket, questions: readonly Buffer[], deadline: number, times: number[]): Promise<void> {
  return new Promise((resolve, reject) => {
    let next = 0;
    let sentAt = 0;
    let limit: NodeJS.Timeout | undefined;
    const send = () => {
      sentAt = performance.now();
      socket.send(questions[next++ % questions.length] as Buffer);
    };
    socket.on('message', (message) => {
      const now = performance.now();
      if (!hasAnswer(message)) return reject(new Error('a name that exists was not answered'));
      times.push(now - sentAt);
      if (now < deadline) return send();
      socket.removeAllListeners('message');
      clearTimeout(limit);
      resolve();
    });
    limit = setTimeout(() => reject(new Error('an answer was lost')), deadline - performance.now() + 1000);
    send();
  });
}

async function answerRate(address: string): Promise<{ perSecond: number; slowMs: number }> {
  const clients = await Promise.all(Array.from({ length: CLIENTS }, () => openClient(address)));
  const times: number[] = [];
  const began = performance.now();
  await Promise.all(
    clients.map((socket, client) => {
      const questions = Array.from({ length: NAMED }, (_, i) => question(`named-${(i + client * 7) % NAMED}`, i));
      return keepAsking(socket, questions, began + RUN_MS, times);
    }),
  );
  const seconds = (performance.now() - began) / 1000;
  for (const socket of clients) socket.close();
  return { perSecond: times.length / seconds, slowMs: percentile(times, 0.99) };
}

const service = (name: string) => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name },
  spec: { ports: [{ port: 80 }] },
});

/** Milliseconds from the request that creates a Service to the first answer with its address. */
async function untilVisible(connection: Connection, socket: Socket, name: string, id: number): Promise<number> {
  const asked = question(name, id);
  const began = performance.now();
  const seen = new Promise<number>((resolve) => {
    // Answers to the name before this one may still be coming in.
    const isIts = (message: Buffer) => message.readUInt16BE(0) === id && hasAnswer(message);
    socket.on('message', (message) => isIts(message) && resolve(performance.now() - began));
  });
  const looking = setInterval(() => socket.send(asked), LOOK_EVERY_MS);
  const { status } = await connection.request('POST', SERVICES, service(name));
  if (status >= 300) throw new Error(`Service ${name} was not created: ${status}`);
  const milliseconds = await seen;
  clearInterval(looking);
  socket.removeAllListeners('message');
  return milliseconds;
}

export async function measureNames(target: Target): Promise<Measured[]> {
  const connection = await Connection.open(target);
  const address = await serverAddress(connection);
  for (let i = 0; i < NAMED; i += 1) await connection.request('POST', SERVICES, service(`named-${i}`));
  const socket = await openClient(address);
  const visible: number[] = [];
  for (let run = 0; run < VISIBLE_RUNS; run += 1)
    visible.push(await untilVisible(connection, socket, `new-${run}`, run));
  socket.close();
  await answerRate(address);
  const runs: { perSecond: number; slowMs: number }[] = [];
  for (let run = 0; run < RUNS; run += 1) runs.push(await answerRate(address));
  await connection.request('DELETE', SERVICES);
  connection.close();
  return [
    { name: 'DNS answers, 16 clients', values: runs.map(({ perSecond }) => perSecond) },
    { name: 'DNS answers, 16 clients, p99', values: runs.map(({ slowMs }) => slowMs) },
    { name: 'create Service to its name answers', values: visible.slice(1) },
  ];
}
