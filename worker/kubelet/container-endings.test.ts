import type { Container } from 'kubernetes-types/core/v1';
import { silentLogger } from '../../helper/process/log';
import { ContainerEndings } from './container-endings';
import type { PodEvent } from './pod-events';
import type { PodServices } from './pod-services';
import { buildContainer, buildPod } from './testing/build-pod';

beforeEach(() => void jest.useFakeTimers());
afterEach(() => void jest.useRealTimers());

/** A runtime whose containers need two seconds to stop; it notes who was told to stop when, with how much grace. */
function setUp(containers: readonly Container[]) {
  const begin = Date.now();
  const stops: string[] = [];
  const events: PodEvent[] = [];
  const seconds = () => Math.round((Date.now() - begin) / 1000);
  const services = {
    runtime: {
      async stopContainer(id: string, grace: number) {
        stops.push(`${seconds()}s ${id} grace ${grace}`);
        await new Promise((resolve) => setTimeout(resolve, 2000));
      },
    },
    event: (_: unknown, event: PodEvent) => events.push(event),
    log: silentLogger(),
  } as unknown as PodServices;
  const pod = buildPod({ containers: [...containers] });
  const endings = new ContainerEndings(services);
  const end = (name: string, graceSeconds: number, after: readonly string[] = []) =>
    endings.end(pod, { containerId: name, name, graceSeconds, message: `Stopping container ${name}`, after });
  return { endings, end, stops, events };
}

const sleeping = (name: string, seconds: number) =>
  buildContainer(name, { lifecycle: { preStop: { sleep: { seconds } } as never } });

describe('ContainerEndings', () => {
  test('stops at once without a hook, and tells of it once', async () => {
    const { end, stops, events } = setUp([buildContainer('a')]);
    void end('a', 1);
    void end('a', 1);
    await jest.advanceTimersByTimeAsync(3000);
    expect(stops).toEqual(['0s a grace 1']);
    expect(events.map(({ reason }) => reason)).toEqual(['Killing']);
  });

  test('takes what the preStop hook used from the grace, but leaves two seconds', async () => {
    const { end, stops, events } = setUp([sleeping('a', 3), sleeping('b', 60)]);
    void end('a', 10);
    void end('b', 5);
    await jest.advanceTimersByTimeAsync(10_000);
    expect(stops).toEqual(['3s a grace 7', '5s b grace 2']);
    expect(events.map(({ reason }) => reason)).toEqual(['Killing', 'Killing', 'FailedPreStopHook']);
  });

  test('lets a sidecar live until those it serves are gone, or the grace is', async () => {
    const { end, stops } = setUp([buildContainer('a'), sleeping('slow', 60), buildContainer('s'), buildContainer('t')]);
    void end('a', 10);
    void end('s', 10, ['a']);
    await jest.advanceTimersByTimeAsync(5000);
    expect(stops).toEqual(['0s a grace 10', '2s s grace 8']);
    void end('slow', 10);
    void end('t', 10, ['slow']);
    await jest.advanceTimersByTimeAsync(20_000);
    expect(stops.slice(2).sort()).toEqual(['15s slow grace 2', '15s t grace 2']);
  });

  test('shorten() cuts a hook and a stop short', async () => {
    const { endings, end, stops } = setUp([buildContainer('a'), sleeping('b', 60)]);
    void end('a', 30);
    void end('b', 30);
    await jest.advanceTimersByTimeAsync(1000);
    endings.shorten(1);
    await jest.advanceTimersByTimeAsync(3000);
    expect(stops).toEqual(['0s a grace 30', '1s a grace 1', '2s b grace 2']);
  });
});
