/**
 * Pods and Services on the real runtime, timed from outside: request sent until the API shows, or the network gives, the result.
 */
import { get } from 'node:http';
import type { Measured } from './api-cases';
import { Connection, type Target } from './connection';

const NAMESPACE = 'bench';
const PODS = `/api/v1/namespaces/${NAMESPACE}/pods`;
const SERVICES = `/api/v1/namespaces/${NAMESPACE}/services`;
const IMAGE = 'minik8s/base:1';
const LIMIT_MS = 60_000;
const LOOK_EVERY_MS = 10;

interface PodView {
  readonly status?: { readonly phase?: string; readonly conditions?: readonly { type: string; status: string }[] };
}

function runningPod(name: string, labels: Record<string, string>, command: readonly string[]): object {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: NAMESPACE, labels },
    spec: {
      terminationGracePeriodSeconds: 1,
      containers: [{ name: 'c', image: IMAGE, imagePullPolicy: 'IfNotPresent', command }],
    },
  };
}

const SLEEP = ['sleep', '3600'];
const WEB = ['sh', '-c', 'mkdir -p /www; echo ok > /www/index.html; exec httpd -f -p 80 -h /www'];

async function until(look: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + LIMIT_MS;
  while (!(await look())) {
    if (performance.now() > deadline) throw new Error(`not so after ${LIMIT_MS} ms`);
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
}

async function seconds(work: () => Promise<void>): Promise<number> {
  const began = performance.now();
  await work();
  return (performance.now() - began) / 1000;
}

async function read<T>(connection: Connection, path: string): Promise<T | undefined> {
  const { status, body } = await connection.request('GET', path);
  return status === 200 ? (JSON.parse(body.toString()) as T) : undefined;
}

const isRunning = (pod: PodView | undefined) => pod?.status?.phase === 'Running';

async function allRunning(connection: Connection, label: string, count: number): Promise<boolean> {
  const list = await read<{ items: PodView[] }>(connection, `${PODS}?labelSelector=${label}`);
  return list?.items.filter(isRunning).length === count;
}

async function removeAll(connection: Connection, label: string): Promise<void> {
  await connection.request('DELETE', `${PODS}?labelSelector=${label}`, { gracePeriodSeconds: 0 });
  await until(
    async () => (await read<{ items: PodView[] }>(connection, `${PODS}?labelSelector=${label}`))?.items.length === 0,
  );
}

export async function measurePods(target: Target): Promise<Measured[]> {
  const connection = await Connection.open(target);
  const single: number[] = [];
  const gone: number[] = [];
  for (let run = 0; run < 6; run += 1) {
    const name = `single-${run}`;
    single.push(
      await seconds(async () => {
        await connection.request('POST', PODS, runningPod(name, { run: 'single' }, SLEEP));
        await until(async () => isRunning(await read<PodView>(connection, `${PODS}/${name}`)));
      }),
    );
    gone.push(
      await seconds(async () => {
        await connection.request('DELETE', `${PODS}/${name}`, { gracePeriodSeconds: 1 });
        await until(async () => (await read(connection, `${PODS}/${name}`)) === undefined);
      }),
    );
  }
  const batch: number[] = [];
  for (let run = 0; run < 5; run += 1) {
    batch.push(
      await seconds(async () => {
        for (let i = 0; i < 30; i += 1)
          await connection.request('POST', PODS, runningPod(`batch-${run}-${i}`, { run: 'batch' }, SLEEP));
        await until(() => allRunning(connection, 'run%3Dbatch', 30));
      }),
    );
    await removeAll(connection, 'run%3Dbatch');
  }
  connection.close();
  return [
    { name: 'pod create to Running, p50', values: single.slice(1) },
    { name: 'delete with 1 s grace to gone', values: gone.slice(1) },
    { name: '30 pods at once to all Running', values: batch },
  ];
}

function answers(address: string): Promise<boolean> {
  return new Promise((resolve) => {
    const call = get(`http://${address}/`, { timeout: 100, agent: false }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    call.on('timeout', () => call.destroy());
    call.on('error', () => resolve(false));
  });
}

/** The address is only dialled inside the allocated range, which the running cluster routes to its own bridge. */
export async function measureServices(target: Target): Promise<Measured[]> {
  const connection = await Connection.open(target);
  for (const name of ['web-a', 'web-b']) await connection.request('POST', PODS, runningPod(name, { run: 'web' }, WEB));
  await until(() => allRunning(connection, 'run%3Dweb', 2));
  const values: number[] = [];
  for (let run = 0; run < 6; run += 1) {
    const name = `svc-${run}`;
    values.push(
      await seconds(async () => {
        const { body } = await connection.request('POST', SERVICES, {
          apiVersion: 'v1',
          kind: 'Service',
          metadata: { name },
          spec: { selector: { run: 'web' }, ports: [{ port: 80 }] },
        });
        const { spec } = JSON.parse(body.toString()) as { spec: { clusterIP: string } };
        await until(() => answers(spec.clusterIP));
      }),
    );
    await connection.request('DELETE', `${SERVICES}/${name}`);
  }
  await removeAll(connection, 'run%3Dweb');
  connection.close();
  return [{ name: 'create Service to ClusterIP answers', values: values.slice(1) }];
}
