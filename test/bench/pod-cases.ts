/**
 * Pods on the real runtime, timed from outside: request sent until the API shows the result.
 */
import type { Measured } from './api-cases';
import { Connection, type Target } from './connection';
import {
  allRunning,
  isRunning,
  PODS,
  type PodView,
  read,
  removeAll,
  runningPod,
  SLEEP,
  seconds,
  until,
} from './running-pods';

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
