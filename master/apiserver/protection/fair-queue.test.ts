/**
 * Seats, lines and turns.
 */
import * as fc from 'fast-check';
import { FairQueue, type QueueLimits } from './fair-queue';

const limits = (given: Partial<QueueLimits>): QueueLimits => ({
  seats: 1,
  maxWaitingPerFlow: 100,
  maxWaiting: 1000,
  maxWaitMs: 60_000,
  ...given,
});

/** Waits in line under a name; the order of seating goes into `seated`. */
function waitAs(queue: FairQueue, flow: string, name: string, seated: string[], late: string[] = []) {
  return queue.wait({ flow, seats: 1, onSeat: () => seated.push(name), onTimeout: () => late.push(name) });
}

test('FairQueue.tryEnter() gives as many seats as there are, and leave() gives them back', () => {
  const queue = new FairQueue(limits({ seats: 2 }));
  expect([queue.tryEnter(1), queue.tryEnter(1), queue.tryEnter(1)]).toEqual([true, true, false]);
  queue.leave(1);
  expect([queue.tryEnter(1), queue.executing]).toEqual([true, 2]);
});

test('FairQueue gives free seats to flows in turn, however long their lines', () => {
  const queue = new FairQueue(limits({}));
  const seated: string[] = [];
  queue.tryEnter(1);
  for (let index = 0; index < 4; index++) waitAs(queue, 'loud', `loud${index}`, seated);
  waitAs(queue, 'quiet', 'quiet', seated);
  for (let index = 0; index < 5; index++) queue.leave(1);
  expect(seated).toEqual(['loud0', 'quiet', 'loud1', 'loud2', 'loud3']);
  expect([queue.executing, queue.waiting]).toEqual([1, 0]);
});

test('FairQueue lets nobody past those who wait', () => {
  const queue = new FairQueue(limits({ seats: 1 }));
  queue.tryEnter(1);
  const seated: string[] = [];
  waitAs(queue, 'a', 'a', seated);
  queue.setLimits(limits({ seats: 0 }));
  queue.leave(1);
  expect([seated, queue.tryEnter(1)]).toEqual([[], false]);
  queue.setLimits(limits({ seats: 1 }));
  expect(seated).toEqual(['a']);
});

test('FairQueue serves a request of several seats when there are as many, and nobody overtakes it', () => {
  const queue = new FairQueue(limits({ seats: 4 }));
  const seated: string[] = [];
  const wait = (name: string, seats: number) =>
    queue.wait({ flow: name, seats, onSeat: () => seated.push(name), onTimeout: () => undefined });
  expect([queue.tryEnter(2), queue.tryEnter(1), queue.tryEnter(2)]).toEqual([true, true, false]);
  wait('list', 3);
  wait('get', 1);
  expect(queue.tryEnter(1)).toBe(false);
  queue.leave(1);
  expect(seated).toEqual([]);
  queue.leave(2);
  expect([seated, queue.executing, queue.seatsTaken]).toEqual([['list', 'get'], 2, 4]);
});

test('FairQueue serves what needs more seats than there are when it is alone', () => {
  const queue = new FairQueue(limits({ seats: 2 }));
  expect([queue.tryEnter(5), queue.tryEnter(1)]).toEqual([true, false]);
  queue.leave(5);
  expect([queue.tryEnter(1), queue.seatsTaken]).toEqual([true, 1]);
});

test('FairQueue.wait() refuses what does not fit into a line or into all lines', () => {
  const queue = new FairQueue(limits({ maxWaitingPerFlow: 2, maxWaiting: 3 }));
  queue.tryEnter(1);
  const fits = ['a', 'a', 'a', 'b', 'b'].map((flow) => waitAs(queue, flow, flow, []) !== undefined);
  expect([fits, queue.rejected]).toEqual([[true, true, false, true, false], 2]);
  queue.setLimits(limits({ seats: 10 }));
});

test('FairQueue tells who has waited too long, and forgets who went away', () => {
  jest.useFakeTimers();
  const queue = new FairQueue(limits({ maxWaitMs: 1000 }));
  queue.tryEnter(1);
  const [seated, late]: [string[], string[]] = [[], []];
  waitAs(queue, 'a', 'patient', seated, late);
  const goAway = waitAs(queue, 'b', 'gone', seated, late);
  goAway?.();
  jest.advanceTimersByTime(1000);
  queue.leave(1);
  expect([seated, late, queue.waiting, queue.executing]).toEqual([[], ['patient'], 0, 0]);
  jest.useRealTimers();
});

test('FairQueue never seats more than there are seats, and loses nobody', () => {
  const steps = fc.array(fc.oneof(fc.constant('leave'), fc.constantFrom('a', 'b', 'c')), { maxLength: 60 });
  fc.assert(
    fc.property(steps, fc.integer({ min: 1, max: 4 }), (actions, seats) => {
      const queue = new FairQueue(limits({ seats }));
      const seated: string[] = [];
      let asked = 0;
      let left = 0;
      for (const action of actions) {
        if (action !== 'leave') {
          asked++;
          if (queue.tryEnter(1)) seated.push(action);
          else waitAs(queue, action, action, seated);
        } else if (queue.executing > 0) {
          left++;
          queue.leave(1);
        }
        expect(queue.executing).toBeLessThanOrEqual(seats);
        expect(seated.length - left).toBe(queue.executing);
        expect(seated.length + queue.waiting).toBe(asked);
        // Nobody waits while there is a seat.
        expect(queue.waiting === 0 || queue.executing === seats).toBe(true);
      }
      queue.setLimits(limits({ seats: 1000 }));
      expect(seated.length).toBe(asked);
    }),
  );
});
