/**
 * One pass over the content of a namespace: ask each kind what is there, delete it, and report what is left.
 *
 * Asking first costs one read from the api-server's cache and spares the delete for the many kinds that have nothing here: an empty
 * namespace takes one round trip. Pods get their own grace, so they are still there after the first pass.
 */
import type { KubeObject } from '../../../helper/api/meta';
import { isNotFound } from '../../../helper/api/status-error';
import type { ApiClient } from '../../../helper/client/client';
import type { ContentReport } from './content-report';
import { type DeletableResource, deletableResources } from './deletable-resources';
import type { Discovery } from './discover';

/** A page is enough to know that something is left and mostly how much. */
const LIST_LIMIT = 1000;

/** Never throws for one kind's sake: a kind that cannot be listed or deleted is in the report. */
export async function deleteContent(
  client: ApiClient,
  namespace: string,
  discovery: Discovery,
): Promise<ContentReport> {
  const { deletable, unparsable } = deletableResources(discovery.versions);
  const remaining = new Map<string, number>();
  const finalizers = new Map<string, number>();
  const failures: string[] = [];
  await Promise.all(
    deletable.map(async (entry) => {
      const { group, version, plural } = entry.resource;
      try {
        const left = await deleteKind(client, namespace, entry);
        if (left.length === 0) return;
        remaining.set(`${plural}.${group}`, left.length);
        for (const finalizer of left.flatMap(({ metadata }) => metadata.finalizers ?? [])) {
          finalizers.set(finalizer, (finalizers.get(finalizer) ?? 0) + 1);
        }
        const isWaited = left.some(
          ({ metadata }) => metadata.finalizers?.length || metadata.deletionGracePeriodSeconds,
        );
        if (!isWaited) {
          const gvr = `${group}/${version}, Resource=${plural}`;
          failures.push(`unexpected items still remain in namespace: ${namespace} for gvr: ${gvr}`);
        }
      } catch (error) {
        failures.push(error instanceof Error ? error.message : String(error));
      }
    }),
  );
  return {
    discoveryFailures: discovery.failures,
    unparsableVersions: unparsable,
    deletionFailures: failures.sort(),
    remaining,
    finalizers,
  };
}

/** The objects of the kind that are still there after deleting them. */
async function deleteKind(
  client: ApiClient,
  namespace: string,
  { resource, hasDeleteCollection }: DeletableResource,
): Promise<readonly KubeObject[]> {
  const there = async () => (await client.list(resource, { namespace, limit: LIST_LIMIT })).items;
  const items = await there();
  const untouched = items.filter(({ metadata }) => !metadata.deletionTimestamp);
  if (untouched.length === 0) return items;
  const options = { propagationPolicy: 'Background' } as const;
  if (hasDeleteCollection) await client.deleteCollection(resource, namespace, {}, options);
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
