/**
 * Load on the API alone: reads, writes and watches of stored pods that no kubelet runs.
 */
import { Connection, type Target } from './connection';
import { percentile } from './statistics';

export interface Measured {
  readonly name: string;
  readonly values: readonly number[];
}

const NAMESPACE = 'bench';
export const PODS = `/api/v1/namespaces/${NAMESPACE}/pods`;
const CONFIG_MAPS = `/api/v1/namespaces/${NAMESPACE}/configmaps`;
const STORED = 1000;
const RUNS = 5;
const WATCH_WRITES = 100;

/** About 1.5 kB stored; a scheduler nobody runs, so it stays Pending and costs nothing. */
export function storedPod(name: string): object {
  const env = Array.from({ length: 8 }, (_, i) => ({ name: `SETTING_${i}`, value: `value-${i}-${'x'.repeat(20)}` }));
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      namespace: NAMESPACE,
      labels: { app: 'bench', run: 'stored' },
      annotations: { note: 'x'.repeat(120) },
    },
    spec: {
      schedulerName: 'nobody',
      automountServiceAccountToken: false,
      containers: [
        {
          name: 'c',
          image: 'busybox:latest',
          command: ['sleep', '3600'],
          env,
          resources: { requests: { cpu: '10m', memory: '16Mi' } },
        },
      ],
    },
  };
}

/** Runs `count` calls over `connections` connections; returns calls per second. Throws at the first unexpected status. */
async function rate(
  target: Target,
  connections: number,
  count: number,
  call: (connection: Connection, index: number) => Promise<{ status: number }>,
): Promise<number> {
  const open = await Promise.all(Array.from({ length: connections }, () => Connection.open(target)));
  let next = 0;
  const began = performance.now();
  await Promise.all(
    open.map(async (connection) => {
      while (next < count) {
        const index = next++;
        const { status } = await call(connection, index);
        if (status >= 300) throw new Error(`call ${index} was answered ${status}`);
      }
    }),
  );
  const seconds = (performance.now() - began) / 1000;
  for (const connection of open) connection.close();
  return count / seconds;
}

async function repeat(name: string, measure: (run: number) => Promise<number>): Promise<Measured> {
  await measure(-1);
  const values: number[] = [];
  for (let run = 0; run < RUNS; run += 1) values.push(await measure(run));
  return { name, values };
}

export async function makeNamespace(target: Target): Promise<void> {
  const connection = await Connection.open(target);
  await connection.request('POST', '/api/v1/namespaces', {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: NAMESPACE },
  });
  // The pods need the namespace's default ServiceAccount, which its controller makes.
  for (let i = 0; i < 200; i += 1) {
    const { status } = await connection.request('GET', `/api/v1/namespaces/${NAMESPACE}/serviceaccounts/default`);
    if (status === 200) break;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  connection.close();
}

export async function storePods(target: Target): Promise<void> {
  const connection = await Connection.open(target);
  for (let i = 0; i < STORED; i += 1) await connection.request('POST', PODS, storedPod(`p-${i}`));
  connection.close();
}

export async function tidy(target: Target): Promise<void> {
  const connection = await Connection.open(target);
  await connection.request('DELETE', `/api/v1/namespaces/${NAMESPACE}`);
  connection.close();
}

export async function measureReads(target: Target): Promise<Measured[]> {
  const get = (connection: Connection) => connection.request('GET', `${PODS}/p-0`);
  return [
    await repeat('get c=1', () => rate(target, 1, 2000, get)),
    await repeat('get c=16', () => rate(target, 16, 8000, get)),
    await repeat('list 1000 pods c=1', () => rate(target, 1, 100, (connection) => connection.request('GET', PODS))),
  ];
}

export async function measureWrites(target: Target): Promise<Measured[]> {
  const results: Measured[] = [];
  for (const connections of [1, 16]) {
    const prefix = (run: number) => `c${connections}-${run < 0 ? 'warm' : run}-`;
    const count = 500;
    results.push(
      await repeat(`create c=${connections}`, async (run) => {
        const perSecond = await rate(target, connections, count, (connection, index) =>
          connection.request('POST', PODS, storedPod(prefix(run) + index)),
        );
        await rate(target, 16, count, (connection, index) =>
          connection.request('DELETE', `${PODS}/${prefix(run)}${index}`, { gracePeriodSeconds: 0 }),
        );
        return perSecond;
      }),
    );
  }
  for (const connections of [1, 16]) {
    results.push(
      await repeat(`patch c=${connections}`, (run) =>
        rate(target, connections, 500, (connection, index) =>
          connection.request(
            'PATCH',
            `${PODS}/p-1`,
            { metadata: { labels: { seq: `${connections}-${run}-${index}` } } },
            'application/merge-patch+json',
          ),
        ),
      ),
    );
  }
  return results;
}

/** Milliseconds from a write's request to the event at each of `watchers`; one list of slowest arrivals a run. */
async function eventTimes(target: Target, watchers: number): Promise<number[]> {
  const { connect } = await import('node:tls');
  const writer = await Connection.open(target);
  await writer.request('POST', CONFIG_MAPS, {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'watched' },
    data: { seq: '0' },
  });
  const { body } = await writer.request('GET', CONFIG_MAPS);
  const revision = (JSON.parse(body.toString()) as { metadata: { resourceVersion: string } }).metadata.resourceVersion;
  let wanted = '';
  let missing = 0;
  let done = () => {};
  const sockets = await Promise.all(
    Array.from({ length: watchers }, async () => {
      const socket = connect({ ...target, servername: 'localhost' });
      await new Promise((resolve) => socket.once('secureConnect', resolve));
      socket.on('data', (chunk: Buffer) => {
        if (wanted && chunk.includes(wanted) && --missing === 0) done();
      });
      socket.write(`GET ${CONFIG_MAPS}?watch=1&resourceVersion=${revision} HTTP/1.1\r\nHost: localhost\r\n\r\n`);
      return socket;
    }),
  );
  const times: number[] = [];
  for (let i = 0; i < WATCH_WRITES; i += 1) {
    wanted = `"seq":"w${i}-${watchers}"`;
    missing = watchers;
    const arrived = new Promise<void>((resolve) => {
      done = resolve;
    });
    const began = performance.now();
    await writer.request('PATCH', `${CONFIG_MAPS}/watched`, `{"data":{${wanted}}}`, 'application/merge-patch+json');
    await arrived;
    times.push(performance.now() - began);
    await new Promise((resolve) => setTimeout(resolve, 3));
  }
  for (const socket of sockets) socket.destroy();
  writer.close();
  return times.slice(5);
}

export async function measureWatches(target: Target): Promise<Measured[]> {
  const one: number[][] = [];
  const many: number[][] = [];
  for (let run = 0; run < RUNS; run += 1) {
    one.push(await eventTimes(target, 1));
    many.push(await eventTimes(target, 100));
  }
  return [
    { name: 'write to event, 1 watcher, p50', values: one.map((times) => percentile(times, 0.5)) },
    { name: 'write to event, 1 watcher, p99', values: one.map((times) => percentile(times, 0.99)) },
    { name: 'write to event, slowest of 100 watchers, p50', values: many.map((times) => percentile(times, 0.5)) },
  ];
}
