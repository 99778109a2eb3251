/**
 * Evicts pods and waits until they are gone; a disruption budget that says no is asked again.
 * https://kubernetes.io/docs/concepts/scheduling-eviction/api-eviction/
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { type Pod, podResource } from '../../../helper/api/core/pod';
import { isNotFound, StatusError } from '../../../helper/api/status-error';
import { CommandError, throwCollected } from '../command-error';
import { waitUntilGone } from '../resources/wait-gone';
import type { Context } from '../verb';

const RETRY_MS = 5_000;

export interface EvictOptions {
  /** -1: the pod's own */
  readonly gracePeriodSeconds: number;
  /** 0: for ever */
  readonly timeoutMs: number;
  /** delete instead of asking disruption budgets */
  readonly disableEviction: boolean;
}

async function evict({ metadata }: Pod, options: EvictOptions, context: Context): Promise<void> {
  const { name, namespace = '' } = metadata;
  const grace = options.gracePeriodSeconds >= 0 ? { gracePeriodSeconds: options.gracePeriodSeconds } : {};
  if (options.disableEviction) {
    await context.client.delete(podResource, namespace, name, grace);
    return;
  }
  await context.client.createSubresource(podResource, namespace, name, 'eviction', {
    apiVersion: 'policy/v1',
    kind: 'Eviction',
    metadata: { name, namespace },
    deleteOptions: grace,
  });
}

async function evictPatiently(pod: Pod, options: EvictOptions, context: Context, until: number): Promise<void> {
  const { name, namespace = '' } = pod.metadata;
  const { output, discovery } = context;
  output.out(`${options.disableEviction ? 'deleting' : 'evicting'} pod ${namespace}/${name}\n`);
  while (true) {
    try {
      await evict(pod, options, context);
      break;
    } catch (error) {
      if (isNotFound(error)) return;
      if (!(error instanceof StatusError) || error.code !== 429) throw error;
      if (Date.now() + RETRY_MS > until)
        throw new CommandError(`global timeout reached while evicting ${namespace}/${name}`);
      output.err(
        `error when evicting pods/${JSON.stringify(name)} -n ${JSON.stringify(namespace)} (will retry after 5s): ${error.message}\n`,
      );
      await sleep(RETRY_MS, undefined, { signal: context.signal });
    }
  }
  const resource = await discovery.find('pods');
  const left = Number.isFinite(until) ? Math.max(1, until - Date.now()) : 0;
  await waitUntilGone({ resource, object: pod }, context, left);
  output.out(`pod/${name} ${options.disableEviction ? 'deleted' : 'evicted'}\n`);
}

/** All at once; throws what went wrong when the others are gone. */
export async function evictPods(pods: readonly Pod[], options: EvictOptions, context: Context): Promise<void> {
  const until = options.timeoutMs > 0 ? Date.now() + options.timeoutMs : Number.POSITIVE_INFINITY;
  const errors: unknown[] = [];
  await Promise.all(
    pods.map((pod) => evictPatiently(pod, options, context, until).catch((error: unknown) => errors.push(error))),
  );
  throwCollected(errors);
}
