/**
 * Lets the writers of one object take turns, so that they do not make each other's work void.
 *
 * Correctness does not need it (the store refuses a write on a stale revision); without it sixteen clients that patch one object
 * would redo most of their work.
 */
export class KeyedQueue {
  private readonly tails = new Map<string, Promise<unknown>>();

  /** Runs `work` when all work queued for this key before it is done; resolves or fails as it does. */
  run<T>(key: string, work: () => Promise<T>): Promise<T> {
    const before = this.tails.get(key);
    const turn = before ? before.then(work, work) : work();
    this.tails.set(key, turn);
    const forget = () => {
      if (this.tails.get(key) === turn) this.tails.delete(key);
    };
    turn.then(forget, forget);
    return turn;
  }
}
