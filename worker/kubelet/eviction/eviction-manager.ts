/**
 * Eviction under pressure: looks at the machine from time to time, and lets one pod at a time go while it is short of something.
 *
 * What is short is decided in `thresholds.ts`, who goes in `rank-pods.ts`; here are the clock, the memory of what was crossed
 * since when, and the hands. Where the disk is short, dead containers and unused images go before any pod. Conditions of the node
 * stay for a while after their last sign, so that it does not flap.
 * https://kubernetes.io/docs/concepts/scheduling-eviction/node-pressure-eviction/
 */
import type { Logger } from '../../../helper/process/component';
import type { KubeletConfiguration } from '../config/kubelet-configuration';
import type { HostFacts } from '../host-facts';
import type { Verdict } from '../pod-plan';
import { evictionMessage, type PodUse, rankPods } from './rank-pods';
import { type Crossed, crossedThresholds, dueThresholds, isRelievedByImages, keyOf, signalsOf } from './thresholds';

export interface EvictionOptions {
  readonly configuration: KubeletConfiguration;
  /** the running pods of this node and what they use of something; only asked when it is short */
  uses(resource: Crossed['resource']): Promise<readonly PodUse[]>;
  /** true when the pod is being ended for it */
  evict(podUid: string, verdict: Verdict): boolean;
  /** removes dead containers and images nobody uses */
  reclaimDisk(): Promise<void>;
  /** the machine as it is now */
  measure(): Promise<HostFacts>;
  readonly log: Logger;
}

export class EvictionManager {
  private firstSeen: ReadonlyMap<string, number> = new Map();
  private readonly lastSeen = new Map<string, number>();
  private isRelieving = false;

  constructor(private readonly options: EvictionOptions) {}

  /** The conditions of pressure (`MemoryPressure`, ...) the node has now; begins what has to be done about them. */
  look(host: HostFacts, now: Date): ReadonlySet<string> {
    const { configuration, log } = this.options;
    const nowMs = now.getTime();
    const crossed = crossedThresholds(signalsOf(host), configuration, this.firstSeen);
    this.firstSeen = new Map(crossed.map((each) => [keyOf(each), this.firstSeen.get(keyOf(each)) ?? nowMs]));
    for (const { condition } of crossed) this.lastSeen.set(condition, nowMs);
    const due = dueThresholds(crossed, this.firstSeen, configuration, nowMs);
    const [worst] = due;
    if (worst && !this.isRelieving) {
      this.isRelieving = true;
      void this.relieve(worst, host)
        .catch((error) => log.warn({ error: String(error) }, 'no pod was evicted'))
        .finally(() => {
          this.isRelieving = false;
        });
    }
    const stays = ([, at]: [string, number]) => nowMs - at < configuration.evictionPressureTransitionMs || at === nowMs;
    return new Set([...this.lastSeen].filter(stays).map(([condition]) => condition));
  }

  /** One pod goes, then the node is looked at again. */
  private async relieve(crossed: Crossed, host: HostFacts): Promise<void> {
    const { configuration, log } = this.options;
    log.warn({ signal: crossed.signal, available: crossed.available, threshold: crossed.threshold }, 'node is short');
    if (isRelievedByImages(crossed, host) && (await this.isRelievedByReclaim(crossed))) return;
    for (const use of rankPods(await this.options.uses(crossed.resource), crossed.resource)) {
      const verdict: Verdict = {
        reason: 'Evicted',
        message: evictionMessage(crossed, use),
        isDisruption: true,
        ...(crossed.isHard ? {} : { graceSeconds: configuration.evictionMaxPodGracePeriodSeconds }),
      };
      if (this.options.evict(use.pod.metadata.uid ?? '', verdict)) return;
    }
    log.warn({ signal: crossed.signal }, 'no pod is left to evict');
  }

  /** True when no pod has to go once what is dead or unused has gone. */
  private async isRelievedByReclaim({ signal, isHard }: Crossed): Promise<boolean> {
    const { configuration, log, reclaimDisk, measure } = this.options;
    await reclaimDisk().catch((error: unknown) => log.warn({ error: String(error) }, 'not all space was reclaimed'));
    const still = crossedThresholds(signalsOf(await measure()), configuration, this.firstSeen);
    return !still.some((each) => keyOf(each) === keyOf({ signal, isHard }));
  }
}
