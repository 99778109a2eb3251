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
  return queue.wait({ flow, onSeat: () => seated.push(name), onTimeout: () => late.push(name) });
}

test('FairQueue.tryEnter() gives as many seats as there are, and leave() gives them back', () => {
  const queue = new FairQueue(limits({ seats: 2 }));
  expect([queue.tryEnter(), queue.tryEnter(), queue.tryEnter()]).toEqual([true, true, false]);
  queue.leave();
  expect([queue.tryEnter(), queue.executing]).toEqual([true, 2]);
});

test('FairQueue gives free seats to flows in turn, however long their lines', () => {
  const queue = new FairQueue(limits({}));
  const seated: string[] = [];
  queue.tryEnter();
  for (let index = 0; index < 4; index++) waitAs(queue, 'loud', `loud${index}`, seated);
  waitAs(queue, 'quiet', 'quiet', seated);
  for (let index = 0; index < 5; index++) queue.leave();
  expect(seated).toEqual(['loud0', 'quiet', 'loud1', 'loud2', 'loud3']);
  expect([queue.executing, queue.waiting]).toEqual([1, 0]);
});

test('FairQueue lets nobody past those who wait', () => {
  const queue = new FairQueue(limits({ seats: 1 }));
  queue.tryEnter();
  const seated: string[] = [];
  waitAs(queue, 'a', 'a', seated);
  queue.setLimits(limits({ seats: 0 }));
  queue.leave();
  expect([seated, queue.tryEnter()]).toEqual([[], false]);
  queue.setLimits(limits({ seats: 1 }));
  expect(seated).toEqual(['a']);
});

test('FairQueue.wait() refuses what does not fit into a line or into all lines', () => {
  const queue = new FairQueue(limits({ maxWaitingPerFlow: 2, maxWaiting: 3 }));
  queue.tryEnter();
  const fits = ['a', 'a', 'a', 'b', 'b'].map((flow) => waitAs(queue, flow, flow, []) !== undefined);
  expect([fits, queue.rejected]).toEqual([[true, true, false, true, false], 2]);
  queue.setLimits(limits({ seats: 10 }));
});

test('FairQueue tells who has waited too long, and forgets who went away', () => {
  jest.useFakeTimers();
  const queue = new FairQueue(limits({ maxWaitMs: 1000 }));
  queue.tryEnter();
  const [seated, late]: [string[], string[]] = [[], []];
  waitAs(queue, 'a', 'patient', seated, late);
  const goAway = waitAs(queue, 'b', 'gone', seated, late);
  goAway?.();
  jest.advanceTimersByTime(1000);
  queue.leave();
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
          if (queue.tryEnter()) seated.push(action);
          else waitAs(queue, action, action, seated);
        } else if (queue.executing > 0) {
          left++;
          queue.leave();
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
