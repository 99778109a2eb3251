/**
 * The embedded store against a model a child could write: an array of states, one a revision.
 *
 * fast-check makes up command sequences, closing and reopening included, and shrinks what fails to the shortest one.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { openEmbeddedStore } from './embedded-store';
import { CompactedError, RevisionConflict, type Store, type StoreEvent } from './store';

interface Entry {
  readonly value: string;
  readonly revision: number;
}
type State = ReadonlyMap<string, Entry>;

/** states[r] is what the store held at revision r; changed[r] the key written then. */
class Model {
  readonly states: State[] = [new Map(), new Map()];
  readonly changed: string[] = ['', ''];
  compacted = 0;

  get revision(): number {
    return this.states.length - 1;
  }

  get now(): State {
    return this.states[this.revision] ?? new Map();
  }

  write(key: string, value: string | undefined): void {
    const next = new Map(this.now);
    if (value === undefined) next.delete(key);
    else next.set(key, { value, revision: this.revision + 1 });
    this.states.push(next);
    this.changed.push(key);
  }

  list(prefix: string, after: string, at: number): [string, Entry][] {
    const entries = [...(this.states[at] ?? new Map<string, Entry>())];
    return entries.filter(([key]) => key.startsWith(prefix) && key > after).sort(([a], [b]) => (a < b ? -1 : 1));
  }

  eventsAfter(prefix: string, after: number): unknown[] {
    const events: unknown[] = [];
    for (let revision = after + 1; revision <= this.revision; revision++) {
      const key = this.changed[revision] ?? '';
      if (!key.startsWith(prefix)) continue;
      const [was, is] = [this.states[revision - 1]?.get(key)?.value, this.states[revision]?.get(key)?.value];
      events.push([is === undefined ? 'delete' : 'put', key, is ?? was, was, revision]);
    }
    return events;
  }
}

type Command =
  | { readonly do: 'write'; readonly key: string; readonly value: string | undefined; readonly stale: boolean }
  | { readonly do: 'burst'; readonly writes: readonly (readonly [string, string])[] }
  | {
      readonly do: 'list';
      readonly prefix: string;
      readonly after: string;
      readonly limit: number;
      readonly back: number;
    }
  | { readonly do: 'watch'; readonly prefix: string; readonly back: number }
  | { readonly do: 'compact'; readonly back: number }
  | { readonly do: 'reopen' };

const key = fc.constantFrom('/a/1', '/a/2', '/a/3', '/a/30', '/ab/1', '/b/1', '/b/2');
const prefix = fc.constantFrom('/', '/a/', '/a', '/b/', '/none/');
const back = fc.nat({ max: 12 });
const value = fc.string({ maxLength: 5 });
const command: fc.Arbitrary<Command> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('write' as const),
      key,
      value: fc.option(value, { nil: undefined }),
      stale: fc.boolean(),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('burst' as const),
      writes: fc.array(fc.tuple(key, value), { maxLength: 8 }),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('list' as const),
      prefix,
      after: fc.oneof(fc.constant(''), key),
      limit: fc.nat({ max: 4 }),
      back,
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('watch' as const), prefix, back }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('compact' as const), back }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('reopen' as const) }) },
);

/** One write of the model's choice: creates, updates or deletes as the key stands; a stale expectation must be refused. */
async function write(store: Store, model: Model, step: Command & { do: 'write' }): Promise<void> {
  const present = model.now.get(step.key);
  const expected = (present?.revision ?? 5) - (step.stale ? 1 : 0);
  const bytes = Buffer.from(step.value ?? '');
  const isCreate = step.value !== undefined && (!present || step.stale);
  const result = isCreate
    ? store.create(step.key, bytes)
    : step.value === undefined
      ? store.delete(step.key, expected)
      : store.update(step.key, bytes, expected);
  const allowed = isCreate ? !present : present !== undefined && !step.stale;
  if (!allowed) {
    await expect(result).rejects.toThrow(RevisionConflict);
    return;
  }
  model.write(step.key, step.value);
  expect(await result).toBe(model.revision);
}

/** Creates sent at once: the first of each missing key wins, in the order sent. */
async function burst(store: Store, model: Model, step: Command & { do: 'burst' }): Promise<void> {
  const sent = step.writes.map(([name, text]) => store.create(name, Buffer.from(text)));
  const results = await Promise.allSettled(sent);
  for (const [index, [name, text]] of step.writes.entries()) {
    const isFree = !model.now.has(name);
    if (isFree) model.write(name, text);
    expect(results[index]).toMatchObject(
      isFree ? { status: 'fulfilled', value: model.revision } : { status: 'rejected' },
    );
  }
}

async function list(store: Store, model: Model, step: Command & { do: 'list' }): Promise<void> {
  const revision = Math.max(1, model.revision - step.back);
  const result = store.list(step.prefix, { revision, limit: step.limit, after: step.after });
  if (revision < model.compacted) return expect(result).rejects.toThrow(CompactedError);
  const expected = model.list(step.prefix, step.after, revision);
  const { items, remaining } = await result;
  const shown = expected.slice(0, step.limit || expected.length);
  expect(items.map((item) => [item.key, { value: String(item.value), revision: item.revision }])).toEqual(shown);
  expect(remaining).toBe(expected.length - shown.length);
}

async function watch(store: Store, model: Model, step: Command & { do: 'watch' }): Promise<void> {
  const after = Math.max(1, model.revision - step.back);
  const events: StoreEvent[] = [];
  const done = new Promise<void>((resolve, reject) => {
    store.watch(step.prefix, after, {
      onEvent: (event) => events.push(event),
      onProgress: () => resolve(),
      onEnd: reject,
    });
  });
  if (after < model.compacted) return expect(done).rejects.toThrow(CompactedError);
  await done;
  const told = events.map((event) => [
    event.type,
    event.key,
    String(event.value),
    event.previous?.toString(),
    event.revision,
  ]);
  expect(told).toEqual(model.eventsAfter(step.prefix, after));
}

test('openEmbeddedStore() behaves as a list of states, one a revision', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(command, { maxLength: 40 }), async (steps) => {
      const directory = mkdtempSync(join(tmpdir(), 'minik8s-model-'));
      const model = new Model();
      let store = await openEmbeddedStore({ directory });
      try {
        for (const step of steps) {
          if (step.do === 'write') await write(store, model, step);
          else if (step.do === 'burst') await burst(store, model, step);
          else if (step.do === 'list') await list(store, model, step);
          else if (step.do === 'watch') await watch(store, model, step);
          else if (step.do === 'compact') {
            const revision = Math.max(1, model.revision - step.back);
            await store.compact(revision);
            model.compacted = Math.max(model.compacted, revision);
          } else {
            await store.close();
            store = await openEmbeddedStore({ directory });
          }
          expect(await store.currentRevision()).toBe(model.revision);
        }
      } finally {
        await store.close();
        rmSync(directory, { recursive: true, force: true });
      }
    }),
    { numRuns: 60 },
  );
}, 120_000);
