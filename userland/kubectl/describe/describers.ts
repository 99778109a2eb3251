/**
 * Which kinds have a description of their own, and what each needs to know besides the object. All others get the generic one.
 *
 * A new description is a function in one of the files beside this, and a row here.
 */
import type { DaemonSet } from '../../../helper/api/apps/daemon-set';
import type { Deployment } from '../../../helper/api/apps/deployment';
import { type ReplicaSet, replicaSetResource } from '../../../helper/api/apps/replica-set';
import type { StatefulSet } from '../../../helper/api/apps/stateful-set';
import type { HorizontalPodAutoscaler } from '../../../helper/api/autoscaling/horizontal-pod-autoscaler';
import type { CronJob } from '../../../helper/api/batch/cron-job';
import type { Job } from '../../../helper/api/batch/job';
import { leaseResource } from '../../../helper/api/coordination/lease';
import type { ConfigMap } from '../../../helper/api/core/config-map';
import { type LimitRange, limitRangeResource } from '../../../helper/api/core/limit-range';
import type { Namespace } from '../../../helper/api/core/namespace';
import type { Node } from '../../../helper/api/core/node';
import type { PersistentVolume } from '../../../helper/api/core/persistent-volume';
import type { PersistentVolumeClaim } from '../../../helper/api/core/persistent-volume-claim';
import { type Pod, podResource } from '../../../helper/api/core/pod';
import type { ReplicationController } from '../../../helper/api/core/replication-controller';
import { type ResourceQuota, resourceQuotaResource } from '../../../helper/api/core/resource-quota';
import { type Secret, secretResource } from '../../../helper/api/core/secret';
import type { Service } from '../../../helper/api/core/service';
import { type EndpointSlice, endpointSliceResource } from '../../../helper/api/discovery/endpoint-slice';
import type { KubeObject } from '../../../helper/api/meta';
import type { Ingress } from '../../../helper/api/networking/ingress';
import type { NetworkPolicy } from '../../../helper/api/networking/network-policy';
import type { PodDisruptionBudget } from '../../../helper/api/policy/pod-disruption-budget';
import type { PriorityClass } from '../../../helper/api/scheduling/priority-class';
import { isNotFound } from '../../../helper/api/status-error';
import type { StorageClass } from '../../../helper/api/storage/storage-class';
import type { AnyObject } from '../resources/get-object';
import type { Context } from '../verb';
import { describeAutoscaler } from './describe-autoscaler';
import { describeCronJob, describeJob } from './describe-batch';
import { describeEndpointSlice, describeEndpoints } from './describe-endpoints';
import { describeIngress } from './describe-ingress';
import { describeNetworkPolicy } from './describe-network-policy';
import { describeConfigMap, describeNamespace, describeNode, describeSecret, describeService } from './describe-others';
import { describePod } from './describe-pod';
import {
  describeDisruptionBudget,
  describeLimitRange,
  describePriorityClass,
  describeQuota,
} from './describe-policies';
import { describeBinding, describeRole, describeServiceAccount } from './describe-rights';
import type { DescribeText } from './describe-text';
import { describeClaim, describeStorageClass, describeVolumeObject } from './describe-volumes';
import {
  describeDaemonSet,
  describeDeployment,
  describeReplicaSet,
  describeReplicationController,
  describeStatefulSet,
} from './describe-workload';

type Describe = (text: DescribeText, object: AnyObject, context: Context) => Promise<void> | void;

const namespaceOf = (object: AnyObject) => object.metadata.namespace ?? '';

/** Where kubelets show that they live. */
const NODE_LEASES = 'kube-node-lease';

async function orUndefined<T>(found: Promise<T>): Promise<T | undefined> {
  return await found.catch((error: unknown) => {
    if (isNotFound(error)) return undefined;
    throw error;
  });
}

/** A description that needs the pods of the object's namespace. */
const withPods =
  <T extends KubeObject>(
    describe: (text: DescribeText, object: T, pods: readonly Pod[], now: Date) => void,
  ): Describe =>
  async (text, object, { client }) => {
    const pods = await client.list(podResource, { namespace: namespaceOf(object) });
    describe(text, object as unknown as T, pods.items, new Date());
  };

