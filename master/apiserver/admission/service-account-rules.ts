/**
 * What pods of a ServiceAccount may refer to: pure rules behind the ServiceAccount admission plugin.
 *
 * Mirror pods stand for pods a kubelet runs from files; they can have no identity and no secrets. An account may limit its pods
 * to the secrets it lists, by an annotation that Kubernetes has deprecated and still obeys.
 * https://kubernetes.io/docs/concepts/security/service-accounts/#enforce-mountable-secrets
 */
import type { Container } from 'kubernetes-types/core/v1';
import type { Pod } from '../../../helper/api/core/pod';
import type { ServiceAccount } from '../../../helper/api/core/service-account';

const ENFORCE_ANNOTATION = 'kubernetes.io/enforce-mountable-secrets';

const secretsOf = ({ env = [], envFrom = [] }: Container): string[] => [
  ...env.flatMap(({ valueFrom }) => valueFrom?.secretKeyRef?.name ?? []),
  ...envFrom.flatMap(({ secretRef }) => secretRef?.name ?? []),
];

/** Why this mirror pod is refused; undefined when it is fine. */
export function mirrorPodRefusal({ spec }: Pod): string | undefined {
  if (!spec) return undefined;
  const { volumes = [], initContainers = [], containers } = spec;
  if (spec.serviceAccountName) return 'a mirror pod may not reference service accounts';
  const secrets = [
    ...(spec.imagePullSecrets ?? []),
    ...volumes.flatMap(({ secret }) => secret?.secretName ?? []),
    ...[...initContainers, ...containers].flatMap(secretsOf),
  ];
  if (secrets.length) return 'a mirror pod may not reference secrets';
  const hasToken = volumes.some(({ projected }) =>
    projected?.sources?.some(({ serviceAccountToken }) => serviceAccountToken),
  );
  return hasToken ? 'a mirror pod may not use ServiceAccountToken volume projections' : undefined;
}

function secretInContainer(kind: string, container: Container, allowed: (name: string) => boolean): string | undefined {
  for (const { name, valueFrom } of container.env ?? []) {
    const secret = valueFrom?.secretKeyRef?.name;
    if (secret && !allowed(secret)) {
      return `${kind} ${container.name} with envVar ${name} referencing secret.secretName="${secret}"`;
    }
  }
  return undefined;
}

/** Which secret the pod may not use; undefined when it may use all it names, as pods of most accounts do. */
export function secretNotMountable({ spec }: Pod, account: ServiceAccount | undefined): string | undefined {
  if (!spec || !isLimited(account)) return undefined;
  const allowed = (name: string) => (account.secrets ?? []).some((secret) => secret.name === name);
  const forbidden = (what: string, kind = 'secret') =>
    `${what} is not allowed because service account ${account.metadata.name} does not reference that ${kind}`;
  for (const { secret } of spec.volumes ?? []) {
    const name = secret?.secretName;
    if (name && !allowed(name)) return forbidden(`volume with secret.secretName="${name}"`);
  }
  const found =
    spec.initContainers?.map((container) => secretInContainer('init container', container, allowed)).find(Boolean) ??
    spec.containers.map((container) => secretInContainer('container', container, allowed)).find(Boolean);
  if (found) return forbidden(found);
  const pullable = (name: string) => (account.imagePullSecrets ?? []).some((secret) => secret.name === name);
  const index = (spec.imagePullSecrets ?? []).findIndex(({ name = '' }) => !pullable(name));
  if (index < 0) return undefined;
  const name = spec.imagePullSecrets?.[index]?.name ?? '';
  return forbidden(`imagePullSecrets[${index}].name="${name}"`, 'imagePullSecret');
}

function isLimited(account: ServiceAccount | undefined): account is ServiceAccount {
  return account?.metadata.annotations?.[ENFORCE_ANNOTATION] === 'true';
}
