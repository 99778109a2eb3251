/**
 * From `web`, `pod/web` or `deploy/web` to pods: what a workload's or a Service's selector matches, running ones first.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { type Pod, podResource } from '../../../helper/api/core/pod';
import { formatLabelSelector } from '../../../helper/api/label-selector';
import type { LabelSelector } from '../../../helper/api/meta';
import { CommandError } from '../command-error';
import type { Context } from '../verb';
import { type AnyObject, getObject } from './get-object';

const LOOK_AGAIN_MS = 500;

interface WithSelector {
  readonly spec?: { readonly selector?: LabelSelector | Readonly<Record<string, string>> };
}

/** Workloads carry a LabelSelector, Services a plain map. */
function selectorTextOf(object: AnyObject): string {
  const selector = (object as WithSelector).spec?.selector;
  if (!selector) return '';
  const isSelector = 'matchLabels' in selector || 'matchExpressions' in selector;
  return formatLabelSelector(
    isSelector ? (selector as LabelSelector) : { matchLabels: selector as Record<string, string> },
  );
}

const rank = (pod: Pod) => (pod.status?.phase === 'Running' ? 0 : 1);

/** At least one pod, or a CommandError. `limitMs`: how long to wait for the first pod of a workload. */
export async function podsBehind(target: string, context: Context, limitMs = 60_000): Promise<Pod[]> {
  const [type, name] = target.includes('/') ? (target.split('/', 2) as [string, string]) : ['pods', target];
  const resource = await context.discovery.find(type);
  const object = await getObject(context.client, resource, resource.namespaced ? context.namespace : '', name);
  if (resource.kind === podResource.kind && resource.group === '') return [object as Pod];
  const labelSelector = selectorTextOf(object);
  if (!labelSelector) throw new CommandError(`cannot find pods of ${target}: it has no selector`);
  const deadline = Date.now() + limitMs;
  for (;;) {
    const { items } = await context.client.list(podResource, { namespace: context.namespace, labelSelector });
    if (items.length > 0) return [...items].sort((a, b) => rank(a) - rank(b));
    if (Date.now() >= deadline || context.signal.aborted) throw new CommandError('timed out waiting for the condition');
    await sleep(LOOK_AGAIN_MS);
  }
}
