/**
 * NamespaceLifecycle: nothing is created in a namespace that does not exist or is going away, and the system's own are not deleted.
 * https://kubernetes.io/docs/reference/access-authn-authz/admission-controllers/#namespacelifecycle
 */
import { type Namespace, namespaceResource } from '../../../helper/api/core/namespace';
import { notFound, StatusError } from '../../../helper/api/status-error';
import type { ApiRequest } from '../api-request';
import { type AdmissionPlugin, type AdmissionReview, isOneOf } from './review';

/** Namespaces that exist as long as the cluster does. */
export const SYSTEM_NAMESPACES = ['default', 'kube-system', 'kube-public', 'kube-node-lease'] as const;
const IMMORTAL: ReadonlySet<string> = new Set(['default', 'kube-system', 'kube-public']);

function refuseDeletion(name: string): never {
  throw new StatusError(
    'Forbidden',
    `namespaces ${JSON.stringify(name)} is forbidden: this namespace may not be deleted`,
    {
      name,
      kind: 'namespaces',
    },
  );
}

function refuseNewContent({ kind }: ApiRequest, name: string, namespace: string): never {
  const type = kind.group ? `${kind.plural}.${kind.group}` : kind.plural;
  const message = `unable to create new content in namespace ${namespace} because it is being terminated`;
  throw new StatusError('Forbidden', `${type} ${JSON.stringify(name)} is forbidden: ${message}`, {
    name,
    ...(kind.group ? { group: kind.group } : {}),
    kind: kind.plural,
    causes: [
      {
        reason: 'NamespaceTerminating',
        message: `namespace ${namespace} is being terminated`,
        field: 'metadata.namespace',
      },
    ],
  });
}

/** A client may create something right after the namespace, through another api-server: a miss looks again. */
async function admitAfterWaiting(request: ApiRequest, review: AdmissionReview): Promise<void> {
  await request.registry.cacheOf(namespaceResource).waitUntilCurrent();
  if (!isAdmitted(request, review)) throw notFound(namespaceResource, review.object.metadata.namespace ?? '');
}

/** False when the namespace is not there. */
function isAdmitted(request: ApiRequest, { object }: AdmissionReview): boolean {
  const { namespace = '' } = object.metadata;
  const found = request.registry.cacheOf(namespaceResource).get('', namespace)?.object as Namespace | undefined;
  if (found?.metadata.deletionTimestamp) refuseNewContent(request, object.metadata.name, namespace);
  return found !== undefined;
}

export const namespaceLifecycle: AdmissionPlugin = {
  name: 'NamespaceLifecycle',
  handles: (kind, operation) =>
    (operation === 'create' && kind.namespaced) || (operation === 'delete' && isOneOf(kind, ['Namespace'])),
  mutate(request, review) {
    if (review.operation === 'delete') {
      if (IMMORTAL.has(review.object.metadata.name)) refuseDeletion(review.object.metadata.name);
      return;
    }
    if (!isAdmitted(request, review)) return admitAfterWaiting(request, review);
  },
};
