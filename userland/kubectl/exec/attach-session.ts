/**
 * One attachment to a container's own process, and what is said around it; shared by `attach`, `run -i` and `debug -i`.
 *
 * A container that has ended by the time somebody looks has nobody to attach to: its log is printed instead, so that
 * `run -i --rm` shows the output of a command however short it is.
 * https://kubernetes.io/docs/reference/kubectl/generated/kubectl_attach/
 */
import { type Pod, podResource } from '../../../helper/api/core/pod';
import { resourcePath } from '../../../helper/api/resource';
import { allContainers } from '../resources/choose-container';
import { watchUntil } from '../resources/watch-until';
import type { Context } from '../verb';
import { execAttached } from './exec-in-pod';

export interface AttachOptions {
  readonly stdin: boolean;
  readonly tty: boolean;
  readonly quiet: boolean;
}

const statusOf = ({ status }: Pod, container: string) =>
  [
    ...(status?.containerStatuses ?? []),
    ...(status?.initContainerStatuses ?? []),
    ...(status?.ephemeralContainerStatuses ?? []),
  ].find(({ name }) => name === container);

/** A terminal needs one at both ends: here, and in the container as it was made. */
function terminalOf(pod: Pod, container: string, { tty, stdin, quiet }: AttachOptions, context: Context): boolean {
  const hasTerminal = allContainers(pod).find(({ name }) => name === container)?.tty ?? false;
  if (tty && !hasTerminal) {
    if (!quiet) context.output.err(`error: Unable to use a TTY - container ${container} did not allocate one\n`);
    return false;
  }
  const isTerminalHere = process.stdin.isTTY ?? false;
  if (tty && stdin && !isTerminalHere && !quiet)
    context.output.err('Unable to use a TTY - input is not a terminal or the right kind of file\n');
  // The streams of a container with a terminal are one stream, wanted or not.
  return hasTerminal;
}

/** Attaches until either side ends. */
export async function attachTo(pod: Pod, container: string, options: AttachOptions, context: Context): Promise<void> {
  const tty = terminalOf(pod, container, options, context);
  const { stdin, quiet } = options;
  if (!quiet) context.output.err("If you don't see a command prompt, try pressing enter.\n");
  await execAttached({ pod, container, command: [], stdin, tty }, context);
  if (stdin && tty && process.stdin.isTTY && !quiet) context.output.out(resumeWords(pod, container));
}

/** How to come back; '' where nobody can. */
function resumeWords({ metadata, spec }: Pod, container: string): string {
  const command = `'kubectl attach ${metadata.name} -c ${container} -i -t'`;
  if (spec?.ephemeralContainers?.some(({ name }) => name === container))
    return `Session ended, the ephemeral container will not be restarted but may be reattached using ${command} if it is still running\n`;
  if (spec?.restartPolicy !== 'Always') return '';
  return `Session ended, resume using ${command} command when the pod is running\n`;
}

/** All a container has written. */
async function printLog(pod: Pod, container: string, context: Context): Promise<void> {
  const query = new URLSearchParams({ container });
  const path = `${resourcePath(podResource, pod.metadata.namespace, pod.metadata.name, 'log')}?${query}`;
  const response = await context.client.stream('GET', path, context.signal, { accept: '*/*' });
  for await (const chunk of response.setEncoding('utf8')) context.output.out(String(chunk));
}

/** Waits until the container runs and attaches; prints its log when it has ended already, or cannot be attached to. */
export async function attachWhenStarted(
  pod: Pod,
  container: string,
  options: AttachOptions,
  context: Context,
  signal: AbortSignal,
  onStarted: () => void = () => undefined,
): Promise<void> {
  let said = '';
  const place = { resource: podResource, namespace: pod.metadata.namespace ?? '', name: pod.metadata.name };
  const hasStarted = (current: Pod) => {
    const state = statusOf(current, container)?.state;
    const words = state?.waiting?.message ?? '';
    if (words && words !== said && !options.quiet) context.output.err(`Warning: container ${container}: ${words}\n`);
    said = words;
    const hasEnded = current.status?.phase === 'Succeeded' || current.status?.phase === 'Failed';
    return hasEnded || state?.running !== undefined || state?.terminated !== undefined;
  };
  const started = await watchUntil(place, hasStarted, context, signal);
  if (!started) return;
  onStarted();
  if (statusOf(started, container)?.state?.running === undefined) return printLog(started, container, context);
  try {
    await attachTo(started, container, options, context);
  } catch (error) {
    const words = error instanceof Error ? error.message : String(error);
    if (!options.quiet)
      context.output.err(
        `warning: couldn't attach to pod/${started.metadata.name}, falling back to streaming logs: ${words}\n`,
      );
    await printLog(started, container, context);
  }
}
