/**
 * The Deployment controller as a component. A Deployment that recreates its pods also wakes when an old one is gone.
 */
import { type Deployment, deploymentResource } from '../../../helper/api/apps/deployment';
import { replicaSetResource } from '../../../helper/api/apps/replica-set';
import { type Pod, podResource } from '../../../helper/api/core/pod';
import { controllerOf, type KubeObject } from '../../../helper/api/meta';
import type { ApiClient } from '../../../helper/client/client';
import { loadKubeconfig } from '../../../helper/client/kubeconfig';
import { createClient } from '../../../helper/client/rest-client';
import { assertMayAdopt, orphanWatch } from '../../../helper/controller/claim-dependents';
import { type ControllerSpec, EMPTY_PLAN, ownedWatch, type View } from '../../../helper/controller/controller';
import { oneActs } from '../../../helper/controller/one-acts';
import { runControllers } from '../../../helper/controller/run-controller';
import type { Component } from '../../../helper/process/component';
import { reconcileDeployment } from './reconcile';
import { isRollingUpdate } from './rollout';

const NAME = 'deployment-controller';

/** Pod to ReplicaSet to Deployment, for Deployments that wait for old pods to end. */
function recreatingOwner(pod: KubeObject, view: View): string[] {
  const { namespace = '' } = pod.metadata;
  const set = view.cache(replicaSetResource).get(namespace, controllerOf(pod)?.name ?? '');
  const owner = set && controllerOf(set);
  const deployment = owner && view.cache(deploymentResource).get(namespace, owner.name);
  return deployment && !isRollingUpdate(deployment) ? [`${namespace}/${deployment.metadata.name}`] : [];
}

export function deploymentController(client: ApiClient): ControllerSpec<Deployment> {
  return {
    name: NAME,
    primary: deploymentResource,
    watches: [
      ownedWatch(replicaSetResource, 'Deployment'),
      orphanWatch(replicaSetResource, deploymentResource, ({ spec }) => spec?.selector),
      // What is on no node does not run: nobody waits for its end.
      { resource: podResource, fieldSelector: 'spec.nodeName!=', toKeys: recreatingOwner },
    ],
    async plan(deployment, _key, view, now) {
      if (!deployment) return EMPTY_PLAN;
      const sets = view.cache(replicaSetResource);
      const owned = sets.ownedBy(deployment.metadata.uid ?? '');
      const podsOf = (uid = ''): readonly Pod[] => view.cache(podResource).ownedBy(uid);
      const pods = isRollingUpdate(deployment) ? [] : owned.flatMap(({ metadata }) => podsOf(metadata.uid));
      const plan = reconcileDeployment(deployment, sets.list(deployment.metadata.namespace), pods, now);
      const claims = plan.steps[0]?.some(({ verb, resource }) => verb === 'patch' && resource === replicaSetResource);
      if (claims) await assertMayAdopt(client, deploymentResource, deployment);
      return plan;
    },
  };
}

export const component: Component = oneActs({
  name: NAME,
  summary: 'rollouts',
  async start({ settings, log, addReadyCheck }) {
    const client = createClient(loadKubeconfig(settings.kubeconfig), { userAgent: NAME });
    const controllers = runControllers([deploymentController(client)], { client, log });
    addReadyCheck('informers', controllers.readyCheck);
    return controllers;
  },
});
