/**
 * The revisions of a Deployment: its ReplicaSets, numbered by the controller, each the memory of one template.
 * https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#rolling-back-a-deployment
 */
import { isDeepStrictEqual } from 'node:util';
import type { PodTemplateSpec } from 'kubernetes-types/core/v1';
import type { Deployment } from '../../../helper/api/apps/deployment';
import { type ReplicaSet, replicaSetResource } from '../../../helper/api/apps/replica-set';
import { controllerOf } from '../../../helper/api/meta';
import type { ApiClient } from '../../../helper/client/client';
import { CommandError } from '../command-error';
import { describePodSpec, describeTemplateRest } from '../describe/describe-pod';
import { DescribeText } from '../describe/describe-text';
import { alignTabs, DESCRIBE_RULE } from '../print/tab-writer';

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

/** Oldest first. */
export async function revisionsOf(deployment: Deployment, client: ApiClient): Promise<Revision[]> {
  const { namespace = '', uid } = deployment.metadata;
  const sets = await client.list(replicaSetResource, { namespace });
  return sets.items
    .filter((set) => controllerOf(set)?.uid === uid)
    .map((set) => ({
      number: Number(set.metadata.annotations?.[REVISION] ?? 0),
      cause: set.metadata.annotations?.['kubernetes.io/change-cause'] ?? '<none>',
      template: templateOf(set),
      stored: set.spec?.template ?? {},
    }))
    .sort((a, b) => a.number - b.number);
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
  deployment: Deployment,
  wanted: number,
): unknown[] | undefined {
  const revision = wanted === 0 ? revisions.at(-2) : revisions.find(({ number }) => number === wanted);
  if (!revision)
    throw new CommandError(
      wanted === 0
        ? `no rollout history found for deployment ${JSON.stringify(deployment.metadata.name)}`
        : `unable to find specified revision ${wanted} in history`,
    );
  if (isDeepStrictEqual(revision.template, deployment.spec?.template)) return undefined;
  return [{ op: 'replace', path: '/spec/template', value: revision.template }];
}
