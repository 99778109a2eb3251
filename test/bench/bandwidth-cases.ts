/**
 * How well the kernel keeps a pod's traffic within the limits its annotations name: ten seconds of one stream each way.
 *
 * The limit counts what goes over the pod's cable, so that is read from the cable's own counters; what a program sees is less by the
 * packets' headers. The first second is left out: it holds the burst that a bucket of tokens allows, and the slow start of TCP.
 * https://kubernetes.io/docs/concepts/extend-kubernetes/compute-storage-net/network-plugins/#support-traffic-shaping
 */
import { spawn } from 'node:child_process';
import type { Measured } from './api-cases';
import { Connection, type Target } from './connection';
import { inPod, type Place, run, withoutStreams } from './places';
import { allRunning, listPods, PODS, removeAll, runningPod, SLEEP, until } from './running-pods';

const LABEL = 'run%3Dlimited';
const PORT = '5998';
const SECONDS = 10;
const WARM_MS = 1_000;
const MEGA = 1e6;
/** Mbit/s; not the same, so that one cannot be taken for the other. */
const LIMITS = { ingress: 40, egress: 25 } as const;
type Direction = keyof typeof LIMITS;

/** Bytes the pod's interface has received and sent. */
async function counters(pod: Place): Promise<Record<Direction, number>> {
  const line = (await run(pod, ['cat', '/proc/self/net/dev'])).split('\n').find((each) => each.includes('eth0:')) ?? '';
  const [received = 0, , , , , , , , sent = 0] = line.replace(/.*:/, '').trim().split(/\s+/).map(Number);
  return { ingress: received, egress: sent };
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** By how many per cent the rate that was measured misses the limit, either way. */
async function deviation(pod: Place, address: string, direction: Direction): Promise<number> {
  const duration = String(SECONDS + (2 * WARM_MS) / 1000);
  const reverse = direction === 'egress' ? ['-R'] : [];
  const stream = run([], ['iperf3', '-c', address, '-p', PORT, '-t', duration, ...reverse]);
  stream.catch(() => undefined);
  await pause(WARM_MS);
  const [before, began] = [await counters(pod), performance.now()];
  await pause(SECONDS * 1000);
  const [after, ended] = [await counters(pod), performance.now()];
  await stream;
  const rate = ((after[direction] - before[direction]) * 8) / ((ended - began) / 1000);
  return Math.abs(rate / (LIMITS[direction] * MEGA) - 1) * 100;
}

export async function measureBandwidth(target: Target): Promise<Measured[]> {
  const lack = await withoutStreams();
  if (lack !== undefined) {
    process.stdout.write(`bandwidth: not measured, it needs ${lack}\n`);
    return [];
  }
  const connection = await Connection.open(target);
  const annotations = {
    'kubernetes.io/ingress-bandwidth': `${LIMITS.ingress}M`,
    'kubernetes.io/egress-bandwidth': `${LIMITS.egress}M`,
  };
  const pod = runningPod('limited', { run: 'limited' }, SLEEP, { nodeName: 'node1' }, annotations);
  await connection.request('POST', PODS, pod);
  await until(() => allRunning(connection, LABEL, 1));
  try {
    const [limited] = await listPods(connection, LABEL);
    if (!limited) throw new Error('the pod is gone');
    const [place, address] = [await inPod([], limited), limited.status?.podIP ?? ''];
    const [program = '', ...args] = [...place, 'iperf3', '-s', '-p', PORT];
    const server = spawn(program, args, { stdio: 'ignore' });
    try {
      const answers = () =>
        run([], ['iperf3', '-c', address, '-p', PORT, '-n', '1K']).then(
          () => true,
          () => false,
        );
      await until(answers, 200);
      const measured: Measured[] = [];
      for (const direction of ['ingress', 'egress'] as const) {
        const values = [await deviation(place, address, direction)];
        measured.push({ name: `${direction} bandwidth of a pod, off its limit`, values });
      }
      return measured;
    } finally {
      server.kill('SIGKILL');
    }
  } finally {
    await removeAll(connection, LABEL);
    connection.close();
  }
}
