/**
 * Time as a simulated runtime sees it: the real one, or one a test moves by hand.
 */
export interface Clock {
  now(): Date;
  /** Calls `work` once after so many seconds; returns the way to call it off. */
  after(seconds: number, work: () => void): () => void;
}

export const realClock: Clock = {
  now: () => new Date(),
  after(seconds, work) {
    const timer = setTimeout(work, seconds * 1000);
    // A simulated container must not keep a process alive that has nothing else to do.
    timer.unref();
    return () => clearTimeout(timer);
  },
};
