/**
 * Graceful node shutdown: when the machine is about to go off, its pods end group by group, each within its grace.
 *
 * While it lasts the node is not ready and takes no pods. What is asked for comes from `logind.ts`, or as SIGPWR on machines
 * without a login manager. Begin and end are written to a file, by which whoever switches the machine off knows when it may.
 * Nothing configured means what it means in Kubernetes: nobody is waited for.
 * https://kubernetes.io/docs/concepts/cluster-administration/node-shutdown/#graceful-node-shutdown
 */
import { writeFileSync } from 'node:fs';
import type { Pod } from '../../../helper/api/core/pod';
import type { Logger } from '../../../helper/process/component';
import type { KubeletConfiguration } from '../config/kubelet-configuration';
import type { Verdict } from '../pod-plan';
import {
  type PriorityPeriod,
  type ShutdownGroup,
  shutdownGrace,
  shutdownGroups,
  shutdownPeriods,
} from './shutdown-groups';

/** The kubelet's own name for the file, below its folder. */
export const SHUTDOWN_STATE_FILE = 'graceful_node_shutdown_state';
/** A kubelet that has just started waits this long to hear of its pods. */
const KNOWN_TIMEOUT_MS = 5000;
const REASON = 'Terminated';
const MESSAGE = 'Pod was terminated in response to imminent node shutdown.';

export interface NodeShutdownOptions {
  readonly configuration: KubeletConfiguration;
  readonly stateFile: string;
  /** resolves when it is known which pods belong on this node */
  whenKnown(): Promise<void>;
  /** the pods that run on this node */
  pods(): readonly Pod[];
  /** ends one of them; resolves when nothing of it runs and its last status is written */
  end(podUid: string, verdict: Verdict): Promise<void>;
  /** a shutdown began or was called off: the node's condition is another one */
  onChange(): void;
  /** tells of the node */
  event(message: string): void;
  readonly log: Logger;
}

export class NodeShutdown {
  readonly periods: readonly PriorityPeriod[];
  private running: Promise<void> | undefined;
  private isOn = false;

  constructor(private readonly options: NodeShutdownOptions) {
    this.periods = shutdownPeriods(options.configuration);
  }

  /** Why the node is not ready and takes no pods; undefined when it is not being shut down. */
  reason(): string | undefined {
    return this.isOn ? 'node is shutting down' : undefined;
  }

  /** Ends the node's pods; resolves when they have ended or their periods are over. A second call waits for the first. */
  begin(): Promise<void> {
    this.running ??= this.run().finally(() => {
      this.running = undefined;
    });
    return this.running;
  }

  /** The machine stays on after all. Pods that were ended stay ended. */
  callOff(): void {
    if (!this.isOn) return;
    this.isOn = false;
    this.options.event('Shutdown manager detected shutdown cancellation');
    this.options.onChange();
  }

  private async run(): Promise<void> {
    const { log, stateFile } = this.options;
    const startTime = new Date();
    if (this.periods.length === 0) {
      log.info('shutdown: no grace is configured, so no pod is waited for');
      writeState(stateFile, { startTime, endTime: startTime });
      return;
    }
    writeState(stateFile, { startTime });
    this.options.event('Shutdown manager detected shutdown event');
    this.isOn = true;
    this.options.onChange();
    await within(this.options.whenKnown(), KNOWN_TIMEOUT_MS);
    for (const group of shutdownGroups(this.periods, this.options.pods())) await this.endGroup(group);
    writeState(stateFile, { startTime, endTime: new Date() });
    log.info('shutdown: the pods have had their time');
  }

  private async endGroup(group: ShutdownGroup): Promise<void> {
    const { log, end } = this.options;
    log.info({ priority: group.priority, seconds: group.seconds, pods: group.pods.length }, 'shutdown: ending pods');
    const ends = group.pods.map((pod) => {
      const graceSeconds = shutdownGrace(pod, group);
      return end(pod.metadata.uid ?? '', { reason: REASON, message: MESSAGE, isDisruption: true, graceSeconds });
    });
    const isDone = await within(Promise.allSettled(ends), group.seconds * 1000);
    if (!isDone) log.warn({ priority: group.priority }, 'shutdown: not all pods of the group ended in time');
  }
}

/** Waits for `work` that long; false when it was not done by then. */
async function within(work: Promise<unknown>, limitMs: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<false>((resolve) => {
    timer = setTimeout(() => resolve(false), limitMs);
  });
  const isDone = await Promise.race([work.then(() => true), limit]);
  clearTimeout(timer);
  return isDone;
}

function writeState(path: string, state: { readonly startTime: Date; readonly endTime?: Date }): void {
  writeFileSync(path, `${JSON.stringify(state)}\n`);
}
