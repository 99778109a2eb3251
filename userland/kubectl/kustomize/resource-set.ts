/**
 * Objects on their way through kustomizations: each remembers the names it had, so that patches and references of any layer find it.
 */
import type { AnyObject } from '../resources/get-object';

export interface Item {
  readonly object: AnyObject;
  /** names of lower layers, oldest first, the present one included */
  readonly names: readonly string[];
  /** its name gets the hash of its content at the end */
  readonly hasHash: boolean;
}

/** Kinds that live outside of namespaces. Custom resources are taken to live inside. */
const CLUSTER_KINDS = new Set(
  'APIService CSIDriver CSINode CertificateSigningRequest ClusterRole ClusterRoleBinding CustomResourceDefinition FlowSchema IngressClass MutatingWebhookConfiguration Namespace Node PersistentVolume PriorityClass PriorityLevelConfiguration RuntimeClass StorageClass ValidatingAdmissionPolicy ValidatingAdmissionPolicyBinding ValidatingWebhookConfiguration VolumeAttachment'.split(
    ' ',
  ),
);

export const isNamespaced = ({ kind }: Pick<AnyObject, 'kind'>) => !CLUSTER_KINDS.has(kind);

export const groupOf = ({ apiVersion }: Pick<AnyObject, 'apiVersion'>) =>
  apiVersion.includes('/') ? (apiVersion.split('/')[0] ?? '') : '';

/** Kinds that others need come first, those that others would be stopped by come last. */
const FIRST =
  'Namespace ResourceQuota StorageClass CustomResourceDefinition ServiceAccount PodSecurityPolicy Role ClusterRole RoleBinding ClusterRoleBinding ConfigMap Secret Endpoints Service LimitRange PriorityClass PersistentVolume PersistentVolumeClaim Deployment StatefulSet CronJob PodDisruptionBudget'.split(
    ' ',
  );
const LAST = ['MutatingWebhookConfiguration', 'ValidatingWebhookConfiguration'];

function rank(kind: string): number {
  const first = FIRST.indexOf(kind);
  if (first >= 0) return first - FIRST.length;
  return LAST.indexOf(kind) + 1;
}

const sortKey = ({ kind, apiVersion, metadata }: AnyObject) =>
  [kind, apiVersion, metadata.namespace ?? '', metadata.name].join('\u0000');

/** The order in which a cluster can take them. */
export function sortedForApply(items: readonly Item[]): Item[] {
  return [...items].sort((a, b) => {
    const byRank = rank(a.object.kind) - rank(b.object.kind);
    if (byRank !== 0) return byRank;
    return sortKey(a.object) < sortKey(b.object) ? -1 : 1;
  });
}

/** The object at this path changed by `change`; as it was when the path is not there. `*` stands for every item of a list. */
export function changeAt(value: unknown, path: readonly string[], change: (value: unknown) => unknown): unknown {
  const [step, ...rest] = path;
  if (step === undefined) return change(value);
  if (step === '*') return Array.isArray(value) ? value.map((item) => changeAt(item, rest, change)) : value;
  if (typeof value !== 'object' || value === null || Array.isArray(value) || !Object.hasOwn(value, step)) return value;
  const fields = value as Readonly<Record<string, unknown>>;
  return { ...fields, [step]: changeAt(fields[step], rest, change) };
}

/** The fields at this path with more fields laid over them; made where they are missing below an object that is there. */
export function mergeAt(value: unknown, path: readonly string[], more: object, mayCreate: boolean): unknown {
  const [step, ...rest] = path;
  if (step === undefined) return { ...(value as object | undefined), ...more };
  if (step === '*') return Array.isArray(value) ? value.map((item) => mergeAt(item, rest, more, mayCreate)) : value;
  const fields = (value ?? {}) as Readonly<Record<string, unknown>>;
  if (!Object.hasOwn(fields, step) && !mayCreate) return value;
  return { ...fields, [step]: mergeAt(fields[step], rest, more, mayCreate) };
}
