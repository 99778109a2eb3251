/**
 * `attach [-it] POD`: the streams of the process a container was started with.
 * https://kubernetes.io/docs/reference/kubectl/generated/kubectl_attach/
 */
import type { Pod } from '../../../helper/api/core/pod';
import { CommandError } from '../command-error';
import { type AttachOptions, attachTo } from '../exec/attach-session';
import { allContainers, chooseContainer } from '../resources/choose-container';
import { choosePod } from '../resources/choose-pod';
import { podsBehind } from '../resources/pods-behind';
import { type AddVerb, defineVerb, type Verb } from '../verb';

interface AttachFlags {
  readonly stdin?: boolean;
  readonly tty?: boolean;
  readonly container?: string;
  readonly quiet?: boolean;
}

interface AttachRequest extends AttachOptions {
  readonly pod: Pod;
  readonly container: string;
}

const verb: Verb<AttachFlags, AttachRequest> = {
  async complete({ args: [target], flags }, context) {
    if (!target && !context.shell.isPrompt) throw new CommandError('pod, type/name or --filename must be specified');
    const [pod] = target ? await podsBehind(target, context) : [await choosePod(context, 'attach')];
    if (!pod) throw new CommandError(`no pod found for ${target}`);
    const container = await chooseContainer(pod, flags, context);
    return { pod, container, stdin: flags.stdin ?? false, tty: flags.tty ?? false, quiet: flags.quiet ?? false };
  },
  validate({ pod, container }) {
    const { phase } = pod.status ?? {};
    if (phase === 'Succeeded' || phase === 'Failed')
      throw new CommandError(`cannot attach a container in a completed pod; current phase is ${phase}`);
    if (!allContainers(pod).some(({ name }) => name === container))
      throw new CommandError(`container ${container} not found in pod ${pod.metadata.name}`);
  },
  run: ({ pod, container, ...options }, context) => attachTo(pod, container, options, context),
};

export const addAttach: AddVerb = (program, host) => {
  const command = program
    .command('attach')
    .description('the streams of a running container: attach -it web')
    .option('-i, --stdin', 'pass standard input')
    .option('-t, --tty', 'with a terminal')
    .option('-c, --container <name>', 'this container')
    .option('-q, --quiet', 'only the output of the process');
  defineVerb(command, host, verb);
};
