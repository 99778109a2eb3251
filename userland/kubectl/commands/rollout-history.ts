/**
 * The revisions of a workload, each the memory of one pod template: the ReplicaSets of a Deployment, numbered by its controller; the
 * ControllerRevisions of a DaemonSet or StatefulSet.
 * https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#rolling-back-a-deployment
 */
import { isDeepStrictEqual } from 'node:util';
import type { PodTemplateSpec } from 'kubernetes-types/core/v1';
import { controllerRevisionResource } from '../../../helper/api/apps/controller-revision';
import { type ReplicaSet, replicaSetResource } from '../../../helper/api/apps/replica-set';
import { controllerOf } from '../../../helper/api/meta';
import type { ApiClient } from '../../../helper/client/client';
import { CommandError } from '../command-error';
import { describePodSpec, describeTemplateRest } from '../describe/describe-pod';
import { DescribeText } from '../describe/describe-text';
import { alignTabs, DESCRIBE_RULE } from '../print/tab-writer';
import type { FoundObject } from '../resources/find-objects';
import type { AnyObject } from '../resources/get-object';

const REVISION = 'deployment.kubernetes.io/revision';
const HASH_LABEL = 'pod-template-hash';

export interface Revision {
  readonly number: number;
  readonly cause: string;
  /** as the user wrote it: to go back to */
  readonly template: PodTemplateSpec;
  /** as it stands in the ReplicaSet: to show */
  readonly stored: PodTemplateSpec;
}

/** The template without the label the controller adds to tell its ReplicaSets apart. */
function templateOf(set: ReplicaSet): PodTemplateSpec {
  const template = set.spec?.template ?? {};
  const { [HASH_LABEL]: _, ...labels } = template.metadata?.labels ?? {};
  return { ...template, metadata: { ...template.metadata, labels } };
}

const CAUSE = 'kubernetes.io/change-cause';

async function revisionsByReplicaSets({ metadata }: AnyObject, client: ApiClient): Promise<Revision[]> {
  const sets = await client.list(replicaSetResource, { namespace: metadata.namespace ?? '' });
  return sets.items
    .filter((set) => controllerOf(set)?.uid === metadata.uid)
    .map((set) => ({
      number: Number(set.metadata.annotations?.[REVISION] ?? 0),
      cause: set.metadata.annotations?.[CAUSE] ?? '<none>',
      template: templateOf(set),
      stored: set.spec?.template ?? {},
    }));
}

interface RevisionData {
  readonly spec?: { readonly template?: PodTemplateSpec & { readonly $patch?: string } };
}

async function revisionsByMemory({ metadata }: AnyObject, client: ApiClient): Promise<Revision[]> {
  const found = await client.list(controllerRevisionResource, { namespace: metadata.namespace ?? '' });
  return found.items
    .filter((revision) => controllerOf(revision)?.uid === metadata.uid)
    .map((revision) => {
      const { $patch: _, ...template } = (revision.data as RevisionData | undefined)?.spec?.template ?? {};
      const cause = revision.metadata.annotations?.[CAUSE] ?? '<none>';
      return { number: revision.revision, cause, template, stored: template };
    });
}

/** Oldest first. Throws for a kind that has no revisions. */
export async function revisionsOf({ resource, object }: FoundObject, client: ApiClient): Promise<Revision[]> {
  const find = { Deployment: revisionsByReplicaSets, DaemonSet: revisionsByMemory, StatefulSet: revisionsByMemory }[
    resource.kind
  ];
  if (!find)
    throw new CommandError(
      `error retrieving history for ${JSON.stringify(resource.kind)}, no visitor method exists for {${resource.group} ${resource.kind}}`,
    );
  return (await find(object, client)).sort((a, b) => a.number - b.number);
}

/** The table, or one revision in full. Throws when that one does not exist. */
export function renderHistory(label: string, revisions: readonly Revision[], wanted: number | undefined): string {
  if (wanted === undefined || wanted === 0) {
    if (revisions.length === 0) return `${label} \nNo rollout history found.\n`;
    const rows = revisions.map(({ number, cause }) => `${number}\t${cause}`);
    return `${label} \n${alignTabs(['REVISION\tCHANGE-CAUSE', ...rows].join('\n'), DESCRIBE_RULE)}\n\n`;
  }
  const revision = revisions.find(({ number }) => number === wanted);
  if (!revision) throw new CommandError('unable to find the specified revision');
  const { metadata, spec } = revision.stored;
  const text = new DescribeText().map('  Labels', metadata?.labels);
  if (metadata?.annotations) text.map('  Annotations', metadata.annotations, ': ');
  text.optional(1, 'Service Account', spec?.serviceAccountName);
  describePodSpec(text, spec);
  describeTemplateRest(text, spec);
  return `${label} with revision #${wanted}\nPod Template:\n${text.renderWithTabs()}\n`;
}

/** A JSON patch that puts the template back; undefined when it is the present one. `wanted` 0 is the one before the newest. */
export function undoPatch(
  revisions: readonly Revision[],
  { metadata, kind, spec }: AnyObject,
  wanted: number,
): unknown[] | undefined {
  const revision = wanted === 0 ? revisions.at(-2) : revisions.find(({ number }) => number === wanted);
  if (!revision)
    throw new CommandError(
      wanted === 0
        ? `no rollout history found for ${kind.toLowerCase()} ${JSON.stringify(metadata.name)}`
        : `unable to find specified revision ${wanted} in history`,
    );
  const present = (spec as { readonly template?: unknown } | undefined)?.template;
  if (isDeepStrictEqual(revision.template, present)) return undefined;
  return [{ op: 'replace', path: '/spec/template', value: revision.template }];
}
