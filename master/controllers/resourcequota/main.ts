/**
 * The resource quota controller as a component: keeps `status.used` of every quota true.
 *
 * Admission adds what is created; this controller counts anew when a quota is made or changed, when something it counts is deleted
 * or changes, and every five minutes. It counts by fresh lists made after the state of the quota it writes to: the api-server
 * refuses a count that may have missed something (`master/apiserver/admission/quota/quota-book.ts`).
 */
import { type ResourceQuota, resourceQuotaResource } from '../../../helper/api/core/resource-quota';
import type { ApiClient } from '../../../helper/client/client';
import { loadKubeconfig } from '../../../helper/client/kubeconfig';
import { metadataClient } from '../../../helper/client/metadata-client';
import { createClient } from '../../../helper/client/rest-client';
import { type ControllerSpec, EMPTY_PLAN } from '../../../helper/controller/controller';
import { oneActs } from '../../../helper/controller/one-acts';
import { runControllers } from '../../../helper/controller/run-controller';
import type { Component, Logger } from '../../../helper/process/component';
import { isMeasured } from './counted-types';
import { type Found, isCurrent, reconcileQuota } from './reconcile';
import { quotaKeysIn, RecountTriggers } from './recount-triggers';

const NAME = 'resource-quota-controller';
const FULL_COUNT_MS = 300_000;

/** Objects of a kind in a namespace, or how many there are: the rest of a list of one. */
async function findObjects(
  client: ApiClient,
  type: Parameters<typeof isMeasured>[0],
  namespace: string,
): Promise<Found> {
  if (isMeasured(type)) return { type, objects: (await client.list(type, { namespace })).items };
  const { items, metadata } = await client.list(type, { namespace, limit: 1 });
  return { type, count: items.length + (metadata.remainingItemCount ?? 0) };
}

/** The controller; `metadata` is a client that brings metadata alone. */
export function resourceQuotaController(client: ApiClient, metadata: ApiClient, log: Logger) {
  const due = new Map<string, number>();
  let triggers: RecountTriggers | undefined;
  const spec: ControllerSpec<ResourceQuota> = {
    name: NAME,
    primary: resourceQuotaResource,
    watches: [],
    wakeUps(wake, view) {
      const quotas = view.cache(resourceQuotaResource);
      const recount = (key: string) => {
        due.set(key, 0);
        wake(key);
      };
      triggers = new RecountTriggers(client, metadata, log, (namespace) =>
        quotaKeysIn(quotas, namespace).forEach(recount),
      );
      return () => triggers?.stop();
    },
    async plan(quota, key, _view, now) {
      if (!quota || quota.metadata.deletionTimestamp) {
        due.delete(key);
        return EMPTY_PLAN;
      }
      const dueAt = due.get(key) ?? 0;
      if (isCurrent(quota) && now.getTime() < dueAt) return { steps: [], requeueAfterMs: dueAt - now.getTime() };
      due.set(key, now.getTime() + FULL_COUNT_MS);
      const { namespace = '' } = quota.metadata;
      const types = (await triggers?.follow(quota)) ?? [];
      const found = await Promise.all(types.map((type) => findObjects(client, type, namespace)));
      const object = reconcileQuota(quota, found, now);
      if (!object) return { steps: [], requeueAfterMs: FULL_COUNT_MS };
      // Until the quota is seen to say what was counted, it is counted again at its every change.
      due.set(key, 0);
      return { steps: [[{ verb: 'updateStatus', resource: resourceQuotaResource, object }]] };
    },
  };
  return spec;
}

export const component: Component = oneActs({
  name: NAME,
  summary: 'what quotas use',
  async start({ settings, log, addReadyCheck }) {
    const config = loadKubeconfig(settings.kubeconfig);
    const client = createClient(config, { userAgent: NAME });
    const metadata = metadataClient(createClient(config, { userAgent: NAME, metadataOnly: true }));
    const controllers = runControllers([resourceQuotaController(client, metadata, log)], { client, log });
    addReadyCheck('informers', controllers.readyCheck);
    return controllers;
  },
});
