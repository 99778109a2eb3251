/**
 * `debug`: a container with tools beside those of a pod, in a copy of it, or on a node.
 * https://kubernetes.io/docs/reference/kubectl/generated/kubectl_debug/
 */
import { type Pod, podResource } from '../../../helper/api/core/pod';
import { CommandError } from '../command-error';
import { type CopyWishes, ephemeralContainer, nameSuffix, nodeDebugPod, podCopy } from '../debug/debug-pod';
import { parseProfile } from '../debug/profiles';
import { attachWhenStarted } from '../exec/attach-session';
import { addFileFlags, collectWhole } from '../flags';
import { allContainers } from '../resources/choose-container';
import { completeTarget, findObjects, type Target } from '../resources/find-objects';
import type { FileFlags } from '../resources/manifests';
import { type AddVerb, type Context, defineVerb, type Verb } from '../verb';

interface DebugFlags extends FileFlags {
  readonly image?: string;
  readonly imagePullPolicy?: string;
  readonly container?: string;
  readonly copyTo?: string;
  readonly replace?: boolean;
  readonly sameNode?: boolean;
  readonly setImage?: readonly string[];
  readonly shareProcesses?: boolean;
  readonly target?: string;
  readonly env?: readonly string[];
  readonly argumentsOnly?: boolean;
  readonly profile: string;
  readonly stdin?: boolean;
  readonly tty?: boolean;
  readonly attach?: boolean;
  readonly quiet?: boolean;
  readonly keepLabels?: boolean;
  readonly keepAnnotations?: boolean;
  readonly keepLiveness?: boolean;
  readonly keepReadiness?: boolean;
  readonly keepStartup?: boolean;
  readonly keepInitContainers?: boolean;
}

interface DebugRequest {
  readonly target: Target;
  readonly flags: DebugFlags;
  readonly wishes: CopyWishes;
}

/** A container to attach to. */
interface Made {
  readonly pod: Pod;
  readonly container?: string;
}

const LEGACY_WORDS =
  '--profile=legacy is deprecated and will be removed in the future. It is recommended to explicitly specify a profile, for example "--profile=general".\n';
const PULL_POLICIES = ['', 'Always', 'IfNotPresent', 'Never'];

const splitAt = (text: string): [string, string] => {
  const equals = text.indexOf('=');
  return equals < 0 ? [text, ''] : [text.slice(0, equals), text.slice(equals + 1)];
};

function wishesOf(flags: DebugFlags, words: readonly string[]): CopyWishes {
  return {
    ...(flags.image ? { image: flags.image } : {}),
    ...(flags.imagePullPolicy ? { pullPolicy: flags.imagePullPolicy } : {}),
    ...(flags.container ? { container: flags.container } : {}),
    ...(flags.shareProcesses === undefined ? {} : { shareProcesses: flags.shareProcesses }),
    env: (flags.env ?? []).map(splitAt).map(([name, value]) => ({ name, value })),
    words,
    argumentsOnly: flags.argumentsOnly ?? false,
    stdin: flags.stdin ?? false,
    tty: flags.tty ?? false,
    profile: parseProfile(flags.profile),
    copyTo: flags.copyTo ?? '',
    setImages: new Map((flags.setImage ?? []).flatMap((text) => text.split(',')).map(splitAt)),
    sameNode: flags.sameNode ?? false,
    keep: {
      labels: flags.keepLabels ?? false,
      annotations: flags.keepAnnotations ?? false,
      liveness: flags.keepLiveness ?? false,
      readiness: flags.keepReadiness ?? false,
      startup: flags.keepStartup ?? false,
      initContainers: flags.keepInitContainers ?? true,
    },
  };
}

function validateCopy({ flags, wishes }: DebugRequest): void {
  if (flags.copyTo) {
    if (!flags.image && wishes.setImages.size === 0 && wishes.words.length === 0)
      throw new CommandError('you must specify --image, --set-image or command arguments.');
    if (wishes.words.length > 0 && !flags.container && !flags.image)
      throw new CommandError('you must specify an existing container or a new image when specifying args.');
    return;
  }
  if (flags.replace) throw new CommandError('--replace may only be used with --copy-to.');
  if (flags.sameNode) throw new CommandError('--same-node may only be used with --copy-to.');
  if (flags.setImage) throw new CommandError('--set-image may only be used with --copy-to.');
  if (!flags.image) throw new CommandError('you must specify --image when not using --copy-to.');
}

function validate(request: DebugRequest): void {
  const { flags, target } = request;
  if (flags.attach && !flags.image && !flags.container)
    throw new CommandError('you must specify --container or create a new container using --image in order to attach.');
  validateCopy(request);
  if (flags.image && !/^[\w./:@-]+$/.test(flags.image))
    throw new CommandError(`invalid image name ${JSON.stringify(flags.image)}: invalid reference format`);
  if (target.selections.length === 0 && target.manifests.length === 0)
    throw new CommandError('NAME or filename is required for debug');
  if (!PULL_POLICIES.includes(flags.imagePullPolicy ?? ''))
    throw new CommandError(`invalid image pull policy: ${flags.imagePullPolicy}`);
  if (flags.target && flags.copyTo)
    throw new CommandError('--target is incompatible with --copy-to. Use --share-processes instead.');
  if (flags.tty && !flags.stdin) throw new CommandError('-i/--stdin is required for containers with -t/--tty=true');
}

