/**
 * The command line as a commander program, made anew for every line, so that lines of the prompt cannot disturb each other.
 *
 * A new verb is a file in `commands/` and a line in {@link VERBS}.
 */
import { Command, CommanderError } from 'commander';
import { CommandError, SilentExit } from './command-error';
import { runPlugin } from './commands/plugin';
import { collectWhole, verbosity } from './flags';
import { nearest } from './repl/nearest';
import type { Shell } from './shell';
import type { VerbHost } from './verb';
import { VERBS } from './verbs';

function quiet(command: Command, shell: Shell): Command {
  return command.exitOverride().configureOutput({
    writeOut: (text) => shell.output.out(text),
    // Errors are printed once, by the caller.
    writeErr: () => undefined,
  });
}

function silence(command: Command, shell: Shell): void {
  quiet(command, shell);
  for (const child of command.commands) silence(child, shell);
}

export function createProgram(host: VerbHost): Command {
  const program = new Command('kubectl')
    .description('kubectl of minik8s, with the verbs of the classroom dialect')
    .option('-n, --namespace <name>', 'namespace')
    .option('--kubeconfig <path>', 'kubeconfig file')
    .option('--context <name>', 'context of the kubeconfig')
    .option('-s, --server <url>', 'address of the API server')
    .option('--token <token>', 'token to show')
    .option('--request-timeout <duration>', 'how long an answer may take: 30s')
    .option('--cluster <name>', 'cluster of the kubeconfig')
    .option('--certificate-authority <file>', 'who signed the certificate of the server')
    .option('--client-certificate <file>', 'certificate to show')
    .option('--client-key <file>', 'key of the certificate')
    .option('--insecure-skip-tls-verify', 'do not check who the server is')
    .option('--tls-server-name <name>', "name in the server's certificate")
    .option(
      '-v, --v <level>',
      'show requests: 6 what was asked, 7 with headers, 8 with those of the answers',
      verbosity,
    )
    .option('--as <user>', 'act as this user')
    .option('--as-group <group>', 'act as a member of this group', collectWhole)
    .option('--as-uid <uid>', 'act under this uid');
  for (const addVerb of VERBS) addVerb(program, host);
  silence(program, host.shell);
  return program;
}

/** The command these words lead to: `create deployment` of `create deployment web`. */
function commandOf(words: readonly string[], program: Command): Command {
  let found = program;
  for (const word of words) {
    const next = found.commands.find((command) => command.name() === word || command.aliases().includes(word));
    if (next) found = next;
  }
  return found;
}

/** `--wait=false` as commander spells it: `--no-wait`, or nothing where false is the default; `--watch=true` is `--watch`. */
function normalizeBooleans(words: readonly string[], program: Command): string[] {
  const options = [...commandOf(words, program).options, ...program.options];
  const booleans = new Set(options.filter((option) => option.isBoolean() || option.negate).map(({ long }) => long));
  return words.flatMap((word) => {
    const match = /^(--[a-z-]+)=(true|false)$/.exec(word);
    const [, flag = '', value] = match ?? [];
    const negation = flag.replace('--', '--no-');
    if (!booleans.has(flag) && !booleans.has(negation)) return [word];
    if (value === 'true') return booleans.has(flag) ? [flag] : [];
    return booleans.has(negation) ? [negation] : [];
  });
}

function unknownCommand(word: string, program: Command): CommandError {
  const near = nearest(word, [...program.commands.map((command) => command.name()), 'help']);
  const advice = near ? `\n\nDid you mean this?\n\t${near}` : "\nRun 'help' to see what there is.";
  return new CommandError(`unknown command ${JSON.stringify(word)} for "kubectl"${advice}`);
}

/** commander's mistakes in kubectl's words. */
function translate(error: unknown, words: readonly string[], program: Command): unknown {
  if (!(error instanceof CommanderError)) return error;
  if (error.exitCode === 0) return new SilentExit(0);
  const text = error.message.replace(/^error: /, '');
  if (error.code === 'commander.unknownOption') {
    const flag = /'([^']+)'/.exec(text)?.[1] ?? '';
    return new CommandError(`unknown flag: ${flag}\nSee 'kubectl ${words[0] ?? ''} --help' for usage.`);
  }
  if (error.code === 'commander.unknownCommand') return unknownCommand(words[0] ?? '', program);
  if (error.code === 'commander.help') return new SilentExit(1);
  return new CommandError(text);
}

/** Runs one line. Throws what went wrong; the caller prints it. */
export async function runWords(words: readonly string[], shell: Shell): Promise<void> {
  const dash = words.indexOf('--');
  const before = dash < 0 ? words : words.slice(0, dash);
  const afterDash = dash < 0 ? undefined : words.slice(dash + 1);
  const program = createProgram({ shell, afterDash });
  const known = normalizeBooleans(before, program);
  try {
    await program.parseAsync(afterDash ? [...known, '--', ...afterDash] : known, { from: 'user' });
  } catch (error) {
    const isUnknown = error instanceof CommanderError && error.code === 'commander.unknownCommand';
    if (isUnknown && (await runPlugin(words, shell))) return;
    throw translate(error, words, program);
  }
}
