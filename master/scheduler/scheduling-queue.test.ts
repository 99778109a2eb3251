import { INITIAL_BACKOFF_MS, SchedulingQueue, UNSCHEDULABLE_MS } from './scheduling-queue';

describe('SchedulingQueue', () => {
  test('hands out by priority, then by age', () => {
    const queue = new SchedulingQueue();
    queue.add('a/old', 0, 1);
    queue.add('a/young', 0, 2);
    queue.add('a/important', 100, 3);
    expect([queue.take(4), queue.take(4), queue.take(4), queue.take(4)]).toEqual([
      'a/important',
      'a/old',
      'a/young',
      undefined,
    ]);
  });

  test('leaves a refused pod alone until something could help', () => {
    const queue = new SchedulingQueue();
    queue.add('a/p', 0, 0);
    queue.take(0);
    queue.failed('a/p', 0);
    expect(queue.take(5000)).toBeUndefined();
    queue.wakeAll(5000);
    expect(queue.take(5000)).toBe('a/p');
  });

  test('doubles the back-off of a pod that is woken and refused again', () => {
    const queue = new SchedulingQueue();
    queue.add('a/p', 0, 0);
    queue.take(0);
    queue.failed('a/p', 0);
    queue.wakeAll(0);
    expect(queue.take(INITIAL_BACKOFF_MS - 1)).toBeUndefined();
    expect(queue.nextDueMs(0)).toBe(INITIAL_BACKOFF_MS);
    expect(queue.take(INITIAL_BACKOFF_MS)).toBe('a/p');
    queue.failed('a/p', INITIAL_BACKOFF_MS);
    queue.wakeAll(INITIAL_BACKOFF_MS);
    expect(queue.nextDueMs(INITIAL_BACKOFF_MS)).toBe(2 * INITIAL_BACKOFF_MS);
  });

  test('tries again at once after back-off when something helpful happened during the try', () => {
    const queue = new SchedulingQueue();
    queue.add('a/p', 0, 0);
    queue.take(0);
    queue.wakeAll(0);
    queue.failed('a/p', 0);
    expect(queue.take(INITIAL_BACKOFF_MS)).toBe('a/p');
  });

  test('tries an unschedulable pod again after a while in any case', () => {
    const queue = new SchedulingQueue();
    queue.add('a/p', 0, 0);
    queue.take(0);
    queue.failed('a/p', 0);
    expect(queue.nextDueMs(0)).toBe(UNSCHEDULABLE_MS);
    expect(queue.take(UNSCHEDULABLE_MS)).toBe('a/p');
  });

  test('forgets a removed pod', () => {
    const queue = new SchedulingQueue();
    queue.add('a/p', 0, 0);
    queue.remove('a/p');
    expect(queue.take(0)).toBeUndefined();
    expect(queue.nextDueMs(0)).toBeUndefined();
  });

  test('wake() helps one pod and leaves the others alone', () => {
    const queue = new SchedulingQueue();
    for (const key of ['a/p', 'a/q']) {
      queue.add(key, 0, 0);
      queue.take(0);
      queue.failed(key, 0);
    }
    queue.wake('a/q', 5000);
    expect([queue.take(5000), queue.take(5000)]).toEqual(['a/q', undefined]);
  });

  test('failed() of a deleted pod does not hold up a new one of the same name', () => {
    const queue = new SchedulingQueue();
    queue.add('a/p', 0, 0);
    queue.take(0);
    queue.remove('a/p');
    queue.add('a/p', 0, 1);
    queue.failed('a/p', 1);
    expect(queue.take(1)).toBe('a/p');
  });

  test('a changed priority changes the order', () => {
    const queue = new SchedulingQueue();
    queue.add('a/p', 0, 0);
    queue.add('a/q', 0, 1);
    queue.add('a/q', 5, 2);
    expect([queue.take(3), queue.take(3)]).toEqual(['a/q', 'a/p']);
  });

  test('hands out ten thousand waiting pods without looking at each of them each time', () => {
    const queue = new SchedulingQueue();
    const PODS = 10_000;
    for (let index = 0; index < PODS; index += 1) queue.add(`a/${index}`, index % 7, index);
    const order = Array.from({ length: PODS }, () => Number(queue.take(PODS)?.slice(2)));
    const rank = (index: number) => (index % 7) * -PODS + index;
    expect(order).toEqual([...order].sort((a, b) => rank(a) - rank(b)));
    expect(queue.take(PODS)).toBeUndefined();
  });
});
