/**
 * What other forms of a write cost beside a JSON create of the same pod: kubectl's protobuf, a strategic merge patch, server-side apply.
 *
 * The forms take turns on one connection, so that whatever else the machine does touches all alike; what is told is the ratio of medians.
 */
import type { JsonObject } from '../../helper/patch/json-object';
import { encodeKubeProtobuf } from '../../master/apiserver/protobuf/encode.fixture';
import { type Measured, PODS, storedPod } from './api-cases';
import { type Answer, Connection, type Target } from './connection';
import { percentile } from './statistics';

const ROUNDS = 300;
const RUNS = 5;
const APPLY = '?fieldManager=bench&force=true';

type Write = (connection: Connection, name: string, index: number) => Promise<Answer>;

const inJson: Write = (connection, name) => connection.request('POST', PODS, storedPod(`json-${name}`));

const FORMS: Readonly<Record<string, Write>> = {
  'protobuf create': (connection, name) => {
    const body = encodeKubeProtobuf(storedPod(`typed-${name}`) as JsonObject, 'core/v1.Pod');
    return connection.request('POST', PODS, body, 'application/vnd.kubernetes.protobuf');
  },
  'strategic patch': (connection, _name, index) => {
    const patch = {
      metadata: { labels: { strategic: `${index}` } },
      spec: { containers: [{ name: 'c', image: `i${index}` }] },
    };
    return connection.request('PATCH', `${PODS}/p-2`, patch, 'application/strategic-merge-patch+json');
  },
  'apply of a new object': (connection, name) =>
    connection.request(
      'PATCH',
      `${PODS}/apply-${name}${APPLY}`,
      storedPod(`apply-${name}`),
      'application/apply-patch+yaml',
    ),
  'apply of a change': (connection, _name, index) => {
    const { metadata, ...pod } = storedPod('p-3') as { metadata: { labels: object } };
    const changed = { ...pod, metadata: { ...metadata, labels: { ...metadata.labels, applied: `${index}` } } };
    return connection.request('PATCH', `${PODS}/p-3${APPLY}`, changed, 'application/apply-patch+yaml');
  },
};

async function timed(write: Promise<Answer>): Promise<number> {
  const began = performance.now();
  const { status, body } = await write;
  if (status >= 300) throw new Error(`a write was answered ${status}: ${body.toString()}`);
  return performance.now() - began;
}

/** Median milliseconds of each form as a multiple of those of the JSON create. */
async function measureRun(connection: Connection, run: number): Promise<number[]> {
  const all = [inJson, ...Object.values(FORMS)];
  const times: number[][] = all.map(() => []);
  for (let index = 0; index < ROUNDS; index += 1) {
    for (const [form, write] of all.entries()) {
      times[form]?.push(await timed(write(connection, `${run}-${index}`, run * ROUNDS + index)));
    }
  }
  const [json = Number.NaN, ...others] = times.map((some) => percentile(some, 0.5));
  return others.map((other) => other / json);
}

export async function measureTypedWrites(target: Target): Promise<Measured[]> {
  const connection = await Connection.open(target);
  const runs: number[][] = [];
  await measureRun(connection, 0);
  for (let run = 1; run <= RUNS; run += 1) runs.push(await measureRun(connection, run));
  connection.close();
  return Object.keys(FORMS).map((form, index) => ({
    name: `${form} / JSON create`,
    values: runs.map((ratios) => ratios[index] ?? Number.NaN),
  }));
}
