/**
 * Waiting longer after each failure, with jitter so that many clients do not come back in step.
 */
export interface BackOffLimits {
  readonly firstMs: number;
  readonly longestMs: number;
}

/** Doubles from the first to the longest wait; `reset()` after a success. Each wait is drawn from 50–100 % of its step. */
export class BackOff {
  private failures = 0;
  constructor(
    private readonly limits: BackOffLimits,
    private readonly random: () => number = Math.random,
  ) {}

  /** Milliseconds to wait now. */
  next(): number {
    const step = Math.min(this.limits.longestMs, this.limits.firstMs * 2 ** Math.min(this.failures, 30));
    this.failures += 1;
    return step * (0.5 + this.random() / 2);
  }

  reset(): void {
    this.failures = 0;
  }
}
