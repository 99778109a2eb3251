/**
 * The harness around reconcilers: everything a controller needs that is not its own idea.
 *
 * For each controller: informers for what it watches (shared between the controllers of a process), a work-queue, and
 * workers that take a key, wait until the controller's own writes for it are visible, ask the reconciler for a plan and
 * apply it. Conflicts try again quietly, other failures with back-off and a warning.
 * https://kubernetes.io/docs/concepts/architecture/controller/
 */
import type { KubeObject } from '../api/meta';
import type { ApiClient } from '../client/client';
import { type Clock, systemClock } from '../process/clock';
import type { Logger, RunningComponent } from '../process/component';
import type { ControllerSpec } from './controller';
import { ControllerLoop } from './controller-loop';
import { createEventRecorder, type EventRecorder } from './event-recorder';
import { SharedInformers } from './shared-informers';

export interface RunControllersOptions {
  readonly client: ApiClient;
  readonly log: Logger;
  /** default: one recorder per controller, under the controller's name */
  readonly recorder?: EventRecorder;
  readonly clock?: Clock;
}

export interface RunningControllers extends RunningComponent {
  /** Resolves when all caches are filled and the workers have begun. */
  whenSynced(): Promise<void>;
  /** For `addReadyCheck`: undefined once all caches are filled, else what is missing. */
  readyCheck(): string | undefined;
}

/** Starts the controllers and returns at once; their work begins when their caches are filled. */
export function runControllers(
  specs: readonly ControllerSpec<KubeObject>[],
  { client, log, recorder, clock = systemClock }: RunControllersOptions,
): RunningControllers {
  const informers = new SharedInformers(client, log);
  const own: EventRecorder[] = [];
  const loops = specs.map((spec) => {
    const events = recorder ?? createEventRecorder(client, { component: spec.name, clock, log });
    if (!recorder) own.push(events);
    return new ControllerLoop(spec, { client, log: log.child({ controller: spec.name }), informers, events, clock });
  });
  let isStopped = false;
  const synced = informers.whenSynced().then(() => {
    if (!isStopped) for (const loop of loops) loop.startWorkers();
  });
  return {
    whenSynced: () => synced,
    readyCheck() {
      const missing = informers.missing();
      return missing.length > 0 ? `waiting for the first list of ${missing.join(', ')}` : undefined;
    },
    async stop() {
      isStopped = true;
      informers.stop();
      await Promise.all(loops.map((loop) => loop.stop()));
      await Promise.all(own.map((events) => events.stop()));
    },
  };
}
