/**
 * `attach [-it] POD`: the streams of the process a container was started with.
 * https://kubernetes.io/docs/reference/kubectl/generated/kubectl_attach/
 */
import type { Pod } from '../../../helper/api/core/pod';
import { CommandError, SilentExit } from '../command-error';
import { execAttached } from '../exec/exec-in-pod';
import { choosePod } from '../resources/choose-pod';
import { podsBehind } from '../resources/pods-behind';
import { type AddVerb, defineVerb, type Verb } from '../verb';
import { chooseContainer } from './exec';

interface AttachFlags {
  readonly stdin?: boolean;
  readonly tty?: boolean;
  readonly container?: string;
  readonly quiet?: boolean;
}

interface AttachRequest {
  readonly pod: Pod;
  readonly container: string;
  readonly stdin: boolean;
  readonly tty: boolean;
}

const verb: Verb<AttachFlags, AttachRequest> = {
  async complete({ args: [target], flags }, context) {
    if (!target && !context.shell.isPrompt) throw new CommandError('pod, type/name or --filename must be specified');
    const [pod] = target ? await podsBehind(target, context) : [await choosePod(context, 'attach')];
    if (!pod) throw new CommandError(`no pod found for ${target}`);
    const container = await chooseContainer(pod, flags, context);
    const tty = (flags.tty ?? false) && (process.stdin.isTTY ?? false);
    if (flags.tty && !tty)
      context.output.err('Unable to use a TTY - input is not a terminal or the right kind of file\n');
    return { pod, container, stdin: flags.stdin ?? false, tty };
  },
  validate({ pod, container }) {
    const { phase } = pod.status ?? {};
    if (phase === 'Succeeded' || phase === 'Failed')
      throw new CommandError(`cannot attach a container in a completed pod; current phase is ${phase}`);
    if (!pod.spec?.containers.some(({ name }) => name === container))
      throw new CommandError(`container ${container} not found in pod ${pod.metadata.name}`);
  },
  async run(request, context) {
    if (request.stdin) context.output.err("If you don't see a command prompt, try pressing enter.\n");
    const code = await execAttached({ ...request, command: [] }, context);
    if (code !== 0) throw new SilentExit(code);
  },
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
