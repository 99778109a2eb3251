/**
 * The ReplicaSet of a Deployment's current template, not yet created and with no pods.
 *
 * Its name, selector and pod labels carry the template's hash, so pods of different revisions never answer to the same set.
 * https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#pod-template-hash-label
 */

import { deploymentResource } from '../../../helper/api/apps/deployment';
import { type ReplicaSet, replicaSetResource } from '../../../helper/api/apps/replica-set';
import { apiVersionOf } from '../../../helper/api/resource';
import { controllerReference } from '../../../helper/controller/claim-dependents';
import { newSetAnnotations, withSize } from './revision';
import type { Rollout } from './rollout';
import { POD_TEMPLATE_HASH, templateHash } from './template-hash';

/** Size 0: the caller decides how many pods it starts with. */
export function newReplicaSet({ deployment, oldSets, replicas, maxSurge }: Rollout): ReplicaSet {
  const { metadata, spec, status } = deployment;
  const hash = { [POD_TEMPLATE_HASH]: templateHash(spec?.template, status?.collisionCount) };
  const labels = { ...spec?.template.metadata?.labels, ...hash };
  const owner = { ...deployment, apiVersion: apiVersionOf(deploymentResource), kind: deploymentResource.kind };
  return {
    apiVersion: apiVersionOf(replicaSetResource),
    kind: replicaSetResource.kind,
    metadata: {
      name: `${metadata.name}-${hash[POD_TEMPLATE_HASH]}`,
      ...(metadata.namespace ? { namespace: metadata.namespace } : {}),
      labels,
      annotations: withSize(newSetAnnotations(deployment, undefined, oldSets), replicas, maxSurge),
      ownerReferences: [controllerReference(owner)],
    },
    spec: {
      replicas: 0,
      ...(spec?.minReadySeconds ? { minReadySeconds: spec.minReadySeconds } : {}),
      selector: { ...spec?.selector, matchLabels: { ...spec?.selector.matchLabels, ...hash } },
      template: { ...spec?.template, metadata: { ...spec?.template.metadata, labels } },
    },
  };
}
