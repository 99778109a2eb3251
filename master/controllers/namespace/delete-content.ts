/**
 * One pass over the content of a namespace: ask each kind what is there, delete it, and report what is left.
 *
 * Kinds come from discovery, so kinds that are added later are emptied too. Asking first is one read from the api-server's cache
 * and spares the delete for the many kinds that have nothing here: an empty namespace takes one round trip. Pods get their own
 * grace, so they are still there after the first pass.
 * Kubernetes also can delete pods before everything else (OrderedNamespaceDeletion, off by default); left out because nothing
 * served here protects a pod while it ends.
 */
import type { KubeObject } from '../../../helper/api/meta';
import { isNotFound } from '../../../helper/api/status-error';
import type { ApiClient } from '../../../helper/client/client';
import type { DiscoveredResource, Discovery } from '../../../helper/client/discovery';
import type { ContentReport } from './content-report';

/** Kinds looked at side by side. More would open more TLS connections, each dearer than a dozen reads on one that is open. */
const PARALLEL_KINDS = 2;
/** Objects read of a kind to know what is left; of more, this many are reported. */
const LIST_LIMIT = 1000;

const messageOf = (error: unknown) => (error instanceof Error ? error.message : String(error));

/** Never throws for one kind's sake: a kind that cannot be listed or deleted is in the report. */
export async function deleteContent(
  client: ApiClient,
  namespace: string,
  { resources, failures }: Discovery,
): Promise<ContentReport> {
  const remaining = new Map<string, number>();
  const finalizers = new Map<string, number>();
  const problems: string[] = [];
  const emptyKind = async (resource: DiscoveredResource) => {
    const left = await deleteKind(client, namespace, resource);
    if (left.length === 0) return;
    remaining.set(`${resource.plural}.${resource.group}`, left.length);
    for (const finalizer of left.flatMap(({ metadata }) => metadata.finalizers ?? [])) {
      finalizers.set(finalizer, (finalizers.get(finalizer) ?? 0) + 1);
    }
    if (left.some(isExpectedToStay)) return;
    const kind = `${resource.group}/${resource.version}, Resource=${resource.plural}`;
    problems.push(`unexpected items still remain in namespace: ${namespace} for gvr: ${kind}`);
  };
  const contained = resources.filter(
    ({ namespaced, verbs }) => namespaced && verbs.includes('list') && verbs.includes('delete'),
  );
  const work = async () => {
    for (let next = contained.shift(); next; next = contained.shift()) {
      await emptyKind(next).catch((error) => problems.push(messageOf(error)));
    }
  };
  await Promise.all(Array.from({ length: PARALLEL_KINDS }, work));
  return {
    discoveryFailures: failures.map(({ groupVersion, message }) => `${groupVersion}: ${message}`).sort(),
    deletionFailures: problems.sort(),
    remaining,
    finalizers,
  };
}

/** Something holds it: a finalizer, or the time it has to end. */
function isExpectedToStay({ metadata }: KubeObject): boolean {
  return (metadata.finalizers ?? []).length > 0 || (metadata.deletionGracePeriodSeconds ?? 0) > 0;
}

/** The objects of the kind that are still there after deleting them. */
async function deleteKind(
  client: ApiClient,
  namespace: string,
  resource: DiscoveredResource,
): Promise<readonly KubeObject[]> {
  const there = async () => (await client.list(resource, { namespace, limit: LIST_LIMIT })).items;
  const items = await there();
  const untouched = items.filter(({ metadata }) => !metadata.deletionTimestamp);
  if (untouched.length === 0) return items;
  const options = { propagationPolicy: 'Background' } as const;
  if (resource.verbs.includes('deletecollection')) await client.deleteCollection(resource, namespace, {}, options);
  else {
    for (const { metadata } of untouched) {
      try {
        await client.delete(resource, namespace, metadata.name, options);
      } catch (error) {
        if (!isNotFound(error)) throw error;
      }
    }
  }
  return there();
}
