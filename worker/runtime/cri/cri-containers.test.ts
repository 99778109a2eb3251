/** How changes at a CRI runtime are noticed: its event stream where it has one, looks in intervals beside it. */
import pino from 'pino';
import { LABEL } from '../docker-labels';
import type { RuntimeEvent } from '../runtime';
import type { CriEvent } from './cri-api';
import type { CriClient } from './cri-client';
import { CriContainers } from './cri-containers';

const UNIMPLEMENTED = Object.assign(new Error('unknown method GetContainerEvents'), { code: 12 });
const owner = { clusterId: 'c', nodeName: 'n' };
const started = {
  containerId: 'c1',
  containerEventType: 'CONTAINER_STARTED_EVENT',
  createdAt: 1_000_000_000,
  podSandboxStatus: { labels: { [LABEL.cluster]: 'c', [LABEL.node]: 'n', [LABEL.podUid]: 'u' } },
} as unknown as CriEvent;

interface Stream {
  onEvent(event: CriEvent): void;
  onEnd(error?: unknown): void;
}

/** A runtime without containers whose event streams are the test's. */
function open() {
  const streams: Stream[] = [];
  const events: RuntimeEvent[] = [];
  const warned: string[] = [];
  let looks = 0;
  const client = {
    call: async () => {
      looks += 1;
      return { items: [], containers: [] };
    },
    events(onEvent: Stream['onEvent'], onEnd: Stream['onEnd']) {
      streams.push({ onEvent, onEnd });
      return () => undefined;
    },
  } as unknown as CriClient;
  const log = pino({ level: 'warn' }, { write: (line) => void warned.push(line) });
  const containers = new CriContainers(client, owner, log);
  containers.watch({ onEvent: (event) => events.push(event), onResync: () => undefined });
  return { containers, streams, events, warned, looks: () => looks };
}

beforeEach(() => jest.useFakeTimers());
afterEach(() => jest.useRealTimers());

test('CriContainers looks in short intervals, and says nothing, where the runtime has no events', async () => {
  const { containers, streams, warned, looks } = open();
  streams[0]?.onEnd(UNIMPLEMENTED);
  const before = looks();
  await jest.advanceTimersByTimeAsync(60_000);
  expect([streams.length, warned]).toEqual([1, []]);
  expect(looks() - before).toBeGreaterThan(200);
  containers.close();
});

test('CriContainers believes events, looks seldom beside them, and follows them again when the stream has ended', async () => {
  const { containers, streams, events, warned, looks } = open();
  streams[0]?.onEvent(started);
  expect(events.map(({ type, podUid }) => [type, podUid])).toEqual([['started', 'u']]);
  await jest.advanceTimersByTimeAsync(1_000);
  const before = looks();
  await jest.advanceTimersByTimeAsync(30_000);
  expect(looks() - before).toBeLessThan(10);

  streams[0]?.onEnd();
  expect(warned).toHaveLength(1);
  await jest.advanceTimersByTimeAsync(20_000);
  expect(streams).toHaveLength(2);
  streams[1]?.onEvent(started);
  expect(events).toHaveLength(2);
  containers.close();
});

test('CriContainers asks a runtime that ends every stream at once no more than every ten seconds', async () => {
  const { containers, streams, warned } = open();
  for (let second = 0; second < 60; second += 1) {
    streams.at(-1)?.onEnd(new Error('events are switched off'));
    await jest.advanceTimersByTimeAsync(1_000);
  }
  expect(streams.length).toBeLessThan(8);
  expect(warned).toEqual([]);
  containers.close();
});
