/**
 * What one object uses of the resources a quota can limit: pure, for admission and for the controller that counts anew.
 *
 * Pods use cpu, memory and the like until they have ended; services node ports and load balancers; claims storage, in all and by
 * class. Everything counts as an object, under `count/<plural>.<group>`, a few kinds also under the names from before that.
 * https://kubernetes.io/docs/concepts/policy/resource-quotas/
 */
import type { ResourceQuotaSpec } from 'kubernetes-types/core/v1';
import type { KubeObject } from '../meta';
import { addQuantities, compareQuantities, isQuantity } from '../quantity';
import { qualifiedName, type Resource } from '../resource';
import type { PersistentVolumeClaim } from './persistent-volume-claim';
import { type Amounts, podAmounts } from './pod-amounts';
import type { Pod } from './pod-object';
import { isInScope, scopesOf } from './quota-scopes';
import type { Service } from './service';

type Type = Pick<Resource, 'group' | 'plural'>;

const OLD_COUNTS: readonly string[] = ['configmaps', 'secrets', 'replicationcontrollers', 'resourcequotas'];
const COMPUTE: readonly string[] = ['cpu', 'memory', 'ephemeral-storage'];
const POD_RESOURCES = new Set(['pods', ...COMPUTE.flatMap((name) => [name, `requests.${name}`, `limits.${name}`])]);
const SERVICE_RESOURCES = new Set(['services', 'services.nodeports', 'services.loadbalancers']);
const CLASS_SUFFIX = '.storageclass.storage.k8s.io/';
const OLD_CLASS_ANNOTATION = 'volume.beta.kubernetes.io/storage-class';
const ENDED = ['Succeeded', 'Failed'];

/** The kinds whose use is more than their number; '' is the core group. */
export const MEASURED_PLURALS: readonly string[] = ['pods', 'services', 'persistentvolumeclaims'];

const countName = (type: Type) => `count/${qualifiedName(type)}`;

function isPodResource(name: string): boolean {
  if (POD_RESOURCES.has(name) || /^(requests\.)?hugepages-/.test(name)) return true;
  return name.startsWith('requests.') && name.includes('/') && !name.includes('kubernetes.io/');
}

/** Can objects of this type use the resource? */
export function usesResource(type: Type, name: string): boolean {
  if (name === countName(type)) return true;
  if (type.group !== '') return false;
  switch (type.plural) {
    case 'pods':
      return isPodResource(name);
    case 'services':
      return SERVICE_RESOURCES.has(name);
    case 'persistentvolumeclaims':
      return name === 'persistentvolumeclaims' || name === 'requests.storage' || name.includes(CLASS_SUFFIX);
    default:
      return name === type.plural && OLD_COUNTS.includes(name);
  }
}

/** Has the pod given back what it used? It has when it ended, or when its node did not answer for the whole grace period. */
function hasEnded({ status, metadata }: Pod, now: Date): boolean {
  if (ENDED.includes(status?.phase ?? '')) return true;
  const { deletionTimestamp, deletionGracePeriodSeconds } = metadata;
  return (
    deletionTimestamp !== undefined &&
    deletionGracePeriodSeconds !== undefined &&
    now.getTime() > Date.parse(deletionTimestamp) + deletionGracePeriodSeconds * 1000
  );
}

/** Requests and limits of a container or pod under the names quotas have for them. */
export function computeUsage(requests: Amounts, limits: Amounts): Amounts {
  const usage: Record<string, string | number> = {};
  for (const [name, amount] of Object.entries(requests)) {
    const isKnown = COMPUTE.includes(name) || name.startsWith('hugepages-');
    if (isKnown) usage[name] = amount;
    if (isKnown || name.includes('/')) usage[`requests.${name}`] = amount;
  }
  for (const [name, amount] of Object.entries(limits)) if (COMPUTE.includes(name)) usage[`limits.${name}`] = amount;
  return usage;
}

function podUsage(pod: Pod, now: Date): Amounts {
  if (hasEnded(pod, now)) return { 'count/pods': '1' };
  const { requests, limits } = podAmounts(pod.spec ?? { containers: [] });
  return { 'count/pods': '1', pods: '1', ...computeUsage(requests, limits) };
}

function serviceUsage({ spec }: Service): Amounts {
  const { type, ports = [], allocateLoadBalancerNodePorts } = spec ?? {};
  const named = ports.filter(({ nodePort }) => nodePort).length;
  const isBalanced = type === 'LoadBalancer';
  const nodePorts = isBalanced && allocateLoadBalancerNodePorts === false ? named : ports.length;
  return {
    'count/services': '1',
    services: '1',
    'services.nodeports': String(isBalanced || type === 'NodePort' ? nodePorts : 0),
    'services.loadbalancers': isBalanced ? '1' : '0',
  };
}

function claimUsage({ spec, status, metadata }: PersistentVolumeClaim): Amounts {
  const wanted = spec?.resources?.requests?.['storage'];
  const granted = status?.allocatedResources?.['storage'];
  const sizes = [wanted, granted]
    .filter((size) => isQuantity(size))
    .sort((left, right) => compareQuantities(right, left));
  const counts = { 'count/persistentvolumeclaims': '1', persistentvolumeclaims: '1' };
  const size = sizes[0];
  const usage: Record<string, string> = {
    ...counts,
    ...(size === undefined ? {} : { 'requests.storage': String(size) }),
  };
  const storageClass = metadata.annotations?.[OLD_CLASS_ANNOTATION] ?? spec?.storageClassName;
  if (!storageClass) return usage;
  usage[`${storageClass}${CLASS_SUFFIX}persistentvolumeclaims`] = '1';
  if (size !== undefined) usage[`${storageClass}${CLASS_SUFFIX}requests.storage`] = String(size);
  return usage;
}

/** All that the object uses, by resource name. */
export function usageOf(type: Type, object: KubeObject, now: Date): Amounts {
  if (type.group === '' && type.plural === 'pods') return podUsage(object as Pod, now);
  if (type.group === '' && type.plural === 'services') return serviceUsage(object as Service);
  if (type.group === '' && type.plural === 'persistentvolumeclaims') return claimUsage(object as PersistentVolumeClaim);
  const isOld = type.group === '' && OLD_COUNTS.includes(type.plural);
  return { [countName(type)]: '1', ...(isOld ? { [type.plural]: '1' } : {}) };
}

/** Is the object one the quota's scopes are about? */
export function isInScopes(spec: ResourceQuotaSpec | undefined, type: Type, object: KubeObject): boolean {
  const scopes = scopesOf(spec);
  if (!scopes.length) return true;
  const isPod = type.group === '' && type.plural === 'pods';
  return isPod && scopes.every((scope) => isInScope(scope, object as Pod));
}

/** Sums up; a resource that is in neither is absent. */
export function addAmounts(left: Amounts, right: Amounts): Amounts {
  const sum: Record<string, string | number> = { ...left };
  for (const [name, amount] of Object.entries(right)) sum[name] = addQuantities(sum[name] ?? '0', amount);
  return sum;
}

/** Those of the named resources. */
export function only(amounts: Amounts, names: readonly string[]): Amounts {
  return Object.fromEntries(Object.entries(amounts).filter(([name]) => names.includes(name)));
}
