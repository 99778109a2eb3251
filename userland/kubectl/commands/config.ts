/**
 * `config`: which cluster, as whom, in which namespace: looks into the kubeconfig and changes it.
 * https://kubernetes.io/docs/reference/kubectl/generated/kubectl_config/
 */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { CommandError } from '../command-error';
import {
  type Fields,
  type KubeconfigFile,
  minified,
  type NamedEntry,
  readConfigFile,
  readMerged,
  redacted,
  writeConfigFile,
} from '../config/kubeconfig-file';
import { setProperty, unsetProperty } from '../config/set-property';
import { kubeconfigPaths } from '../connection';
import { renderJsonPath } from '../print/jsonpath';
import { kubectlJson } from '../print/kubectl-json';
import { toYaml } from '../print/print-objects';
import { TableWriter } from '../print/tab-writer';
import { type AddVerb, defineVerb, type Verb, type VerbHost } from '../verb';

interface ConfigFlags {
  readonly kubeconfig?: string;
  readonly output?: string;
  readonly raw?: boolean;
  readonly minify?: boolean;
  readonly headers: boolean;
  readonly current?: boolean;
  readonly cluster?: string;
  readonly user?: string;
  readonly namespace?: string;
  readonly server?: string;
  readonly token?: string;
  readonly certificateAuthority?: string;
  readonly insecureSkipTlsVerify?: boolean;
  readonly tlsServerName?: string;
  readonly clientCertificate?: string;
  readonly clientKey?: string;
  readonly embedCerts?: boolean;
  readonly setRawBytes?: boolean;
}

/**
 * What a subcommand does with the file: returns what to print, and says `write` when the file changed. Of several files `whole` is what
 * they say together, and the file is the first: changes are made there.
 */
type Action = (
  file: KubeconfigFile,
  args: readonly string[],
  flags: ConfigFlags,
  path: string,
  whole: KubeconfigFile,
) => { readonly text: string; readonly write?: boolean };

const view: Action = (file, _args, { raw, minify, output = 'yaml' }) => {
  const part = minify ? minified(file) : file;
  const shown = raw ? part : redacted(part);
  if (output === 'yaml') return { text: toYaml(shown) };
  if (output === 'json') return { text: `${kubectlJson(shown, 4)}\n` };
  if (output.startsWith('jsonpath=')) return { text: renderJsonPath(output.slice('jsonpath='.length), shown) };
  throw new CommandError(`unable to match a printer suitable for the output format ${JSON.stringify(output)}`);
};

const currentContext: Action = (file) => {
  if (!file['current-context']) throw new CommandError('current-context is not set');
  return { text: `${file['current-context']}\n` };
};

const getContexts: Action = (file, names, { output, headers }) => {
  const wanted = file.contexts.filter(({ name }) => !names.length || names.includes(name));
  const missing = names.find((name) => !wanted.some((context) => context.name === name));
  if (missing) throw new CommandError(`context ${missing} not found`);
  const sorted = wanted.sort((left, right) => (left.name < right.name ? -1 : 1));
  if (output === 'name') return { text: sorted.map(({ name }) => `${name}\n`).join('') };
  const field = (context: NamedEntry, key: string) => String(context.context?.[key] ?? '');
  const rows = sorted.map((each) => [
    each.name === file['current-context'] ? '*' : '',
    each.name,
    field(each, 'cluster'),
    field(each, 'user'),
    field(each, 'namespace'),
  ]);
  const header = ['CURRENT', 'NAME', 'CLUSTER', 'AUTHINFO', 'NAMESPACE'];
  return { text: new TableWriter().render(headers ? [header, ...rows] : rows) };
};

const namesOf =
  (list: 'clusters' | 'users'): Action =>
  (file) => ({ text: ['NAME', ...file[list].map(({ name }) => name).sort()].map((name) => `${name}\n`).join('') });

