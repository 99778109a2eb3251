/**
 * What the dialect's verbs do to a pod.
 */
import { type Pod, podResource } from '../../../helper/api/core/pod';
import { controllerOf } from '../../../helper/api/meta';
import type { DeleteOptions } from '../../../helper/client/client';
import { CommandError } from '../command-error';
import { waitUntilGone } from '../resources/wait-gone';
import type { Context } from '../verb';
import { findCalled, findCalledOrNone } from './find-called';
import { isCalled, shownName } from './shown-name';
import { forgetPod, manifestOf, rememberPod, stoppedPods } from './stopped-pods';

const say = (context: Context, pod: Pod, what: string) => context.output.out(`pod/${shownName(pod)} ${what}\n`);

async function deleteAndWait(pod: Pod, context: Context, options: DeleteOptions = {}): Promise<void> {
  const { namespace = '', name } = pod.metadata;
  await context.client.delete(podResource, namespace, name, options);
  const resource = await context.discovery.ofObject(pod);
  await waitUntilGone({ resource, object: pod }, context, 0);
}

const findPod = (name: string, { client, namespace }: Context) => findCalled(client, podResource, namespace, name);

async function findStopped(name: string, { client, namespace }: Context): Promise<Pod | undefined> {
  return (await stoppedPods(client, namespace)).find((pod) => isCalled(pod, name));
}

async function stopWith(name: string, context: Context, options: DeleteOptions, done: string): Promise<void> {
  const pod = await findPod(name, context);
  const owner = controllerOf(pod);
  if (owner) {
    throw new CommandError(
      `pod ${JSON.stringify(shownName(pod))} belongs to ${owner.kind} ${JSON.stringify(owner.name)}, which would replace it at once; scale that instead`,
    );
  }
  await rememberPod(context.client, pod);
  await deleteAndWait(pod, context, options);
  say(context, pod, done);
}

export const stopPod = (name: string, context: Context) => stopWith(name, context, {}, 'stopped');
export const killPod = (name: string, context: Context) => stopWith(name, context, { gracePeriodSeconds: 0 }, 'killed');

export async function startPod(name: string, context: Context): Promise<void> {
  const stopped = await findStopped(name, context);
  if (!stopped) {
    say(context, await findPod(name, context), 'is started already');
    return;
  }
  const { namespace = '', name: podName } = stopped.metadata;
  await context.client.create(podResource, stopped);
  await forgetPod(context.client, namespace, podName);
  say(context, stopped, 'started');
}

/** A new pod of the same manifest; a controller makes the new one itself. */
export async function restartPod(name: string, context: Context): Promise<void> {
  if (await findStopped(name, context)) return startPod(name, context);
  const pod = await findPod(name, context);
  await deleteAndWait(pod, context);
  if (!controllerOf(pod)) await context.client.create(podResource, manifestOf(pod));
  say(context, pod, 'restarted');
}

export async function removePod(name: string, context: Context): Promise<void> {
  const stopped = await findStopped(name, context);
  if (stopped) await forgetPod(context.client, context.namespace, stopped.metadata.name);
  const pod = await findCalledOrNone(context.client, podResource, context.namespace, name);
  if (pod) await deleteAndWait(pod, context);
  const removed = pod ?? stopped ?? (await findPod(name, context));
  say(context, removed, 'removed');
}

export async function podNames({ client, namespace }: Context): Promise<string[]> {
  const [{ items }, stopped] = await Promise.all([
    client.list(podResource, { namespace }),
    stoppedPods(client, namespace),
  ]);
  return [...items, ...stopped].map(({ metadata }) => metadata.name);
}
