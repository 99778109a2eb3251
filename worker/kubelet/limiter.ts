/**
 * Lets at most `limit` pieces of work run at once; the others wait in order of arrival.
 *
 * Used for container starts: a burst of pods must not make the container runtime slower for everyone.
 */
export class Limiter {
  private active = 0;
  private readonly waiting: (() => void)[] = [];

  constructor(private readonly limit: number) {}

  /** Runs `work` when a place is free; resolves or rejects as it does. */
  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.active >= this.limit) await new Promise<void>((free) => this.waiting.push(free));
    else this.active += 1;
    try {
      return await work();
    } finally {
      // The place is handed on rather than given back, so nobody can slip in between.
      const next = this.waiting.shift();
      if (next) next();
      else this.active -= 1;
    }
  }
}