function exactlyOne(args: readonly string[], usage: string): string {
  const [name] = args;
  if (!name || args.length !== 1)
    throw new CommandError(`Unexpected args: [${args.join(' ')}]\nSee 'kubectl config ${usage}'`);
  return name;
}

const useContext: Action = (file, args, _flags, _path, whole) => {
  const name = exactlyOne(args, 'use-context NAME');
  if (!whole.contexts.some((context) => context.name === name))
    throw new CommandError(`no context exists with the name: ${JSON.stringify(name)}`);
  file['current-context'] = name;
  return { text: `Switched to context ${JSON.stringify(name)}.\n`, write: true };
};

/** Puts the given fields into the entry of that name, which is made when there is none. Returns whether it was there. */
function upsert(list: NamedEntry[], name: string, part: 'cluster' | 'context' | 'user', fields: Fields): boolean {
  const given = Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
  const found = list.find((entry) => entry.name === name);
  if (found) found[part] = { ...found[part], ...given };
  else list.push({ name, [part]: given });
  return found !== undefined;
}

const setContext: Action = (file, args, { current, cluster, user, namespace }) => {
  const name = current ? file['current-context'] : exactlyOne(args, 'set-context NAME');
  if (!name) throw new CommandError('no current context is set');
  const wasThere = upsert(file.contexts, name, 'context', { cluster, user, namespace });
  return { text: `Context ${JSON.stringify(name)} ${wasThere ? 'modified' : 'created'}.\n`, write: true };
};

/** A file by its path, or what is in it. */
const fileField = (name: string, path: string | undefined, { embedCerts }: ConfigFlags): Fields =>
  path && embedCerts ? { [`${name}-data`]: readFileSync(path).toString('base64') } : { [name]: path && resolve(path) };

const setCluster: Action = (file, args, flags) => {
  const name = exactlyOne(args, 'set-cluster NAME');
  upsert(file.clusters, name, 'cluster', {
    server: flags.server,
    ...fileField('certificate-authority', flags.certificateAuthority, flags),
    'insecure-skip-tls-verify': flags.insecureSkipTlsVerify,
    'tls-server-name': flags.tlsServerName,
  });
  return { text: `Cluster ${JSON.stringify(name)} set.\n`, write: true };
};

const setCredentials: Action = (file, args, flags) => {
  const name = exactlyOne(args, 'set-credentials NAME');
  upsert(file.users, name, 'user', {
    token: flags.token,
    ...fileField('client-certificate', flags.clientCertificate, flags),
    ...fileField('client-key', flags.clientKey, flags),
  });
  return { text: `User ${JSON.stringify(name)} set.\n`, write: true };
};

const deleteFrom =
  (list: 'clusters' | 'contexts' | 'users', word: string): Action =>
  (file, args, _flags, path) => {
    const name = exactlyOne(args, `delete-${word} NAME`);
    if (!file[list].some((entry) => entry.name === name))
      throw new CommandError(`cannot delete ${word} ${name}, not in ${path}`);
    file[list] = file[list].filter((entry) => entry.name !== name);
    return { text: `deleted ${word} ${name} from ${path}\n`, write: true };
  };

const setOne: Action = (file, args, { setRawBytes = false }) => {
  const [path, value, ...more] = args;
  if (path === undefined || value === undefined || more.length > 0)
    throw new CommandError(
      `Unexpected args: [${args.join(' ')}]\nSee 'kubectl config set PROPERTY_NAME PROPERTY_VALUE'`,
    );
  setProperty(file, path, value, setRawBytes);
  return { text: `Property ${JSON.stringify(path)} set.\n`, write: true };
};

const unsetOne: Action = (file, args) => {
  const path = exactlyOne(args, 'unset PROPERTY_NAME');
  unsetProperty(file, path);
  return { text: `Property ${JSON.stringify(path)} unset.\n`, write: true };
};

