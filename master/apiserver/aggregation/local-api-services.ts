/**
 * The list of what this server serves itself, as APIServices: one for every group version, of custom resources too.
 *
 * Made at start and kept in step while definitions come and go; `kubectl get apiservices` shows them as Local. One that somebody else made
 * for the same group version, with a service, is left alone: requests then go there.
 * https://kubernetes.io/docs/concepts/extend-kubernetes/api-extension/apiserver-aggregation/
 */
import { type APIService, apiServiceResource } from '../../../helper/api/apiregistration/api-service';
import type { Kind } from '../../../helper/api/kind';
import type { Logger } from '../../../helper/process/component';
import { RevisionConflict } from '../../storage/store';
import { createMissing } from '../bootstrap';
import { type Chore, everySoOften } from '../chore';
import { groupPriority, versionPriority } from '../discovery/priorities';
import type { Registry } from '../registry';

/** How soon a definition shows in the list. */
const LOOK_MS = 1_000;
const MARK = 'kube-aggregator.kubernetes.io/automanaged';

/** The APIService of the group version a kind belongs to. */
function apiServiceOf(kind: Kind): APIService {
  const { group, version, structure } = kind;
  const isCustom = structure !== undefined;
  return {
    apiVersion: 'apiregistration.k8s.io/v1',
    kind: 'APIService',
    metadata: { name: `${version}.${group}`, labels: { [MARK]: isCustom ? 'true' : 'onstart' } },
    spec: {
      ...(group ? { group } : {}),
      version,
      groupPriorityMinimum: groupPriority(group),
      versionPriority: versionPriority(kind),
    },
  };
}

export class LocalApiServices implements Chore {
  private readonly looking = everySoOften(LOOK_MS, () => this.look());
  private seen = -1;

  constructor(
    private readonly registry: Registry,
    private readonly log: Logger,
  ) {}

  start(): void {
    this.looking.start();
  }

  stop(): void {
    this.looking.stop();
  }

  private look(): void {
    const { generation } = this.registry;
    if (generation === this.seen) return;
    this.seen = generation;
    this.update().catch((error: unknown) => {
      this.seen = -1;
      this.log.warn({ err: error }, 'the list of API services could not be written; trying again');
    });
  }

  /** Makes what is missing, and removes those of definitions that are gone. */
  private async update(): Promise<void> {
    const wanted = new Map<string, APIService>();
    for (const kind of this.registry.kinds) {
      // The list does not list itself.
      if (kind.group === apiServiceResource.group) continue;
      const service = apiServiceOf(kind);
      wanted.set(service.metadata.name, service);
    }
    await Promise.all([...wanted.values()].map((service) => createMissing(this.registry, apiServiceResource, service)));
    const cache = this.registry.cacheOf(apiServiceResource);
    for (const { key, revision, object } of cache.table.list('')) {
      if (object.metadata.labels?.[MARK] !== 'true' || wanted.has(object.metadata.name)) continue;
      await this.registry.store.delete(key, revision).catch((error: unknown) => {
        if (!(error instanceof RevisionConflict)) throw error;
      });
    }
  }
}
