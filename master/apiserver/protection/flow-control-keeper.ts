/**
 * Keeps the objects of priority and fairness in order, whenever one of them changes: see `settle-flow-control.ts` for what that means.
 *
 * Whoever wrote in between wins, and the next round looks again; several api-servers over one store do no harm to each other.
 * https://kubernetes.io/docs/concepts/cluster-administration/flow-control/
 */
import type { Kind } from '../../../helper/api/kind';
import type { KubeObject } from '../../../helper/api/meta';
import { isConflict, isNotFound } from '../../../helper/api/status-error';
import type { Logger } from '../../../helper/process/component';
import { CacheFollower } from '../auth/cache-follower';
import { createMissing } from '../bootstrap';
import { type Chore, settling } from '../chore';
import type { Registry } from '../registry';
import { changeStored } from '../rest/store-write';
import type { WatchCache } from '../watch/watch-cache';
import {
  DEFAULT_FLOW_SCHEMAS,
  DEFAULT_PRIORITY_LEVELS,
  type FlowSchema,
  type PriorityLevel,
} from './default-flow-control';
import { GROUP } from './follow-flow-control';
import { type Restoration, restoreDefaults, withDangling } from './settle-flow-control';

const RETRY_MS = 5_000;

const objectsOf = <T extends KubeObject>(cache: WatchCache) => cache.table.list('').map(({ object }) => object as T);

/** The defaults as they are stored. */
function filledIn<T extends KubeObject>({ strategy }: Kind, objects: readonly T[]): T[] {
  return objects.map((object) => {
    const copy = structuredClone(object);
    strategy.applyDefaults?.(copy);
    return copy;
  });
}

export class FlowControlKeeper implements Chore {
  private settling: Chore | undefined;

  constructor(
    private readonly registry: Registry,
    private readonly log: Logger,
  ) {}

  /** Does nothing where the kinds are not served. */
  start(): void {
    const schemas = this.registry.find(GROUP, 'v1', 'flowschemas');
    const levels = this.registry.find(GROUP, 'v1', 'prioritylevelconfigurations');
    if (!schemas || !levels) return;
    const wantedSchemas = filledIn<FlowSchema>(schemas.kind, DEFAULT_FLOW_SCHEMAS);
    const wantedLevels = filledIn<PriorityLevel>(levels.kind, DEFAULT_PRIORITY_LEVELS);
    this.settling = settling({
      follow: (wake) => [schemas, levels].map((cache) => new CacheFollower(cache, { startOver: wake, apply: wake })),
      settle: async () => {
        await this.write(levels, restoreDefaults(objectsOf<PriorityLevel>(levels), wantedLevels));
        await this.write(schemas, restoreDefaults(objectsOf<FlowSchema>(schemas), wantedSchemas));
        await this.mark(schemas, levels);
      },
      onFailure: (error) => {
        if (!isConflict(error)) this.log.warn({ err: error }, 'objects of priority and fairness could not be written');
      },
      retryMs: RETRY_MS,
    });
    this.settling.start();
  }

  stop(): void {
    this.settling?.stop();
  }

  private async write(cache: WatchCache, restorations: readonly Restoration<KubeObject>[]): Promise<void> {
    for (const restoration of restorations) {
      if ('create' in restoration) await createMissing(this.registry, cache.kind, structuredClone(restoration.create));
      else await this.replace(cache, restoration.update);
    }
  }

  private async mark(schemas: WatchCache, levels: WatchCache): Promise<void> {
    const names = new Set(objectsOf(levels).map(({ metadata }) => metadata.name));
    const now = new Date();
    for (const schema of objectsOf<FlowSchema>(schemas)) {
      const next = withDangling(schema, names, now);
      if (next !== schema) await this.replace(schemas, next);
    }
  }

  private async replace(cache: WatchCache, next: KubeObject & { spec?: object }): Promise<void> {
    const { name, resourceVersion, generation = 0 } = next.metadata;
    try {
      await changeStored(
        { kind: cache.kind, cache },
        '',
        name,
        { dryRun: false, expectedVersion: resourceVersion },
        (current) => {
          const isSpecNew = JSON.stringify(next.spec) !== JSON.stringify((current.object as typeof next).spec);
          return { next: isSpecNew ? { ...next, metadata: { ...next.metadata, generation: generation + 1 } } : next };
        },
      );
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
  }
}
