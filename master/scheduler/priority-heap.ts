/**
 * A binary heap that also finds its members: the first in order is at hand, and adding or removing any costs log n steps.
 *
 * The heap is an array in which the item at i comes before those at 2i+1 and 2i+2. A map remembers each item's place, so that
 * a pod that was deleted while it waited can be taken out of the middle. Items that are equal come in no particular order.
 * https://kubernetes.io/docs/concepts/scheduling-eviction/scheduling-framework/#queuesort
 */
export class PriorityHeap<T> {
  private readonly items: T[] = [];
  private readonly places = new Map<T, number>();

  /** `comesBefore` must not change its mind about items that are in the heap: remove first, change, add again. */
  constructor(private readonly comesBefore: (a: T, b: T) => boolean) {}

  get size(): number {
    return this.items.length;
  }

  /** The first item, which stays; undefined when empty. */
  peek(): T | undefined {
    return this.items[0];
  }

  /** Adds the item; one that is in already stays where it is. */
  push(item: T): void {
    if (this.places.has(item)) return;
    this.place(item, this.items.length);
    this.rise(this.items.length - 1);
  }

  /** Takes the first item out; undefined when empty. */
  pop(): T | undefined {
    const first = this.items[0];
    if (first !== undefined) this.remove(first);
    return first;
  }

  /** True when the item was there. */
  remove(item: T): boolean {
    const place = this.places.get(item);
    if (place === undefined) return false;
    this.places.delete(item);
    const last = this.items.pop() as T;
    if (last === item) return true;
    // The last item fills the hole, and may belong further up or further down than there.
    this.place(last, place);
    this.rise(place);
    this.sink(place);
    return true;
  }

  private place(item: T, index: number): void {
    this.items[index] = item;
    this.places.set(item, index);
  }

  /** Exchanges the items at both places if the one at `below` comes before the one at `above`. */
  private reorder(above: number, below: number): boolean {
    const [upper, lower] = [this.items[above] as T, this.items[below] as T];
    if (!this.comesBefore(lower, upper)) return false;
    this.place(lower, above);
    this.place(upper, below);
    return true;
  }

  private rise(from: number): void {
    let index = from;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (!this.reorder(parent, index)) return;
      index = parent;
    }
  }

  private sink(from: number): void {
    let index = from;
    for (;;) {
      const [left, right] = [2 * index + 1, 2 * index + 2];
      if (left >= this.items.length) return;
      const isRightFirst = right < this.items.length && this.comesBefore(this.items[right] as T, this.items[left] as T);
      const first = isRightFirst ? right : left;
      if (!this.reorder(index, first)) return;
      index = first;
    }
  }
}