const RBAC: Readonly<Record<string, Describe>> = {
  'role.rbac.authorization.k8s.io': describeRole,
  'clusterrole.rbac.authorization.k8s.io': describeRole,
  'rolebinding.rbac.authorization.k8s.io': describeBinding,
  'clusterrolebinding.rbac.authorization.k8s.io': describeBinding,
  serviceaccount: async (text, object, { client }) => {
    const { items } = await client.list(secretResource, { namespace: namespaceOf(object) });
    const isItsToken = ({ metadata, type }: Secret) =>
      type === 'kubernetes.io/service-account-token' &&
      metadata.annotations?.['kubernetes.io/service-account.name'] === object.metadata.name;
    const tokens = items.filter(isItsToken).map(({ metadata }) => metadata.name);
    describeServiceAccount(text, object, tokens, new Set(items.map(({ metadata }) => metadata.name)));
  },
};

const WORKLOADS: Readonly<Record<string, Describe>> = {
  pod: (text, object) => describePod(text, object as Pod, new Date()),
  'deployment.apps': async (text, object, { client }) => {
    const sets = await client.list(replicaSetResource, { namespace: namespaceOf(object) });
    describeDeployment(text, object as Deployment, sets.items);
  },
  'replicaset.apps': withPods<ReplicaSet>(describeReplicaSet),
  replicationcontroller: withPods<ReplicationController>(describeReplicationController),
  'statefulset.apps': withPods<StatefulSet>(describeStatefulSet),
  'daemonset.apps': withPods<DaemonSet>(describeDaemonSet),
  'job.batch': (text, object) => describeJob(text, object as Job),
  'cronjob.batch': (text, object) => describeCronJob(text, object as CronJob),
  'horizontalpodautoscaler.autoscaling': (text, object) => describeAutoscaler(text, object as HorizontalPodAutoscaler),
};

const POLICIES: Readonly<Record<string, Describe>> = {
  resourcequota: (text, object) => describeQuota(text, object as ResourceQuota),
  limitrange: (text, object) => describeLimitRange(text, object as LimitRange),
  'poddisruptionbudget.policy': (text, object) => describeDisruptionBudget(text, object as PodDisruptionBudget),
  'priorityclass.scheduling.k8s.io': (text, object) => describePriorityClass(text, object as unknown as PriorityClass),
  'networkpolicy.networking.k8s.io': (text, object) => describeNetworkPolicy(text, object as NetworkPolicy),
};

const STORAGE_AND_NETWORK: Readonly<Record<string, Describe>> = {
  persistentvolumeclaim: withPods<PersistentVolumeClaim>(describeClaim),
  persistentvolume: (text, object) => describeVolumeObject(text, object as PersistentVolume, new Date()),
  'storageclass.storage.k8s.io': (text, object) => describeStorageClass(text, object as unknown as StorageClass),
  configmap: (text, object) => describeConfigMap(text, object as ConfigMap),
  secret: (text, object) => describeSecret(text, object as Secret),
  service: async (text, object, { client }) => {
    const labelSelector = `kubernetes.io/service-name=${object.metadata.name}`;
    const slices = await client.list(endpointSliceResource, { namespace: namespaceOf(object), labelSelector });
    describeService(text, object as Service, slices.items);
  },
  endpoints: describeEndpoints,
  'endpointslice.discovery.k8s.io': (text, object) => describeEndpointSlice(text, object as unknown as EndpointSlice),
  'ingress.networking.k8s.io': (text, object, { client }) => describeIngress(text, object as Ingress, client),
};

/** By the singular name kubectl prints. */
export const DESCRIBERS: Readonly<Record<string, Describe>> = {
  ...RBAC,
  ...WORKLOADS,
  ...POLICIES,
  ...STORAGE_AND_NETWORK,
  node: async (text, object, { client }) => {
    const fieldSelector = `spec.nodeName=${object.metadata.name},status.phase!=Failed,status.phase!=Succeeded`;
    const pods = await client.list(podResource, { fieldSelector });
    const lease = await orUndefined(client.get(leaseResource, NODE_LEASES, object.metadata.name));
    describeNode(text, object as Node, pods.items, lease, new Date());
  },
  namespace: async (text, object, { client }) => {
    const query = { namespace: object.metadata.name };
    const [quotas, limits] = await Promise.all([
      client.list(resourceQuotaResource, query),
      client.list(limitRangeResource, query),
    ]);
    describeNamespace(text, object as Namespace, quotas.items, limits.items);
  },
};
