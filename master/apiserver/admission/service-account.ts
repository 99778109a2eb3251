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
import type { AdmissionReview } from './review';

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

/** The account of the pod; a client may create both in a row through different api-servers, so a miss looks twice. */
async function findAccount(
  { registry }: ApiRequest,
  namespace: string,
  name: string,
): Promise<ServiceAccount | undefined> {
  const accounts = registry.cacheOf(serviceAccountResource);
  if (!accounts.get(namespace, name)) await accounts.waitUntilCurrent();
  return accounts.get(namespace, name)?.object as ServiceAccount | undefined;
}

async function admitNewPod(request: ApiRequest, pod: Pod): Promise<void> {
  const { spec, metadata } = pod;
  if (!spec || metadata.annotations?.[MIRROR_ANNOTATION] !== undefined) return;
  spec.serviceAccountName ||= 'default';
  spec.serviceAccount = spec.serviceAccountName;
  const { namespace = '', name } = metadata;
  const account = await findAccount(request, namespace, spec.serviceAccountName);
  if (!account) {
    const wanted = `${namespace}/${spec.serviceAccountName}`;
    throw forbiddenError(
      request.kind,
      name,
      `error looking up service account ${wanted}: serviceaccount ${JSON.stringify(spec.serviceAccountName)} not found`,
    );
  }
  if (account.imagePullSecrets && !spec.imagePullSecrets?.length) spec.imagePullSecrets = [...account.imagePullSecrets];
  if (spec.automountServiceAccountToken ?? account.automountServiceAccountToken ?? true) mountAccess(spec);
}

export function admitServiceAccount(request: ApiRequest, { operation, object }: AdmissionReview): void | Promise<void> {
  if (request.kind.kind === 'Pod' && operation === 'create') return admitNewPod(request, object as Pod);
}
