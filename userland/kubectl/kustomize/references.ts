/**
 * Names in objects that mean other objects: when those are renamed, these follow. Pure.
 */
import { changeAt, type Item } from './resource-set';

interface Reference {
  /** what is meant */
  readonly kind: string;
  /** where it stands; below a pod's spec where `inPod` */
  readonly paths: readonly string[];
  readonly inPod?: boolean;
  /** only in objects of these kinds */
  readonly of?: readonly string[];
}

const CONTAINERS = ['containers', 'initContainers', 'ephemeralContainers'];
const inContainers = (path: string) => CONTAINERS.map((list) => `${list}/*/${path}`);

const REFERENCES: readonly Reference[] = [
  {
    kind: 'ConfigMap',
    inPod: true,
    paths: [
      'volumes/*/configMap/name',
      'volumes/*/projected/sources/*/configMap/name',
      ...inContainers('env/*/valueFrom/configMapKeyRef/name'),
      ...inContainers('envFrom/*/configMapRef/name'),
    ],
  },
  {
    kind: 'Secret',
    inPod: true,
    paths: [
      'volumes/*/secret/secretName',
      'volumes/*/projected/sources/*/secret/name',
      'imagePullSecrets/*/name',
      ...inContainers('env/*/valueFrom/secretKeyRef/name'),
      ...inContainers('envFrom/*/secretRef/name'),
    ],
  },
  { kind: 'ServiceAccount', inPod: true, paths: ['serviceAccountName', 'serviceAccount'] },
  { kind: 'PersistentVolumeClaim', inPod: true, paths: ['volumes/*/persistentVolumeClaim/claimName'] },
  { kind: 'PriorityClass', inPod: true, paths: ['priorityClassName'] },
  { kind: 'Secret', of: ['Ingress'], paths: ['spec/tls/*/secretName'] },
  { kind: 'Secret', of: ['ServiceAccount'], paths: ['secrets/*/name', 'imagePullSecrets/*/name'] },
  {
    kind: 'Service',
    of: ['Ingress'],
    paths: ['spec/rules/*/http/paths/*/backend/service/name', 'spec/defaultBackend/service/name'],
  },
  { kind: 'Service', of: ['StatefulSet'], paths: ['spec/serviceName'] },
  {
    kind: 'Service',
    of: ['MutatingWebhookConfiguration', 'ValidatingWebhookConfiguration'],
    paths: ['webhooks/*/clientConfig/service/name'],
  },
  { kind: 'StorageClass', of: ['PersistentVolumeClaim', 'PersistentVolume'], paths: ['spec/storageClassName'] },
  { kind: 'StorageClass', of: ['StatefulSet'], paths: ['spec/volumeClaimTemplates/*/spec/storageClassName'] },
  { kind: 'PersistentVolume', of: ['PersistentVolumeClaim'], paths: ['spec/volumeName'] },
  { kind: 'IngressClass', of: ['Ingress'], paths: ['spec/ingressClassName'] },
];

/** Fields that say themselves which kind they mean. */
const BY_KIND: Readonly<Record<string, string>> = {
  HorizontalPodAutoscaler: 'spec/scaleTargetRef',
  RoleBinding: 'roleRef',
  ClusterRoleBinding: 'roleRef',
};

/** Where the pod's spec stands in an object of this kind; undefined when it has none. */
export function podSpecPath(kind: string): string[] | undefined {
  if (kind === 'Pod') return ['spec'];
  if (kind === 'CronJob') return 'spec/jobTemplate/spec/template/spec'.split('/');
  const withTemplate = ['Deployment', 'ReplicaSet', 'StatefulSet', 'DaemonSet', 'Job', 'ReplicationController'];
  return withTemplate.includes(kind) ? 'spec/template/spec'.split('/') : undefined;
}

/** New names by kind and old name. */
export type Renames = ReadonlyMap<string, string>;
export const renameKey = (kind: string, name: string) => `${kind}/${name}`;

interface Named {
  readonly kind?: string;
  readonly name?: string;
  readonly namespace?: string;
}

function renamed(reference: unknown, renames: Renames): unknown {
  const { kind = '', name = '' } = reference as Named;
  const next = renames.get(renameKey(kind, name));
  return next === undefined ? reference : { ...(reference as object), name: next };
}

/** The ServiceAccounts of a binding, in the namespace everything is put into. */
function renamedSubject(subject: unknown, renames: Renames, namespace: string | undefined): unknown {
  const { kind, name = '' } = subject as Named;
  if (kind !== 'ServiceAccount') return subject;
  const isOurs = renames.has(renameKey('ServiceAccount', name));
  const moved = namespace && (isOurs || name === 'default') ? { namespace } : {};
  return { ...(renamed(subject, renames) as object), ...moved };
}

/** The item with its references renamed. `namespace`: of the layer, for bindings. */
export function renameReferences(item: Item, renames: Renames, namespace?: string): Item {
  const { kind } = item.object;
  let object: unknown = item.object;
  const podPath = podSpecPath(kind);
  for (const reference of REFERENCES) {
    if (reference.of && !reference.of.includes(kind)) continue;
    if (reference.inPod && !podPath) continue;
    for (const path of reference.paths) {
      const steps = [...(reference.inPod ? (podPath ?? []) : []), ...path.split('/')];
      object = changeAt(object, steps, (name) => renames.get(renameKey(reference.kind, String(name))) ?? name);
    }
  }
  const byKind = BY_KIND[kind];
  if (byKind) object = changeAt(object, byKind.split('/'), (reference) => renamed(reference, renames));
  if (kind.endsWith('RoleBinding'))
    object = changeAt(object, ['subjects', '*'], (subject) => renamedSubject(subject, renames, namespace));
  return { ...item, object: object as Item['object'] };
}
