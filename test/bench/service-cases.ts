/**
 * Services on the real runtime, timed from outside: from the request until the network answers as it should.
 *
 * Addresses are dialled only inside the allocated range, which the running cluster routes to its own bridge.
 */
import { get } from 'node:http';
import type { Measured } from './api-cases';
import { Connection, type Target } from './connection';
import { allRunning, NAMESPACE, PODS, removeAll, runningPod, seconds, until, WEB } from './running-pods';

const SERVICES = `/api/v1/namespaces/${NAMESPACE}/services`;
const SLICES = `/apis/discovery.k8s.io/v1/namespaces/${NAMESPACE}/endpointslices`;
const RUNS = 6;
const MANY = 1000;
const MANY_RUNS = 3;
const CONNECTIONS = 16;
const CHANGES = 11;
/** A packet to an address without rules leads nowhere and is not sent again for a second: so we try anew all the time. */
const TRY_EVERY_MS = 4;
/** Where many are asked, who asks must not be what takes the time. */
const FOLLOWERS = 4;
const FOLLOW_EVERY_MS = 40;
const LOST_AFTER_MS = 2000;

/** What answers there; '' when nothing does. */
function ask(address: string): Promise<string> {
  return new Promise((resolve) => {
    const call = get(`http://${address}/`, { timeout: LOST_AFTER_MS, agent: false }, (response) => {
      let body = '';
      response.on('data', (chunk: Buffer) => {
        body += chunk;
      });
      response.on('end', () => resolve(body.trim()));
    });
    call.on('timeout', () => call.destroy());
    call.on('error', () => resolve(''));
  });
}

/** Resolves at the first wanted answer of many tries. */
function answered(address: string, wanted: (body: string) => boolean, everyMs = TRY_EVERY_MS): Promise<void> {
  return new Promise((resolve, reject) => {
    const end = (error?: Error) => {
      clearInterval(trying);
      clearTimeout(limit);
      if (error) reject(error);
      else resolve();
    };
    const attempt = () => void ask(address).then((body) => wanted(body) && end());
    const trying = setInterval(attempt, everyMs);
    const limit = setTimeout(() => end(new Error(`${address} does not answer`)), 30_000);
    attempt();
  });
}

const isThere = (body: string) => body !== '';

async function createService(connection: Connection, name: string, selector?: object): Promise<string> {
  const { body } = await connection.request('POST', SERVICES, {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name },
    spec: { ...(selector ? { selector } : {}), ports: [{ port: 80 }] },
  });
  const { spec } = JSON.parse(body.toString()) as { spec?: { clusterIP?: string } };
  if (!spec?.clusterIP) throw new Error(`Service ${name} was not created: ${body.toString()}`);
  return spec.clusterIP;
}

/** Starts two pods that answer, for as long as `work` takes. */
async function withWebPods<T>(target: Target, work: (connection: Connection) => Promise<T>): Promise<T> {
  const connection = await Connection.open(target);
  for (const name of ['web-a', 'web-b']) await connection.request('POST', PODS, runningPod(name, { run: 'web' }, WEB));
  await until(() => allRunning(connection, 'run%3Dweb', 2));
  const result = await work(connection);
  await removeAll(connection, 'run%3Dweb');
  connection.close();
  return result;
}

export function measureServices(target: Target): Promise<Measured[]> {
  return withWebPods(target, async (connection) => {
    const values: number[] = [];
    for (let run = 0; run < RUNS; run += 1) {
      const name = `svc-${run}`;
      values.push(await seconds(async () => answered(await createService(connection, name, { run: 'web' }), isThere)));
      await connection.request('DELETE', `${SERVICES}/${name}`);
    }
    return [{ name: 'create Service to ClusterIP answers', values: values.slice(1) }];
  });
}

/** Creates them all; whoever has answered is not asked again. Resolves when every one of them has. */
async function createMany(connections: readonly Connection[]): Promise<void> {
  const addresses: string[] = [];
  let [created, asked] = [0, 0];
  const create = async (connection: Connection) => {
    while (created < MANY) addresses.push(await createService(connection, `many-${created++}`, { run: 'web' }));
  };
  const follow = async () => {
    while (asked < MANY) {
      const mine = asked++;
      await until(async () => addresses.length > mine, FOLLOW_EVERY_MS);
      await answered(addresses[mine] ?? '', isThere, FOLLOW_EVERY_MS);
    }
  };
  await Promise.all([...connections.map(create), ...Array.from({ length: FOLLOWERS }, follow)]);
}

async function removeServices(connection: Connection): Promise<void> {
  await connection.request('DELETE', SERVICES);
  // The controllers' own slices follow their Services; ours has no owner.
  await connection.request('DELETE', `${SLICES}/changing`);
  await until(async () => {
    const { body } = await connection.request('GET', SLICES);
    return (JSON.parse(body.toString()) as { items: unknown[] }).items.length === 0;
  });
}

/** The slice of a Service without a selector names one pod, then the other: until that one answers. */
async function endpointChanges(connection: Connection): Promise<number[]> {
  const address = await createService(connection, 'changing');
  const ips: string[] = [];
  for (const name of ['web-a', 'web-b']) {
    const { body } = await connection.request('GET', `${PODS}/${name}`);
    ips.push((JSON.parse(body.toString()) as { status: { podIP: string } }).status.podIP);
  }
  const endpoints = (index: number) => [{ addresses: [ips[index] ?? ''], conditions: { ready: true } }];
  await connection.request('POST', SLICES, {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { name: 'changing', labels: { 'kubernetes.io/service-name': 'changing' } },
    addressType: 'IPv4',
    ports: [{ port: 80 }],
    endpoints: endpoints(0),
  });
  await answered(address, (body) => body === 'web-a');
  const values: number[] = [];
  for (let run = 1; run <= CHANGES; run += 1) {
    const wanted = ['web-a', 'web-b'][run % 2];
    const took = await seconds(async () => {
      const body = { endpoints: endpoints(run % 2) };
      await connection.request('PATCH', `${SLICES}/changing`, body, 'application/merge-patch+json');
      await answered(address, (answer) => answer === wanted);
    });
    values.push(took * 1000);
  }
  return values.slice(1);
}

/** A thousand Services with two endpoints each, all created as fast as the API takes them; then one changes among them. */
export function measureManyServices(target: Target): Promise<Measured[]> {
  return withWebPods(target, async (connection) => {
    const connections = await Promise.all(Array.from({ length: CONNECTIONS }, () => Connection.open(target)));
    const all: number[] = [];
    let changes: number[] = [];
    for (let run = 0; run < MANY_RUNS; run += 1) {
      all.push(await seconds(() => createMany(connections)));
      if (run === MANY_RUNS - 1) changes = await endpointChanges(connection);
      await removeServices(connection);
    }
    for (const open of connections) open.close();
    return [
      { name: '1000 Services created to all answer', values: all },
      { name: 'endpoint changed to rules, 1000 Services', values: changes },
    ];
  });
}
