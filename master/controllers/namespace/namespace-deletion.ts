/**
 * Empties namespaces that are being deleted, and then lets them go by taking the finalizer `kubernetes` from them.
 *
 * Content goes in its own time (pods have their grace, objects their finalizers). Until it has gone the conditions say what is
 * left, and the namespace is looked at again soon: first after 50 ms, at most every 500 ms. Asking beats watching here, because a
 * watch on every kind of the cluster would cost this process the memory of all objects.
 * https://kubernetes.io/docs/tasks/administer-cluster/namespaces/#deleting-a-namespace
 */
import { NAMESPACE_FINALIZER, type Namespace, namespaceResource } from '../../../helper/api/core/namespace';
import { isNotFound } from '../../../helper/api/status-error';
import { type ApiClient, causeOf } from '../../../helper/client/client';
import { type ControllerSpec, EMPTY_PLAN, type Plan } from '../../../helper/controller/controller';
import { isEmptied, namespaceConditions } from './content-report';
import { deleteContent } from './delete-content';
import { shareDiscovery } from './shared-discovery';

const FIRST_LOOK_MS = 50;
const LONGEST_LOOK_MS = 500;

/** How long to wait before the next look: doubles from the first to the longest. */
export function nextLookMs(looks: number): number {
  return Math.min(LONGEST_LOOK_MS, FIRST_LOOK_MS * 2 ** Math.min(looks, 10));
}

export function namespaceDeletionController(client: ApiClient): ControllerSpec<Namespace> {
  const discover = shareDiscovery(client);
  /** key -> how often its content was still there */
  const looks = new Map<string, number>();
  return {
    name: 'namespace-controller',
    primary: namespaceResource,
    watches: [],
    async plan(namespace, key, _view, now): Promise<Plan> {
      const isHeldByUs = namespace?.spec?.finalizers?.includes(NAMESPACE_FINALIZER) ?? false;
      if (!namespace?.metadata.deletionTimestamp || !isHeldByUs) {
        looks.delete(key);
        return EMPTY_PLAN;
      }
      const caused = client.withCause(causeOf(namespaceResource, namespace));
      const report = await deleteContent(caused, namespace.metadata.name, await discover());
      if (isEmptied(report)) {
        await finalize(caused, namespace);
        looks.delete(key);
        return EMPTY_PLAN;
      }
      const look = looks.get(key) ?? 0;
      looks.set(key, look + 1);
      const conditions = namespaceConditions(report, namespace.status?.conditions ?? [], now);
      const object: Namespace = { ...namespace, status: { ...namespace.status, conditions } };
      return {
        steps: [[{ verb: 'updateStatus', resource: namespaceResource, object }]],
        requeueAfterMs: nextLookMs(look),
      };
    },
  };
}

/** Says that the namespace is empty; with no other finalizer in its spec the api-server removes it. */
async function finalize(client: ApiClient, namespace: Namespace): Promise<void> {
  const finalizers = (namespace.spec?.finalizers ?? []).filter((finalizer) => finalizer !== NAMESPACE_FINALIZER);
  const body: Namespace = { ...namespace, spec: { ...namespace.spec, finalizers } };
  try {
    await client.raw('PUT', `/api/v1/namespaces/${namespace.metadata.name}/finalize`, body);
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
}
