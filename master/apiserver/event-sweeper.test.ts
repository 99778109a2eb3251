import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Event, eventResource } from '../../helper/api/core/event';
import type { Kind } from '../../helper/api/kind';
import { findKind } from '../../helper/api/kinds';
import { ManualClock } from '../../helper/process/clock';
import { withDefaults } from '../../helper/process/default-settings';
import { silentLogger } from '../../helper/process/log';
import { until } from '../../helper/process/until';
import { openEmbeddedStore } from '../storage/embedded-store';
import { type Store, storeKey } from '../storage/store';
import { EVENT_TTL_MS, EVENTS_PER_PASS, EventSweeper, lastSeenMs } from './event-sweeper';
import { Registry } from './registry';
import { encodeStored } from './watch/cached-object';

const eventKind = findKind(eventResource.group, eventResource.version, eventResource.plural) as Kind;
const BEGINNING = Date.parse('2030-01-01T00:00:00Z');
const MINUTE_MS = 60_000;

const time = (minutes: number) => new Date(BEGINNING + minutes * MINUTE_MS).toISOString();
const event = (name: string, fields: Partial<Event>): Event => ({
  apiVersion: 'v1',
  kind: 'Event',
  metadata: { name, namespace: 'default' },
  involvedObject: {},
  ...fields,
});

test.each<[string, Partial<Event>, number]>([
  ['lastTimestamp', { firstTimestamp: time(1), lastTimestamp: time(5) }, 5],
  ['eventTime when there is nothing else', { eventTime: time(2) }, 2],
  ['the last of a series', { eventTime: time(2), series: { count: 3, lastObservedTime: time(9) } }, 9],
  [
    'its creation when the client wrote an older time',
    { metadata: { name: 'a', creationTimestamp: time(7) }, lastTimestamp: time(-900) },
    7,
  ],
])('lastSeenMs() is %s', (_case, fields, minutes) => {
  expect(lastSeenMs(event('a', fields))).toBe(BEGINNING + minutes * MINUTE_MS);
});

test('lastSeenMs() of an event without a readable time is 0', () => {
  expect(lastSeenMs(event('a', { lastTimestamp: 'yesterday' }))).toBe(0);
});

describe('EventSweeper', () => {
  let directory: string;
  let store: Store;
  let registry: Registry;
  let clock: ManualClock;

  beforeEach(async () => {
    directory = mkdtempSync(join(tmpdir(), 'minik8s-sweeper-'));
    store = await openEmbeddedStore({ directory });
    registry = new Registry(store, withDefaults({ home: directory }), silentLogger(), [eventKind]);
    await registry.start();
    clock = new ManualClock(BEGINNING);
  });
  afterEach(async () => {
    registry.stop();
    await store.close();
    rmSync(directory, { recursive: true, force: true });
  });

  const keyOf = (name: string) => storeKey(eventKind, 'default', name);
  const put = (name: string, lastTimestamp: string) =>
    store.create(keyOf(name), encodeStored(eventKind, event(name, { lastTimestamp })));
  const names = () =>
    registry
      .cacheOf(eventKind)
      .table.list('')
      .map(({ name }) => name);

  test('sweep() deletes events that were seen last more than an hour ago, and no others', async () => {
    await put('old', time(0));
    await put('young', time(1));
    const sweeper = new EventSweeper(registry, silentLogger(), clock);
    expect(await sweeper.sweep()).toBe(0);
    clock.advance(EVENT_TTL_MS + 1);
    expect(await sweeper.sweep()).toBe(1);
    expect(names()).toEqual(['young']);
    expect(await store.get(keyOf('old'))).toBeUndefined();
  });

  test('sweep() leaves an event that is counted up at the same moment', async () => {
    const revision = await put('counted', time(0));
    clock.advance(EVENT_TTL_MS + 1);
    const again = encodeStored(eventKind, event('counted', { lastTimestamp: time(60) }));
    const [written] = await Promise.all([
      store.update(keyOf('counted'), again, revision),
      new EventSweeper(registry, silentLogger(), clock).sweep(),
    ]);
    expect((await store.get(keyOf('counted')))?.revision).toBe(written);
  });

  test('a pass looks at a bounded number of events, and the next one goes on behind them', async () => {
    const pad = (index: number) => String(index).padStart(5, '0');
    const count = EVENTS_PER_PASS + 10;
    await Promise.all(Array.from({ length: count }, (_, index) => put(`young-${pad(index)}`, time(30))));
    await put('z-old', time(0));
    clock.advance(EVENT_TTL_MS + 1);
    const sweeper = new EventSweeper(registry, silentLogger(), clock);
    expect(await sweeper.sweep()).toBe(0);
    expect(await sweeper.sweep()).toBe(1);
    clock.advance(30 * MINUTE_MS);
    expect(await sweeper.sweep()).toBe(EVENTS_PER_PASS);
    expect(await sweeper.sweep()).toBe(10);
    expect(names()).toEqual([]);
  });

  test('start() sweeps by itself as time goes on, stop() ends that', async () => {
    await put('first', time(0));
    const sweeper = new EventSweeper(registry, silentLogger(), clock);
    sweeper.start();
    clock.advance(EVENT_TTL_MS + MINUTE_MS);
    await until(() => {
      clock.advance(MINUTE_MS);
      return names().length === 0;
    });
    sweeper.stop();
    await put('second', time(0));
    clock.advance(EVENT_TTL_MS);
    expect(names()).toEqual(['second']);
  });
});
