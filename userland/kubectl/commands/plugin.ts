/**
 * Plugins: programs on PATH whose names begin with `kubectl-`. `kubectl foo bar` runs `kubectl-foo-bar`, or else `kubectl-foo` with the
 * word `bar`; a verb of our own always comes first. `plugin list` shows what there is.
 * https://kubernetes.io/docs/tasks/extend-kubectl/kubectl-plugins/
 */
import { spawn } from 'node:child_process';
import { accessSync, constants, readdirSync, statSync } from 'node:fs';
import { basename, delimiter, join } from 'node:path';
import { CommandError, SilentExit } from '../command-error';
import type { Shell } from '../shell';
import { type AddVerb, defineVerb, type Verb } from '../verb';

const PREFIX = 'kubectl-';

interface Plugin {
  readonly path: string;
  readonly isExecutable: boolean;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

function filesIn(folder: string): string[] {
  try {
    return readdirSync(folder).sort();
  } catch {
    // PATH may name folders that are not there.
    return [];
  }
}

function pluginsOn(path: string | undefined): Plugin[] {
  const folders = new Set((path ?? '').split(delimiter).filter((folder) => folder !== ''));
  return [...folders].flatMap((folder) =>
    filesIn(folder)
      .filter((name) => name.startsWith(PREFIX))
      .map((name) => ({ path: join(folder, name), isExecutable: isExecutable(join(folder, name)) })),
  );
}

/** The program these words name, by as many of them as possible, and the words that are left for it. */
function findPlugin(words: readonly string[], path: string | undefined): { path: string; args: string[] } | undefined {
  const firstFlag = words.findIndex((word) => word.startsWith('-'));
  const names = words.slice(0, firstFlag < 0 ? words.length : firstFlag);
  const plugins = pluginsOn(path).filter((plugin) => plugin.isExecutable);
  for (let count = names.length; count > 0; count -= 1) {
    // A word's own dashes are underscores in the file's name.
    const wanted =
      PREFIX +
      names
        .slice(0, count)
        .map((name) => name.replaceAll('-', '_'))
        .join('-');
    const found = plugins.find((plugin) => basename(plugin.path) === wanted);
    if (found) return { path: found.path, args: words.slice(count) };
  }
  return undefined;
}

/** Runs the plugin these words name; false when there is none. Throws a SilentExit with the plugin's exit code when that is not 0. */
export async function runPlugin(words: readonly string[], shell: Shell): Promise<boolean> {
  const plugin = findPlugin(words, shell.env['PATH']);
  if (!plugin) return false;
  const code = await shell.lendTerminal(
    () =>
      new Promise<number>((resolve, reject) => {
        const child = spawn(plugin.path, plugin.args, { stdio: 'inherit', env: { ...shell.env } });
        child.on('error', reject);
        child.on('exit', (exitCode, signal) => resolve(exitCode ?? (signal ? 1 : 0)));
      }),
  );
  if (code !== 0) throw new SilentExit(code);
  return true;
}

interface ListFlags {
  readonly nameOnly?: boolean;
}

function warningsOf(plugins: readonly Plugin[], { path, isExecutable }: Plugin, verbs: readonly string[]): string[] {
  const warnings: string[] = [];
  if (!isExecutable) warnings.push(`${path} identified as a kubectl plugin, but it is not executable`);
  const earlier = plugins.find((other) => basename(other.path) === basename(path));
  if (earlier && earlier.path !== path)
    warnings.push(`${path} is overshadowed by a similarly named plugin: ${earlier.path}`);
  const verb = basename(path).slice(PREFIX.length).replaceAll('-', ' ');
  if (verbs.includes(verb)) warnings.push(`${basename(path)} overwrites existing command: "kubectl ${verb}"`);
  return warnings;
}

const listVerb = (verbs: readonly string[]): Verb<ListFlags, ListFlags> => ({
  complete: ({ flags }) => flags,
  validate: () => undefined,
  async run({ nameOnly }, { output, shell }) {
    const plugins = pluginsOn(shell.env['PATH']);
    if (plugins.length === 0) throw new CommandError('unable to find any kubectl plugins in your PATH');
    output.out('The following compatible plugins are available:\n\n');
    let count = 0;
    for (const plugin of plugins) {
      output.out(`${nameOnly ? basename(plugin.path) : plugin.path}\n`);
      for (const warning of warningsOf(plugins, plugin, verbs)) {
        output.err(`  - warning: ${warning}\n`);
        count += 1;
      }
    }
    if (count > 0)
      throw new CommandError(`${count === 1 ? 'one plugin warning was' : `${count} plugin warnings were`} found`);
  },
});

export const addPlugin: AddVerb = (program, host) => {
  const parent = program.command('plugin').description('programs named kubectl-… that extend this one');
  const verbs = program.commands.map((command) => command.name());
  const command = parent
    .command('list')
    .description('what there is on PATH')
    .option('--name-only', 'names instead of paths');
  defineVerb(command, host, listVerb(verbs));
};
