/**
 * `apply --prune`: deletes what an earlier apply made and the files no longer contain.
 *
 * Looked at are objects of a list of kinds with the labels of `-l`, in the namespaces the files went to; only those that were applied before (they carry
 * the annotation) and were not applied now. Kubernetes also has sets of applied objects (`--applyset`); left out because they are still alpha.
 * https://kubernetes.io/docs/tasks/manage-kubernetes-objects/declarative-config/#how-to-delete-objects
 */
import { apiVersionOf } from '../../../helper/api/resource';
import { isNotFound } from '../../../helper/api/status-error';
import { CommandError } from '../command-error';
import type { ServedResource } from '../resources/discovery';
import type { AnyObject } from '../resources/get-object';
import type { Context } from '../verb';
import { LAST_APPLIED } from './last-applied';

/** Kinds that are pruned unless `--prune-allowlist` names others; `core` is the group without a name. */
const DEFAULT_KINDS =
  'core/v1/ConfigMap core/v1/Endpoints core/v1/Namespace core/v1/PersistentVolumeClaim core/v1/PersistentVolume core/v1/Pod core/v1/ReplicationController core/v1/Secret core/v1/Service batch/v1/Job batch/v1/CronJob networking.k8s.io/v1/Ingress apps/v1/DaemonSet apps/v1/Deployment apps/v1/ReplicaSet apps/v1/StatefulSet'.split(
    ' ',
  );

export interface PruneWishes {
  /** '' with `--all` */
  readonly selector: string;
  readonly allowlist: readonly string[];
}

/** True for an object that was applied once, and is not among those that are wanted now. */
export function isPruned({ metadata }: AnyObject, keptUids: ReadonlySet<string>): boolean {
  return (
    metadata.annotations?.[LAST_APPLIED] !== undefined &&
    metadata.deletionTimestamp === undefined &&
    !keptUids.has(metadata.uid ?? '')
  );
}

function splitKind(text: string): { readonly apiVersion: string; readonly kind: string } {
  const [group = '', version = '', kind, ...more] = text.split('/');
  if (!kind || more.length > 0)
    throw new CommandError(`invalid GroupVersionKind format: ${text}, please follow <group/version/kind>`);
  return { apiVersion: group === 'core' ? version : `${group}/${version}`, kind };
}

async function resourcesOf({ allowlist }: PruneWishes, { discovery }: Context): Promise<ServedResource[]> {
  const served = await discovery.all();
  const wanted = (allowlist.length > 0 ? allowlist : DEFAULT_KINDS).map(splitKind);
  return wanted.flatMap(({ apiVersion, kind }) =>
    served.filter((resource) => resource.kind === kind && apiVersionOf(resource) === apiVersion),
  );
}

/** Deletes what is to go, and says so by `onPruned`. */
export async function prune(
  wishes: PruneWishes,
  applied: readonly AnyObject[],
  context: Context,
  { isTrial, onPruned }: { readonly isTrial: boolean; onPruned(resource: ServedResource, name: string): void },
): Promise<void> {
  const kept = new Set(applied.map(({ metadata }) => metadata.uid ?? ''));
  const namespaces = new Set(applied.flatMap(({ metadata }) => metadata.namespace ?? []));
  for (const resource of await resourcesOf(wishes, context)) {
    // With a namespace of the user's choice nothing outside of namespaces is touched.
    if (!resource.namespaced && context.hasExplicitNamespace) continue;
    for (const namespace of resource.namespaced ? namespaces : ['']) {
      const query = { namespace, ...(wishes.selector ? { labelSelector: wishes.selector } : {}) };
      const { items } = await context.client.list<AnyObject>(resource, query);
      for (const object of items.filter((item) => isPruned(item, kept))) {
        const { name } = object.metadata;
        if (!isTrial)
          await context.client
            .delete(resource, namespace, name, { propagationPolicy: 'Background' })
            .catch((error: unknown) => {
              if (!isNotFound(error)) throw error;
            });
        onPruned(resource, name);
      }
    }
  }
}
