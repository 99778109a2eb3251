/**
 * The ReplicaSet controller as a component: a ReplicaSet wakes for its own changes, those of its pods, and orphans it selects.
 */
import { type ReplicaSet, replicaSetResource } from '../../../helper/api/apps/replica-set';
import { type Pod, podResource } from '../../../helper/api/core/pod';
import { controllerOf } from '../../../helper/api/meta';
import type { ApiClient } from '../../../helper/client/client';
import { loadKubeconfig } from '../../../helper/client/kubeconfig';
import { createClient } from '../../../helper/client/rest-client';
import { assertMayAdopt, orphanWatch } from '../../../helper/controller/claim-dependents';
import { type ControllerSpec, EMPTY_PLAN, ownedWatch, type View } from '../../../helper/controller/controller';
import { oneActs } from '../../../helper/controller/one-acts';
import { runControllers } from '../../../helper/controller/run-controller';
import type { Component } from '../../../helper/process/component';
import { reconcileReplicaSet } from './reconcile';

const NAME = 'replica-set-controller';

/** Pods of all ReplicaSets of the same Deployment. */
function relatedPods(replicaSet: ReplicaSet, view: View): Pod[] {
  const owner = controllerOf(replicaSet)?.uid;
  const siblings = owner ? view.cache(replicaSetResource).ownedBy(owner) : [replicaSet];
  return siblings.flatMap(({ metadata }) => view.cache(podResource).ownedBy(metadata.uid ?? ''));
}

export function replicaSetController(client: ApiClient): ControllerSpec<ReplicaSet> {
  return {
    name: NAME,
    primary: replicaSetResource,
    watches: [
      ownedWatch(podResource, 'ReplicaSet'),
      orphanWatch(podResource, replicaSetResource, ({ spec }) => spec?.selector),
    ],
    async plan(replicaSet, _key, view, now) {
      if (!replicaSet) return EMPTY_PLAN;
      const cache = view.cache(podResource);
      const orphans = cache.list(replicaSet.metadata.namespace).filter((pod) => !controllerOf(pod));
      const owned = cache.ownedBy(replicaSet.metadata.uid ?? '');
      const plan = reconcileReplicaSet(replicaSet, [...owned, ...orphans], now, relatedPods(replicaSet, view));
      if (plan.steps[0]?.some(({ verb }) => verb === 'patch'))
        await assertMayAdopt(client, replicaSetResource, replicaSet);
      return plan;
    },
  };
}

export const component: Component = oneActs({
  name: NAME,
  summary: 'keeps the wanted number of pods',
  async start({ settings, log, addReadyCheck }) {
    const client = createClient(loadKubeconfig(settings.kubeconfig), { userAgent: NAME });
    const controllers = runControllers([replicaSetController(client)], { client, log });
    addReadyCheck('informers', controllers.readyCheck);
    return controllers;
  },
});
