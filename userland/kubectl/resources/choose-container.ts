/**
 * Which container of a pod, when none was named: the one of its annotation, else the first, saying so; asked for at the prompt.
 * https://kubernetes.io/docs/reference/labels-annotations-taints/#kubectl-kubernetes-io-default-container
 */
import type { Pod } from '../../../helper/api/core/pod';
import { choose } from '../questions';
import type { Context } from '../verb';

const DEFAULT_CONTAINER = 'kubectl.kubernetes.io/default-container';

interface NamedContainer {
  readonly name: string;
  readonly tty?: boolean;
}

/** Those of the pod's work first, then those it began with, then those somebody debugs it with. */
export function allContainers({ spec }: Pod): NamedContainer[] {
  return [...(spec?.containers ?? []), ...(spec?.initContainers ?? []), ...(spec?.ephemeralContainers ?? [])];
}

/** Every container, with what it is when it is not of the pod's work. */
function describeContainers({ spec }: Pod): string[] {
  return [
    ...(spec?.containers ?? []).map(({ name }) => name),
    ...(spec?.ephemeralContainers ?? []).map(({ name }) => `${name} (ephem)`),
    ...(spec?.initContainers ?? []).map(({ name }) => `${name} (init)`),
  ];
}

/** Says which one it is when there are others. */
export function defaultContainer(pod: Pod, { output }: Pick<Context, 'output'>, isQuiet = false): string {
  const preset = pod.metadata.annotations?.[DEFAULT_CONTAINER];
  const [first = ''] = (pod.spec?.containers ?? []).map(({ name }) => name);
  if (preset) {
    if (allContainers(pod).some(({ name }) => name === preset)) return preset;
    if (!isQuiet)
      output.err(`Default container name ${JSON.stringify(preset)} not found in pod ${pod.metadata.name}\n`);
  }
  const all = describeContainers(pod);
  if (all.length > 1 && !isQuiet)
    output.err(`Defaulted container ${JSON.stringify(first)} out of: ${all.join(', ')}\n`);
  return first;
}

export async function chooseContainer(
  pod: Pod,
  flags: { readonly container?: string; readonly quiet?: boolean },
  context: Context,
): Promise<string> {
  if (flags.container) return flags.container;
  const names = (pod.spec?.containers ?? []).map(({ name }) => name);
  const isPreset = pod.metadata.annotations?.[DEFAULT_CONTAINER] !== undefined;
  if (context.shell.isPrompt && !isPreset && names.length > 1)
    return choose(context.shell, `which container of ${pod.metadata.name}?`, names);
  return defaultContainer(pod, context, flags.quiet ?? false);
}