const renameContext: Action = (file, [from = '', to = ''], _flags, path) => {
  const context = file.contexts.find(({ name }) => name === from);
  if (!context) throw new CommandError(`cannot rename the context ${JSON.stringify(from)}, it's not in ${path}`);
  if (!to) throw new CommandError('a new name is needed: rename-context OLD NEW');
  if (file.contexts.some(({ name }) => name === to))
    throw new CommandError(
      `cannot rename the context ${JSON.stringify(from)}, the context ${JSON.stringify(to)} already exists`,
    );
  context.name = to;
  if (file['current-context'] === from) file['current-context'] = to;
  return { text: `Context ${JSON.stringify(from)} renamed to ${JSON.stringify(to)}.\n`, write: true };
};

const ACTIONS: readonly { readonly name: string; readonly description: string; readonly action: Action }[] = [
  { name: 'view', description: 'the kubeconfig, secrets covered', action: view },
  { name: 'current-context', description: 'the name of the context in use', action: currentContext },
  { name: 'get-contexts', description: 'all contexts', action: getContexts },
  { name: 'get-clusters', description: 'all clusters', action: namesOf('clusters') },
  { name: 'get-users', description: 'all users', action: namesOf('users') },
  { name: 'use-context', description: 'use this context from now on', action: useContext },
  { name: 'set-context', description: 'change or make a context: set-context --current -n lab', action: setContext },
  { name: 'set-cluster', description: 'change or make a cluster', action: setCluster },
  { name: 'set-credentials', description: 'change or make a user', action: setCredentials },
  { name: 'set', description: 'one value by its name: set clusters.lab.server https://lab:6443', action: setOne },
  { name: 'unset', description: 'take one value out', action: unsetOne },
  { name: 'delete-cluster', description: 'forget a cluster', action: deleteFrom('clusters', 'cluster') },
  { name: 'delete-context', description: 'forget a context', action: deleteFrom('contexts', 'context') },
  { name: 'delete-user', description: 'forget a user', action: deleteFrom('users', 'user') },
  { name: 'rename-context', description: 'another name for a context', action: renameContext },
];

/** Those that only look. */
const READS: ReadonlySet<Action> = new Set(
  ACTIONS.filter(({ name }) => /^(view|current-context|get-.*)$/.test(name)).map(({ action }) => action),
);

interface ConfigRequest {
  readonly args: readonly string[];
  readonly flags: ConfigFlags;
}

const verbOf = (action: Action): Verb<ConfigFlags, ConfigRequest> => ({
  complete: ({ args, flags }) => ({ args, flags }),
  validate: () => undefined,
  async run({ args, flags }, { shell, output }) {
    const paths = kubeconfigPaths(flags, shell);
    const [path] = paths;
    const whole = readMerged(paths);
    const file = READS.has(action) ? whole : readConfigFile(path);
    const { text, write } = action(file, args, flags, path, whole);
    if (write) writeConfigFile(path, file);
    output.out(text);
  },
});

function addFlags(command: Command): Command {
  return command
    .option('-o, --output <format>', 'yaml, json, jsonpath=..., name')
    .option('--raw', 'with secrets')
    .option('--minify', 'only what the current context needs')
    .option('--no-headers', 'no line of column names')
    .option('--current', 'the current context')
    .option('--embed-certs', 'the contents of certificates and keys, not their paths')
    .option('--set-raw-bytes', 'the value is the bytes, not their base64')
    .option('--cluster <name>', 'cluster of the context')
    .option('--user <name>', 'user of the context')
    .option('--token <token>', 'token of the user')
    .option('--certificate-authority <file>', 'certificate authority of the cluster')
    .option('--insecure-skip-tls-verify', 'do not check who the server is');
}

function addAction(parent: Command, host: VerbHost, { name, description, action }: (typeof ACTIONS)[number]): void {
  defineVerb(addFlags(parent.command(name).description(description)), host, verbOf(action));
}

export const addConfig: AddVerb = (program, host) => {
  const parent = program.command('config').description('which cluster, as whom, in which namespace');
  for (const each of ACTIONS) addAction(parent, host, each);
};
