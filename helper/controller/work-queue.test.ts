import { ManualClock } from '../process/clock';
import { WorkQueue } from './work-queue';

const setUp = () => {
  const clock = new ManualClock();
  return { clock, queue: new WorkQueue({ clock }) };
};

/** Takes all keys that wait now, without finishing them. */
async function takeAll(queue: WorkQueue): Promise<string[]> {
  const keys: string[] = [];
  while (queue.depth > 0) keys.push((await queue.get()) ?? '');
  return keys;
}

describe('WorkQueue', () => {
  test('add() keeps a key once and in order', async () => {
    const { queue } = setUp();
    for (const key of ['a', 'b', 'a', 'c', 'b']) queue.add(key);
    expect(await takeAll(queue)).toEqual(['a', 'b', 'c']);
  });

  test('get() never gives a key to two workers; a key added meanwhile comes again after done()', async () => {
    const { queue } = setUp();
    queue.add('a');
    expect(await queue.get()).toBe('a');
    queue.add('a');
    queue.add('a');
    expect(queue.depth).toBe(0);
    queue.done('a');
    expect(queue.depth).toBe(1);
    expect(await queue.get()).toBe('a');
    queue.done('a');
    expect(queue.depth).toBe(0);
  });

  test('get() waits for a key', async () => {
    const { queue } = setUp();
    const waiting = queue.get();
    queue.add('a');
    expect(await waiting).toBe('a');
  });

  test('addAfter() adds when the time has come, and keeps the earlier of two times', async () => {
    const { queue, clock } = setUp();
    queue.addAfter('late', 100);
    queue.addAfter('late', 500);
    queue.addAfter('early', 500);
    queue.addAfter('early', 50);
    queue.addAfter('now', 0);
    const seen = [await takeAll(queue)];
    for (const step of [50, 49, 1, 1000]) {
      clock.advance(step);
      seen.push(await takeAll(queue));
    }
    expect(seen).toEqual([['now'], ['early'], [], ['late'], []]);
  });

  test('addRateLimited() doubles the wait up to the bound until forget()', () => {
    const { queue, clock } = setUp();
    const waits = Array.from({ length: 15 }, () => {
      const wait = queue.addRateLimited('a');
      clock.advance(wait);
      return wait;
    });
    expect(waits.slice(0, 4)).toEqual([5, 10, 20, 40]);
    expect(waits.at(-1)).toBe(30_000);
    expect(queue.retries('a')).toBe(15);
    queue.forget('a');
    expect(queue.addRateLimited('a')).toBe(5);
  });

  test('shutDown() ends waiting workers and takes nothing more', async () => {
    const { queue, clock } = setUp();
    const waiting = [queue.get(), queue.get()];
    queue.addAfter('late', 10);
    queue.shutDown();
    queue.add('a');
    clock.advance(100);
    expect(await Promise.all([...waiting, queue.get()])).toEqual([undefined, undefined, undefined]);
    expect(queue.depth).toBe(0);
  });

  test('hooks hear of waits and work', async () => {
    const clock = new ManualClock();
    const heard: string[] = [];
    const queue = new WorkQueue({
      clock,
      hooks: {
        added: (depth) => heard.push(`added ${depth}`),
        taken: (waited, depth) => heard.push(`taken after ${waited}, ${depth} left`),
        finished: (worked) => heard.push(`finished after ${worked}`),
        retried: () => heard.push('retried'),
      },
    });
    queue.add('a');
    clock.advance(7);
    await queue.get();
    clock.advance(3);
    queue.addRateLimited('a');
    queue.done('a');
    expect(heard).toEqual(['added 1', 'taken after 7, 0 left', 'retried', 'finished after 3']);
  });
});
