/**
 * NamespaceLifecycle: nothing is created in a namespace that does not exist or is going away, and the system's own are not deleted.
 * https://kubernetes.io/docs/reference/access-authn-authz/admission-controllers/#namespacelifecycle
 */
import { type Namespace, namespaceResource } from '../../../helper/api/core/namespace';
import { notFound, StatusError } from '../../../helper/api/status-error';
import type { ApiRequest } from '../api-request';
import type { AdmissionReview } from './review';

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

async function admitCreate(request: ApiRequest, { object }: AdmissionReview): Promise<void> {
  const { name, namespace = '' } = object.metadata;
  const namespaces = request.registry.cacheOf(namespaceResource);
  // A client may create something right after the namespace, through another api-server.
  if (!namespaces.get('', namespace)) await namespaces.waitUntilCurrent();
  const found = namespaces.get('', namespace)?.object as Namespace | undefined;
  if (!found) throw notFound(namespaceResource, namespace);
  if (found.metadata.deletionTimestamp) refuseNewContent(request, name, namespace);
}

export function admitNamespace(request: ApiRequest, review: AdmissionReview): void | Promise<void> {
  const { kind } = request;
  if (review.operation === 'create' && kind.namespaced) return admitCreate(request, review);
  if (review.operation === 'delete' && kind.kind === 'Namespace' && IMMORTAL.has(review.object.metadata.name)) {
    refuseDeletion(review.object.metadata.name);
  }
}
