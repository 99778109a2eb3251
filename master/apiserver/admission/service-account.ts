/**
 * ServiceAccount: gives every new pod an identity, and the files it proves it with.
 *
 * The pod's account must exist. Unless pod or account say no, a projected volume with a token, the CA and the namespace is
 * mounted into every container at the place client libraries look for it.
 * https://kubernetes.io/docs/reference/access-authn-authz/service-accounts-admin/#serviceaccount-admission-controller
 */
import type { Container, PodSpec, Volume } from 'kubernetes-types/core/v1';
import type { Pod } from '../../../helper/api/core/pod';
import { type ServiceAccount, serviceAccountResource } from '../../../helper/api/core/service-account';
import { forbiddenError } from '../../../helper/api/status-error';
import type { ApiRequest } from '../api-request';
import { generateName } from '../rest/object-identity';
import { type AdmissionPlugin, isOneOf } from './review';
import { mirrorPodRefusal, secretNotMountable } from './service-account-rules';

const MOUNT_PATH = '/var/run/secrets/kubernetes.io/serviceaccount';
const VOLUME_PREFIX = 'kube-api-access-';
/** One hour and seven seconds, as in Kubernetes: tells these tokens from others. */
const TOKEN_SECONDS = 3607;
/** Pods the kubelet made itself exist before the API knows of them; nobody can mount anything into them. */
const MIRROR_ANNOTATION = 'kubernetes.io/config.mirror';

function accessVolume(name: string): Volume {
  return {
    name,
    projected: {
      defaultMode: 0o644,
      sources: [
        { serviceAccountToken: { expirationSeconds: TOKEN_SECONDS, path: 'token' } },
        { configMap: { name: 'kube-root-ca.crt', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
        {
          downwardAPI: {
            items: [{ path: 'namespace', fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.namespace' } }],
          },
        },
      ],
    },
  };
}

function mountAccess(spec: PodSpec): void {
  const lacksMount = ({ volumeMounts = [] }: Container) =>
    !volumeMounts.some(({ mountPath }) => mountPath === MOUNT_PATH);
  const containers = [...(spec.initContainers ?? []), ...(spec.containers ?? [])].filter(lacksMount);
  if (containers.length === 0) return;
  const own = spec.volumes?.find(({ name }) => name.startsWith(VOLUME_PREFIX));
  const name = own?.name ?? generateName(VOLUME_PREFIX);
  if (!own) spec.volumes = [...(spec.volumes ?? []), accessVolume(name)];
  for (const container of containers) {
    container.volumeMounts = [...(container.volumeMounts ?? []), { name, readOnly: true, mountPath: MOUNT_PATH }];
  }
}

function accountNamed({ registry }: ApiRequest, namespace: string, name: string): ServiceAccount | undefined {
  return registry.cacheOf(serviceAccountResource).get(namespace, name)?.object as ServiceAccount | undefined;
}

function giveIdentity(pod: Pod, account: ServiceAccount): void {
  const { spec } = pod;
  if (!spec) return;
  if (account.imagePullSecrets && !spec.imagePullSecrets?.length) {
    spec.imagePullSecrets = account.imagePullSecrets.map(({ name }) => ({ ...(name ? { name } : {}) }));
  }
  if (spec.automountServiceAccountToken ?? account.automountServiceAccountToken ?? true) mountAccess(spec);
}

/** Creates of account and pod may come in a row through different api-servers: a miss looks again. */
async function admitAfterWaiting(request: ApiRequest, pod: Pod, name: string): Promise<void> {
  const { namespace = '' } = pod.metadata;
  await request.registry.cacheOf(serviceAccountResource).waitUntilCurrent();
  const account = accountNamed(request, namespace, name);
  if (account) return giveIdentity(pod, account);
  const reason = `error looking up service account ${namespace}/${name}: serviceaccount ${JSON.stringify(name)} not found`;
  throw forbiddenError(request.kind, pod.metadata.name, reason);
}

export const serviceAccount: AdmissionPlugin = {
  name: 'ServiceAccount',
  handles: (kind, operation) => operation === 'create' && isOneOf(kind, ['Pod']),
  mutate(request, { object }) {
    const pod = object as Pod;
    const { spec, metadata } = pod;
    if (!spec || metadata.annotations?.[MIRROR_ANNOTATION] !== undefined) return;
    spec.serviceAccountName ||= 'default';
    spec.serviceAccount = spec.serviceAccountName;
    const account = accountNamed(request, metadata.namespace ?? '', spec.serviceAccountName);
    if (!account) return admitAfterWaiting(request, pod, spec.serviceAccountName);
    giveIdentity(pod, account);
  },
  validate(request, { object }) {
    const pod = object as Pod;
    const { namespace = '', name, annotations } = pod.metadata;
    const account = accountNamed(request, namespace, pod.spec?.serviceAccountName ?? '');
    const reason =
      annotations?.[MIRROR_ANNOTATION] === undefined ? secretNotMountable(pod, account) : mirrorPodRefusal(pod);
    if (reason) throw forbiddenError(request.kind, name, reason);
  },
};
