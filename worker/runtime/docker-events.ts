/**
 * Docker's event stream, for ever: connected, read line by line, and connected again when it breaks.
 *
 * Docker is asked for our containers' starts, deaths, removals and memory kills only; execs of probes would drown them.
 * https://docs.docker.com/reference/api/engine/version/v1.41/#tag/System/operation/SystemEvents
 */
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import type Docker from 'dockerode';
import type { Logger } from '../../helper/process/component';
import { LABEL, type Labels, type Ownership, ownedFilter } from './docker-labels';
import type { RuntimeEvent } from './runtime';

const FIRST_DELAY_MS = 100;
const LONGEST_DELAY_MS = 5_000;

const EVENT_TYPES: Readonly<Record<string, RuntimeEvent['type']>> = {
  start: 'started',
  die: 'died',
  destroy: 'removed',
  oom: 'oom',
};

export interface DockerEventHandler {
  /** The stream is connected; `isAgain` is false the first time. */
  onConnected(isAgain: boolean): void;
  onDisconnected(): void;
  onEvent(event: RuntimeEvent): void;
}

/** One line of the stream as an event; undefined for what is none of ours. Pure. */
export function parseDockerEvent(line: string): RuntimeEvent | undefined {
  let raw: { Action?: string; Actor?: { ID?: string; Attributes?: Labels }; timeNano?: number };
  try {
    raw = JSON.parse(line);
  } catch {
    return undefined;
  }
  const type = EVENT_TYPES[raw.Action ?? ''];
  const containerId = raw.Actor?.ID;
  const podUid = raw.Actor?.Attributes?.[LABEL.podUid];
  if (type === undefined || containerId === undefined || podUid === undefined) return undefined;
  return { type, containerId, podUid, at: new Date(Math.floor((raw.timeNano ?? 0) / 1e6)) };
}

/** Starts following; returns the way to stop. */
export function followDockerEvents(
  docker: Docker,
  owner: Ownership,
  handler: DockerEventHandler,
  log: Logger,
): () => void {
  const abort = new AbortController();
  const filters = { type: ['container' as const], event: Object.keys(EVENT_TYPES), label: ownedFilter(owner) };
  let delayMs = FIRST_DELAY_MS;
  let connections = 0;

  const followOnce = async (): Promise<void> => {
    const options: Docker.GetEventsOptions & { abortSignal: AbortSignal } = { filters, abortSignal: abort.signal };
    const stream = (await docker.getEvents(options)) as Readable;
    abort.signal.addEventListener('abort', () => stream.destroy(), { once: true });
    delayMs = FIRST_DELAY_MS;
    handler.onConnected(connections++ > 0);
    // Errors of the stream end the loop below like its end does; without a listener they would end the process.
    stream.on('error', () => {});
    for await (const line of createInterface({ input: stream })) {
      const event = parseDockerEvent(line);
      if (event) handler.onEvent(event);
    }
  };

  const followForEver = async (): Promise<void> => {
    while (!abort.signal.aborted) {
      const error = await followOnce().then(
        () => undefined,
        (cause: Error) => cause,
      );
      if (abort.signal.aborted) return;
      handler.onDisconnected();
      log.warn({ error: error?.message, retryMs: delayMs }, 'the event stream of Docker ended');
      await pause(delayMs, abort.signal);
      delayMs = Math.min(delayMs * 2, LONGEST_DELAY_MS);
    }
  };
  void followForEver();
  return () => abort.abort();
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener(
      'abort',
      () => {
        clearTimeout(timer);
        resolve();
      },
      { once: true },
    );
  });
}
