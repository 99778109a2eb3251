/**
 * The list of what this server serves itself, as APIServices: one for every group version, of custom resources too.
 *
 * Made at start and kept in step while definitions come and go; `kubectl get apiservices` shows them as Local.
 * Kubernetes also passes requests on to servers behind an APIService with a service; left out until the aggregator comes.
 * https://kubernetes.io/docs/concepts/extend-kubernetes/api-extension/apiserver-aggregation/
 */
import { type APIService, apiServiceResource } from '../../../helper/api/apiregistration/api-service';
import type { Kind } from '../../../helper/api/kind';
import type { Logger } from '../../../helper/process/component';
import { RevisionConflict } from '../../storage/store';
import { createMissing } from '../bootstrap';
import type { Registry } from '../registry';

/** How soon a definition shows in the list. */
const LOOK_MS = 1_000;
const MARK = 'kube-aggregator.kubernetes.io/automanaged';

/** The order of groups in discovery, as Kubernetes has it. */
const GROUP_PRIORITIES: Readonly<Record<string, number>> = {
  '': 18_000,
  apps: 17_800,
  'events.k8s.io': 17_750,
  'authentication.k8s.io': 17_700,
  'authorization.k8s.io': 17_600,
  autoscaling: 17_500,
  batch: 17_400,
  'certificates.k8s.io': 17_300,
  'networking.k8s.io': 17_200,
  policy: 17_100,
  'rbac.authorization.k8s.io': 17_000,
  'storage.k8s.io': 16_800,
  'apiextensions.k8s.io': 16_700,
  'admissionregistration.k8s.io': 16_700,
  'scheduling.k8s.io': 16_600,
  'coordination.k8s.io': 16_500,
  'node.k8s.io': 16_300,
  'discovery.k8s.io': 16_200,
  'flowcontrol.apiserver.k8s.io': 16_100,
};
const CUSTOM_GROUP_PRIORITY = 1_000;

function versionPriority(group: string, version: string, isCustom: boolean): number {
  if (isCustom) return 100;
  if (group === '') return 1;
  return version === 'v2' ? 30 : 15;
}

/** The APIService of the group version a kind belongs to. */
function apiServiceOf({ group, version, structure }: Kind): APIService {
  const isCustom = structure !== undefined;
  return {
    apiVersion: 'apiregistration.k8s.io/v1',
    kind: 'APIService',
    metadata: { name: `${version}.${group}`, labels: { [MARK]: isCustom ? 'true' : 'onstart' } },
    spec: {
      ...(group ? { group } : {}),
      version,
      groupPriorityMinimum: GROUP_PRIORITIES[group] ?? CUSTOM_GROUP_PRIORITY,
      versionPriority: versionPriority(group, version, isCustom),
    },
  };
}

export class LocalApiServices {
  private timer: NodeJS.Timeout | undefined;
  private seen = -1;

  constructor(
    private readonly registry: Registry,
    private readonly log: Logger,
  ) {}

  start(): void {
    this.look();
    this.timer = setInterval(() => this.look(), LOOK_MS).unref();
  }

  stop(): void {
    clearInterval(this.timer);
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
