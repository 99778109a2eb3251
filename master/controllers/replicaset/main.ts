/**
 * The ReplicaSet controller as a component: a ReplicaSet wakes for its own changes, those of its pods, and orphans it selects.
 * ReplicationControllers are kept the same way beside it.
 */
import { type ReplicaSet, replicaSetResource } from '../../../helper/api/apps/replica-set';
import { type Pod, podResource } from '../../../helper/api/core/pod';
import {
  type ReplicationController,
  replicationControllerResource,
} from '../../../helper/api/core/replication-controller';
import { controllerOf } from '../../../helper/api/meta';
import type { Resource } from '../../../helper/api/resource';
import type { ApiClient } from '../../../helper/client/client';
import { loadKubeconfig } from '../../../helper/client/kubeconfig';
import { createClient } from '../../../helper/client/rest-client';
import { assertMayAdopt, orphanWatch } from '../../../helper/controller/claim-dependents';
import { type ControllerSpec, EMPTY_PLAN, ownedWatch, type View } from '../../../helper/controller/controller';
import { oneActs } from '../../../helper/controller/one-acts';
import { runControllers } from '../../../helper/controller/run-controller';
import type { Component } from '../../../helper/process/component';
import { type PodSet, podSetOfReplicaSet, podSetOfReplicationController } from './pod-set';
import { reconcilePodSet } from './reconcile';

const NAME = 'replica-set-controller';

/** Pods of all ReplicaSets of the same Deployment. */
function relatedPods(replicaSet: ReplicaSet, view: View): Pod[] {
  const owner = controllerOf(replicaSet)?.uid;
  const siblings = owner ? view.cache(replicaSetResource).ownedBy(owner) : [replicaSet];
  return siblings.flatMap(({ metadata }) => view.cache(podResource).ownedBy(metadata.uid ?? ''));
}

/** How one of the two kinds is kept: only where its fields are and whose pods count as neighbours differs. */
function podSetController<T extends ReplicaSet | ReplicationController>(
  client: ApiClient,
  name: string,
  resource: Resource<T>,
  setOf: (object: T) => PodSet,
  related: (object: T, view: View) => Pod[],
): ControllerSpec<T> {
  return {
    name,
    primary: resource,
    watches: [
      ownedWatch(podResource, resource.kind),
      orphanWatch(podResource, resource, (object) => setOf(object).selector),
    ],
    async plan(object, _key, view, now) {
      if (!object) return EMPTY_PLAN;
      const cache = view.cache(podResource);
      const orphans = cache.list(object.metadata.namespace).filter((pod) => !controllerOf(pod));
      const owned = cache.ownedBy(object.metadata.uid ?? '');
      const plan = reconcilePodSet(setOf(object), [...owned, ...orphans], now, related(object, view));
      if (plan.steps[0]?.some(({ verb }) => verb === 'patch')) await assertMayAdopt(client, resource, object);
      return plan;
    },
  };
}

export const replicaSetController = (client: ApiClient): ControllerSpec<ReplicaSet> =>
  podSetController(client, NAME, replicaSetResource, podSetOfReplicaSet, relatedPods);

export const replicationController = (client: ApiClient): ControllerSpec<ReplicationController> =>
  podSetController(
    client,
    'replication-controller',
    replicationControllerResource,
    podSetOfReplicationController,
    () => [],
  );

export const component: Component = oneActs({
  name: NAME,
  summary: 'keeps the wanted number of pods',
  async start({ settings, log, addReadyCheck }) {
    const client = createClient(loadKubeconfig(settings.kubeconfig), { userAgent: NAME });
    const controllers = runControllers([replicaSetController(client), replicationController(client)], { client, log });
    addReadyCheck('informers', controllers.readyCheck);
    return controllers;
  },
});