/** A name that no container of the pod has, and says which. */
function freshName(pod: Pod, { flags }: DebugRequest, context: Context): string {
  if (flags.container) return flags.container;
  let name: string;
  do name = `debugger-${nameSuffix()}`;
  while (allContainers(pod).some((container) => container.name === name));
  if (!flags.quiet) context.output.out(`Defaulting debug container name to ${name}.\n`);
  return name;
}

async function debugBeside(pod: Pod, request: DebugRequest, context: Context): Promise<Made> {
  const { wishes, flags } = request;
  const container = freshName(pod, request, context);
  const added = ephemeralContainer(container, flags.target, wishes);
  const { namespace = '', name } = pod.metadata;
  const order = [...(pod.spec?.ephemeralContainers ?? []), added].map((item) => ({ name: item.name }));
  const patched = await context.client.patch(
    podResource,
    namespace,
    name,
    'strategic',
    { spec: { '$setElementOrder/ephemeralContainers': order, ephemeralContainers: [added] } },
    { subresource: 'ephemeralcontainers' },
  );
  return { pod: patched, container };
}

async function debugCopy(pod: Pod, request: DebugRequest, context: Context): Promise<Made> {
  const copy = podCopy(pod, request.wishes, () => freshName(pod, request, context));
  const created = await context.client.create(podResource, copy.pod);
  if (request.flags.replace) {
    const { namespace = '', name } = pod.metadata;
    await context.client.delete(podResource, namespace, name, { gracePeriodSeconds: 0 });
  }
  return { ...copy, pod: created };
}

async function debugNode(node: string, { wishes, flags }: DebugRequest, context: Context): Promise<Made> {
  const container = flags.container ?? 'debugger';
  const name = `node-debugger-${node}-${nameSuffix()}`;
  if (!flags.quiet) context.output.out(`Creating debugging pod ${name} with container ${container} on node ${node}.\n`);
  const pod = nodeDebugPod(node, name, container, wishes);
  const placed = { ...pod, metadata: { ...pod.metadata, namespace: context.namespace } };
  return { pod: await context.client.create(podResource, placed), container };
}

const verb: Verb<DebugFlags, DebugRequest> = {
  async complete({ args, afterDash, flags }, context) {
    // A name alone is a pod's, also of several.
    const words = args.map((arg) => (arg.includes('/') ? arg : `pods/${arg}`));
    const target = await completeTarget({ args: words, flags }, context);
    return { target, flags, wishes: wishesOf(flags, afterDash ?? []) };
  },
  validate,
  async run(request, context) {
    const { flags, wishes, target } = request;
    if (flags.target && !flags.quiet)
      context.output.out(
        `Targeting container ${JSON.stringify(flags.target)}. If you don't see processes from this container it may be because the container runtime doesn't support this feature.\n`,
      );
    if (wishes.profile === 'legacy') context.output.err(LEGACY_WORDS);
    const errors: unknown[] = [];
    const found = await findObjects(target, context, errors);
    if (errors.length > 0) throw errors[0];
    for (const { resource, object } of found) {
      const isPod = resource.kind === 'Pod' && resource.group === '';
      if (!isPod && resource.kind !== 'Node')
        throw new CommandError(`"${resource.group}/${resource.version}, Kind=${resource.kind}" not supported by debug`);
      const made = !isPod
        ? await debugNode(object.metadata.name, request, context)
        : await (flags.copyTo ? debugCopy : debugBeside)(object as Pod, request, context);
      if (!made.container || !(flags.attach ?? flags.stdin)) continue;
      const options = { stdin: wishes.stdin, tty: wishes.tty, quiet: flags.quiet ?? false };
      await attachWhenStarted(made.pod, made.container, options, context, context.signal);
    }
  },
};

export const addDebug: AddVerb = (program, host) => {
  const command = addFileFlags(
    program
      .command('debug')
      .description('tools beside a pod, in a copy of it, or on a node: debug web -it --image=busybox'),
  )
    .option('--image <image>', 'image of the debugging container')
    .option('--image-pull-policy <policy>', 'Always, IfNotPresent or Never')
    .option('-c, --container <name>', 'name of the debugging container')
    .option('--copy-to <name>', 'debug a copy of the pod, of this name')
    .option('--replace', 'with --copy-to: delete the original')
    .option('--same-node', 'with --copy-to: on the same node')
    .option('--set-image <container=image>', 'with --copy-to: other images; *: all', collectWhole)
    .option('--share-processes', 'with --copy-to: its containers see each other')
    .option('--no-share-processes', 'with --copy-to: they do not')
    .option('--target <container>', 'see the processes of this container')
    .option('--env <NAME=value>', 'environment variable', collectWhole)
    .option('--arguments-only', 'the words behind -- are arguments, not the command')
    .option('--profile <name>', 'legacy, general, baseline, netadmin, restricted or sysadmin', 'legacy')
    .option('-i, --stdin', 'keep standard input open, and attach')
    .option('-t, --tty', 'with a terminal')
    .option('--attach', 'wait until it runs and attach')
    .option('--no-attach', 'do not attach')
    .option('-q, --quiet', 'no words around the output')
    .option('--keep-labels', 'with --copy-to')
    .option('--keep-annotations', 'with --copy-to')
    .option('--keep-liveness', 'with --copy-to: probes')
    .option('--keep-readiness', 'with --copy-to: probes')
    .option('--keep-startup', 'with --copy-to: probes')
    .option('--keep-init-containers', 'with --copy-to')
    .option('--no-keep-init-containers', 'with --copy-to');
  defineVerb(command, host, verb);
};
