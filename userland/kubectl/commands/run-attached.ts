/**
 * `run -i`: creates the pod, attaches to it, and takes over its exit code; `--rm` deletes it whatever happened.
 */
import { type Pod, podResource } from '../../../helper/api/core/pod';
import { isNotFound } from '../../../helper/api/status-error';
import { CommandError, SilentExit } from '../command-error';
import { attachWhenStarted } from '../exec/attach-session';
import { waitUntilGone } from '../resources/wait-gone';
import { watchUntil } from '../resources/watch-until';
import type { Context } from '../verb';
import type { RunFlags } from './run';

type AttachedFlags = RunFlags & { readonly limitMs: number };

/** How a command that ended in a pod is told: nothing when it went well. */
export function podOutcome({ metadata, status }: Pod): { readonly words: string; readonly code: number } | undefined {
  if (status?.phase === 'Succeeded') return undefined;
  const place = `${metadata.namespace}/${metadata.name}`;
  const ended = status?.containerStatuses?.[0]?.state?.terminated;
  if (!ended || ended.exitCode === 0) return { words: `error: pod ${place} failed with unknown exit code\n`, code: 1 };
  const words = `pod ${place} terminated (${ended.reason ?? ''})\n${ended.message ?? ''}`;
  return { words: words.endsWith('\n') ? words : `${words}\n`, code: ended.exitCode };
}

const isOver = ({ status }: Pod) => status?.phase === 'Succeeded' || status?.phase === 'Failed';

/** The pod once it has ended; undefined when nobody waits for that. */
async function attachAndWait(pod: Pod, flags: AttachedFlags, context: Context): Promise<Pod | undefined> {
  const limit = AbortSignal.timeout(flags.limitMs);
  const options = { stdin: flags.stdin ?? false, tty: flags.tty ?? false, quiet: flags.quiet ?? false };
  const signal = AbortSignal.any([context.signal, limit]);
  let hasStarted = false;
  await attachWhenStarted(pod, pod.metadata.name, options, context, signal, () => {
    hasStarted = true;
  });
  if (!hasStarted) throw new CommandError('timed out waiting for the condition');
  const endsByItself = pod.spec?.restartPolicy !== 'Always' && !flags.leaveStdinOpen;
  if (!endsByItself) return undefined;
  const place = { resource: podResource, namespace: pod.metadata.namespace ?? '', name: pod.metadata.name };
  return watchUntil(place, isOver, context, context.signal);
}

async function remove(pod: Pod, flags: AttachedFlags, context: Context): Promise<void> {
  const { namespace = '', name } = pod.metadata;
  const grace = flags.force ? 0 : flags.gracePeriod;
  const options = grace !== undefined && grace >= 0 ? { gracePeriodSeconds: grace } : {};
  try {
    await context.client.delete(podResource, namespace, name, { propagationPolicy: 'Background', ...options });
    if (!flags.quiet) context.output.out(`pod ${JSON.stringify(name)} ${flags.force ? 'force deleted' : 'deleted'}\n`);
    const resource = { ...podResource, verbs: [], subresources: [] };
    await waitUntilGone({ resource, object: pod }, context, 0);
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
}

/** Runs the pod with the user inside. Throws a SilentExit with the exit code of the container. */
export async function runAndAttach(wanted: Pod, flags: AttachedFlags, context: Context): Promise<void> {
  const placed = { ...wanted, metadata: { ...wanted.metadata, namespace: context.namespace } };
  const pod = await context.client.create(podResource, placed, {
    fieldManager: flags.fieldManager ?? 'kubectl-run',
    fieldValidation: 'Strict',
  });
  let ended: Pod | undefined;
  try {
    ended = await attachAndWait(pod, flags, context);
  } finally {
    if (flags.rm) await remove(pod, flags, context);
  }
  const outcome = ended && podOutcome(ended);
  if (!outcome) return;
  context.output.err(outcome.words);
  throw new SilentExit(outcome.code);
}
