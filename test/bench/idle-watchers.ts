/**
 * A thousand clients that wait for one object each, and a hundred writes a second: what the waiting costs, and whether all is heard.
 *
 * Every write must arrive at the one watcher of its object and at a watcher of all, each once and in order. Processor time and memory are
 * the api-server's own figures, from its `/metrics`.
 */
import { connect, type TLSSocket } from 'node:tls';
import type { Measured } from './api-cases';
import { Connection, type Target } from './connection';

const CONFIG_MAPS = '/api/v1/namespaces/bench/configmaps';
const WATCHERS = 1000;
const WRITES_PER_SECOND = 100;
const SECONDS = 10;
const TICK_MS = 1000 / WRITES_PER_SECOND;
const SETTLE_MS = 2000;
/** Handshakes under way at a time. */
const OPENING = 20;
const RUNS = 3;

const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

interface ServerUse {
  readonly cpuSeconds: number;
  readonly residentBytes: number;
}

async function useOf(connection: Connection): Promise<ServerUse> {
  const text = (await connection.request('GET', '/metrics')).body.toString();
  const of = (name: string) => Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1]);
  return { cpuSeconds: of('process_cpu_seconds_total'), residentBytes: of('process_resident_memory_bytes') };
}

/** Counts the writes it hears of: they carry ascending numbers. */
class Watcher {
  heard = 0;
  isInOrder = true;
  private last = 0;
  private rest = '';
  private constructor(private readonly socket: TLSSocket) {
    socket.on('data', (chunk: Buffer) => this.take(chunk.toString('latin1')));
    socket.on('error', () => undefined);
  }

  static async open(target: Target, query: string): Promise<Watcher> {
    const socket = connect({ ...target, servername: 'localhost' });
    await new Promise((resolve, reject) => {
      socket.once('secureConnect', resolve);
      socket.once('error', reject);
    });
    const watcher = new Watcher(socket);
    socket.write(`GET ${CONFIG_MAPS}?watch=1&${query} HTTP/1.1\r\nHost: localhost\r\n\r\n`);
    return watcher;
  }

  private take(text: string): void {
    const lines = (this.rest + text).split('\n');
    this.rest = lines.pop() ?? '';
    for (const line of lines) {
      const count = Number(/"count":"(\d+)"/.exec(line)?.[1] ?? 0);
      if (count === 0) continue;
      this.heard++;
      this.isInOrder &&= count > this.last;
      this.last = count;
    }
  }

  close(): void {
    this.socket.destroy();
  }
}

const nameOf = (index: number) => `idle-${index}`;

async function openAll(target: Target, revision: string): Promise<Watcher[]> {
  const watchers = [await Watcher.open(target, `resourceVersion=${revision}`)];
  for (let first = 0; first < WATCHERS; first += OPENING) {
    const some = Array.from({ length: OPENING }, (_, index) => {
      const selector = encodeURIComponent(`metadata.name=${nameOf(first + index)}`);
      return Watcher.open(target, `resourceVersion=${revision}&fieldSelector=${selector}`);
    });
    watchers.push(...(await Promise.all(some)));
  }
  return watchers;
}

/** Changes the objects in turn, so many times a second. */
async function writeSteadily(connection: Connection, run: number, started: number): Promise<number> {
  const writes = WRITES_PER_SECOND * SECONDS;
  for (let index = 0; index < writes; index += 1) {
    const wait = started + index * TICK_MS - performance.now();
    if (wait > 1) await pause(wait);
    const path = `${CONFIG_MAPS}/${nameOf(index % WATCHERS)}`;
    await connection.request(
      'PATCH',
      path,
      `{"data":{"count":"${run * writes + index + 1}"}}`,
      'application/merge-patch+json',
    );
  }
  return writes;
}

export async function measureIdleWatchers(target: Target): Promise<Measured[]> {
  const connection = await Connection.open(target);
  for (let index = 0; index < WATCHERS; index += 1) {
    const metadata = { name: nameOf(index) };
    await connection.request('POST', CONFIG_MAPS, { apiVersion: 'v1', kind: 'ConfigMap', metadata });
  }
  // What the writes themselves cost is no cost of the waiting: they are made once with nobody there.
  await writeSteadily(connection, 0, performance.now());
  const [missed, cpu, memory]: [number[], number[], number[]] = [[], [], []];
  // Compared with before the first run: memory of closed connections is not all given back, and would make later runs look thrifty.
  const empty = await useOf(connection);
  for (let run = 1; run <= RUNS; run += 1) {
    const { body } = await connection.request('GET', `${CONFIG_MAPS}?limit=1`);
    const list = JSON.parse(body.toString()) as { metadata: { resourceVersion: string } };
    const watchers = await openAll(target, list.metadata.resourceVersion);
    await pause(SETTLE_MS);
    const before = await useOf(connection);
    const started = performance.now();
    const writes = await writeSteadily(connection, run, started);
    const seconds = (performance.now() - started) / 1000;
    const after = await useOf(connection);
    await pause(SETTLE_MS);
    const heard = watchers.reduce((sum, watcher) => sum + watcher.heard, 0);
    missed.push(2 * writes - heard + watchers.filter(({ isInOrder }) => !isInOrder).length);
    cpu.push((100 * (after.cpuSeconds - before.cpuSeconds)) / seconds);
    memory.push(Math.max(before.residentBytes, after.residentBytes) / 2 ** 20 - empty.residentBytes / 2 ** 20);
    for (const watcher of watchers) watcher.close();
    await pause(SETTLE_MS);
  }
  connection.close();
  return [
    { name: '1000 idle watchers, 100 writes/s: events missed', values: missed },
    { name: '1000 idle watchers, 100 writes/s: server CPU', values: cpu },
    { name: '1000 idle watchers: memory', values: memory },
  ];
}
