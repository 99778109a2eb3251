/**
 * NodeRestriction in the admission chain: looks at every write whose user is a node, at all others not at all.
 *
 * `nodeRestriction` takes its place in the chain of `admission.ts`; subresources that do not go through the chain (status, token,
 * eviction) call `refuseNodeWrite` with the body they were sent.
 * https://kubernetes.io/docs/reference/access-authn-authz/admission-controllers/#noderestriction
 */
import { type Node, nodeResource } from '../../../../helper/api/core/node';
import { type Pod, podResource } from '../../../../helper/api/core/pod';
import type { KubeObject } from '../../../../helper/api/meta';
import { forbiddenError } from '../../../../helper/api/status-error';
import type { AdmissionPlugin } from '../../admission/review';
import type { ApiRequest } from '../../api-request';
import { nodeIdentity } from './node-identity';
import { isRestricted, type NodeWrite, nodeWriteRefusal } from './node-restriction';

type Write = Pick<NodeWrite, 'operation' | 'object'> & { readonly old?: KubeObject | undefined };

/** Throws Forbidden when a node writes what is not its business. */
export function refuseNodeWrite(request: ApiRequest, write: Write): void {
  const node = nodeIdentity(request.user);
  if (node === undefined) return;
  const { info, kind, registry } = request;
  const written = write.object as Partial<KubeObject> | undefined;
  const name = info.name || (written?.metadata?.name ?? '');
  const refusal = nodeWriteRefusal(
    {
      ...write,
      node,
      name,
      group: kind.group,
      resource: kind.plural,
      subresource: info.subresource,
      namespace: info.namespace,
    },
    {
      pod: (namespace, pod) => registry.cacheOf(podResource).get(namespace, pod)?.object as Pod | undefined,
      node: (other) => registry.cacheOf(nodeResource).get('', other)?.object as Node | undefined,
    },
  );
  if (refusal) throw forbiddenError(kind, name, refusal);
}

/** The admission plugin; the first of the chain, so that nothing was filled in before it looks. */
export const nodeRestriction: AdmissionPlugin = {
  name: 'NodeRestriction',
  handles: (kind) => isRestricted(kind.group, kind.plural),
  mutate: refuseNodeWrite,
};
