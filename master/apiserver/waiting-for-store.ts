/**
 * The api-server before its store answers: asks again and again with growing pauses, and serves as soon as there is an answer.
 *
 * Meanwhile `waiting-server.ts` has the port. Ending the process and letting the supervisor start it again would do too, but nobody
 * could ask it what is wrong, and a supervisor gives up or backs off for minutes.
 */
import type { Server } from 'node:http';
import { BackOff } from '../../helper/client/back-off';
import type { ComponentContext, RunningComponent } from '../../helper/process/component';
import { StoreUnavailable } from '../storage/store';
import { closeServer, listen } from './listen';
import type { TlsFiles } from './server';
import { createWaitingServer } from './waiting-server';

const STORE_RETRY_MS = { firstMs: 250, longestMs: 5_000 };

/** How the api-server comes up once it may. */
export interface ServingSteps<Opened> {
  readonly tls: TlsFiles;
  /** Throws StoreUnavailable as long as there is nothing to open. */
  open(): Promise<Opened>;
  serve(opened: Opened, context: ComponentContext): Promise<RunningComponent>;
}

/** Waits; once started it is the running api-server, before and after the store answers. */
export class WaitingForStore<Opened> implements RunningComponent {
  private readonly backOff = new BackOff(STORE_RETRY_MS);
  private readonly waiting: Server;
  private running: RunningComponent | undefined;
  private stopped = false;
  private wake: () => void = () => undefined;
  private done: Promise<void> = Promise.resolve();

  constructor(
    private readonly context: ComponentContext,
    private readonly steps: ServingSteps<Opened>,
    private problem: string | undefined,
  ) {
    this.waiting = createWaitingServer(steps.tls, () => this.problem ?? 'starting');
  }

  async start(): Promise<void> {
    const { settings } = this.context;
    await listen(this.waiting, settings.portBase, settings.bindAddress);
    this.context.addReadyCheck('store', () => this.problem);
    // Not caught: whatever is wrong apart from the store would have ended the process at start, and does so later too.
    this.done = this.takeOver();
  }

  async stop(): Promise<void> {
    this.stopped = true;
    this.wake();
    await this.done.catch(() => undefined);
    await this.running?.stop();
  }

  private async takeOver(): Promise<void> {
    const api = await this.openWhenAnswered();
    await closeServer(this.waiting);
    if (!api) return;
    this.running = await this.steps.serve(api, this.context);
    this.problem = undefined;
  }

  /** undefined when stopped before the store answered. */
  private async openWhenAnswered(): Promise<Opened | undefined> {
    for (;;) {
      const retryMs = Math.round(this.backOff.next());
      this.context.log.warn({ retryMs }, `waiting for the store: ${this.problem}`);
      await this.pause(retryMs);
      if (this.stopped) return undefined;
      try {
        return await this.steps.open();
      } catch (error) {
        if (!(error instanceof StoreUnavailable)) throw error;
        this.problem = error.message;
      }
    }
  }

  private pause(milliseconds: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, milliseconds);
      this.wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
