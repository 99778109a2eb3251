import fc from 'fast-check';
import { PriorityHeap } from './priority-heap';

interface Item {
  readonly rank: number;
}

const drained = (heap: PriorityHeap<Item>) => Array.from({ length: heap.size }, () => heap.pop()?.rank);
const byRank = () => new PriorityHeap<Item>((a, b) => a.rank < b.rank);

describe('PriorityHeap', () => {
  test('pop() of an empty heap is undefined', () => {
    const heap = byRank();
    expect([heap.pop(), heap.peek(), heap.size]).toEqual([undefined, undefined, 0]);
  });

  test('push() of an item that is in changes nothing', () => {
    const heap = byRank();
    const item = { rank: 1 };
    heap.push(item);
    heap.push(item);
    expect(heap.size).toBe(1);
  });

  test('remove() says whether the item was there', () => {
    const heap = byRank();
    const item = { rank: 1 };
    heap.push(item);
    expect([heap.remove(item), heap.remove(item), heap.size]).toEqual([true, false, 0]);
  });

  test('hands out in order whatever was added and taken from the middle', () => {
    fc.assert(
      fc.property(fc.array(fc.record({ rank: fc.integer(), removed: fc.boolean() })), (items) => {
        const heap = byRank();
        for (const item of items) heap.push(item);
        for (const item of items) if (item.removed) heap.remove(item);
        const expected = items.filter((item) => !item.removed).map((item) => item.rank);
        expect(drained(heap)).toEqual(expected.sort((a, b) => a - b));
      }),
    );
  });
});
