/**
 * A watch of the store whose objects are translated on the way, in order, none missing.
 *
 * Translations that need no waiting are passed on at once, so a write is seen as early as without one. While a webhook is being
 * asked, events and progress wait behind it and are then asked about together.
 * https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definition-versioning/#webhook-conversion
 */
import type { StoreEvent, StoreWatch, WatchHandler } from '../../storage/store';
import type { ConvertBytes } from './face-store';

/** Objects in one question to a webhook. */
const MAX_BATCH = 500;
/** Events that wait; more means that the webhook cannot keep up, and the reader starts over from a list. */
const MAX_WAITING = 20_000;

/** An event, or the news that everything up to a revision has been seen. */
type Step = StoreEvent | number;

export class ConvertedWatch implements WatchHandler, StoreWatch {
  private waiting: Step[] = [];
  private isAsking = false;
  private ended = false;
  private source: StoreWatch | undefined;

  constructor(
    private readonly convert: ConvertBytes,
    private readonly reader: WatchHandler,
  ) {}

  /** Remembers the watch that feeds this one, to end it. */
  begin(source: StoreWatch): void {
    this.source = source;
    if (this.ended) source.cancel();
  }

  cancel(): void {
    this.ended = true;
    this.waiting = [];
    this.source?.cancel();
  }

  onEvent(event: StoreEvent): void {
    this.push(event);
  }

  onProgress(revision: number): void {
    this.push(revision);
  }

  onEnd(error: Error): void {
    if (this.ended) return;
    this.cancel();
    this.reader.onEnd(error);
  }

  private push(step: Step): void {
    this.waiting.push(step);
    if (this.waiting.length > MAX_WAITING)
      this.onEnd(new Error('the conversion of objects cannot keep up with writes'));
    else if (!this.isAsking) this.passOn();
  }

  private passOn(): void {
    while (this.waiting.length > 0 && !this.ended) {
      const batch = this.waiting.splice(0, MAX_BATCH);
      const values = batch.flatMap((step) => (typeof step === 'number' ? [] : [step.value]));
      try {
        const converted = values.length > 0 ? this.convert(values) : [];
        if (converted instanceof Promise) {
          this.isAsking = true;
          converted.then((done) => this.resume(batch, done)).catch((error: Error) => this.onEnd(error));
          return;
        }
        this.deliver(batch, converted);
      } catch (error) {
        this.onEnd(error as Error);
      }
    }
  }

  private resume(batch: readonly Step[], converted: readonly Buffer[]): void {
    this.isAsking = false;
    this.deliver(batch, converted);
    this.passOn();
  }

  private deliver(batch: readonly Step[], converted: readonly Buffer[]): void {
    let index = 0;
    for (const step of batch) {
      if (this.ended) return;
      if (typeof step === 'number') this.reader.onProgress(step);
      else {
        const { previous: _previous, ...event } = step;
        this.reader.onEvent({ ...event, value: converted[index++] ?? step.value });
      }
    }
  }
}
