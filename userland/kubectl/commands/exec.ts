/**
 * `exec [-it] POD [-c CONTAINER] -- COMMAND`: runs a command in a container; its exit code becomes ours.
 * https://kubernetes.io/docs/reference/kubectl/generated/kubectl_exec/
 */
import type { Pod } from '../../../helper/api/core/pod';
import { CommandError, SilentExit, usageError } from '../command-error';
import { execAttached } from '../exec/exec-in-pod';
import { chooseContainer } from '../resources/choose-container';
import { choosePod } from '../resources/choose-pod';
import { podsBehind } from '../resources/pods-behind';
import { type AddVerb, defineVerb, type Verb } from '../verb';

interface ExecFlags {
  readonly stdin?: boolean;
  readonly tty?: boolean;
  readonly container?: string;
  readonly quiet?: boolean;
}

interface ExecRequest {
  readonly pod: Pod;
  readonly container: string;
  readonly command: readonly string[];
  readonly extraWords: readonly string[];
  readonly stdin: boolean;
  readonly tty: boolean;
}

const verb: Verb<ExecFlags, ExecRequest> = {
  async complete({ args, afterDash, flags }, context) {
    const [target, ...extraWords] = args;
    if (!target && !context.shell.isPrompt) throw new CommandError('pod, type/name or --filename must be specified');
    const [pod] = target ? await podsBehind(target, context) : [await choosePod(context, 'exec')];
    if (!pod) throw new CommandError(`no pod found for ${target}`);
    const stdin = flags.stdin ?? false;
    const canTty = (flags.tty ?? false) && (process.stdin.isTTY ?? false);
    if (flags.tty && !canTty)
      context.output.err('Unable to use a TTY - input is not a terminal or the right kind of file\n');
    // What is refused in a moment needs no words about containers.
    const isComplete = extraWords.length === 0 && (afterDash?.length ?? 0) > 0;
    const container = await chooseContainer(pod, { ...flags, quiet: (flags.quiet ?? false) || !isComplete }, context);
    return { pod, container, command: afterDash ?? [], extraWords, stdin, tty: canTty };
  },

  validate({ pod, command, extraWords }) {
    if (extraWords.length > 0)
      throw usageError('exec', 'exec [POD] [COMMAND] is not supported anymore. Use exec [POD] -- [COMMAND] instead');
    if (command.length === 0) throw new CommandError('you must specify at least one command for the container');
    const { phase } = pod.status ?? {};
    if (phase === 'Succeeded' || phase === 'Failed')
      throw new CommandError(`cannot exec into a container in a completed pod; current phase is ${phase}`);
  },

  async run(request, context) {
    const code = await execAttached(request, context);
    if (code === 0) return;
    context.output.err(`command terminated with exit code ${code}\n`);
    throw new SilentExit(code);
  },
};

export const addExec: AddVerb = (program, host) => {
  const command = program
    .command('exec')
    .description('run a command in a container: exec -it web -- sh')
    .option('-i, --stdin', 'pass standard input')
    .option('-t, --tty', 'with a terminal')
    .option('-c, --container <name>', 'this container')
    .option('-q, --quiet', 'only the output of the command');
  defineVerb(command, host, verb);
};
