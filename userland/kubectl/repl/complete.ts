/**
 * What TAB offers: verbs first, then kinds, then names of objects that live now.
 */
import { SHOWN_KINDS } from '../dialect/show';

/** Where names come from. */
export interface Names {
  readonly verbs: readonly string[];
  kinds(): Promise<readonly string[]>;
  /** names of objects of the kind; [] when there is no such kind or no server */
  objects(kind: string, namespace?: string): Promise<readonly string[]>;
  /** of the pod's containers */
  containers(pod: string): Promise<readonly string[]>;
  /** of the kubeconfig */
  contexts(): readonly string[];
  /** long flags of a verb, or of its subcommand */
  flags(verb: string, subcommand: string): readonly string[];
  /** words a verb goes on with: `status` of `rollout` */
  subcommands(verb: string): readonly string[];
}

/** Verbs whose first word is a pod. */
const POD_VERBS = new Set(['logs', 'exec', 'attach', 'port-forward']);
const NODE_VERBS = new Set(['cordon', 'uncordon', 'drain']);
/** Kinds of the dialect's verbs. */
const DIALECT_KINDS: Readonly<Record<string, readonly string[]>> = {
  start: ['pod'],
  stop: ['pod'],
  kill: ['pod'],
  restart: ['pod', 'service'],
  remove: ['pod', 'service'],
  update: ['service'],
};
const KIND_VERBS = new Set(
  'get describe delete edit patch scale autoscale label annotate wait explain expose'.split(' '),
);
/** Flags that take a value as a word of its own. */
const VALUE_FLAGS =
  /^(-[nolcf]|--(namespace|output|selector|container|filename|kubeconfig|context|tail|since|for|timeout))$/;

const OUTPUTS = ['json', 'yaml', 'name', 'wide', 'custom-columns=', 'jsonpath=', 'jsonpath-as-json='];
const CONTEXT_VERBS = new Set(['use-context', 'delete-context', 'rename-context', 'set-context', 'get-contexts']);
/** What `rollout` knows. */
const ROLLED_OUT = ['deployments', 'daemonsets', 'statefulsets'];

/** The words for the value of a flag; undefined when the word before is no such flag. */
async function valuesFor(flag: string, given: readonly string[], names: Names): Promise<readonly string[] | undefined> {
  if (flag === '-n' || flag === '--namespace') return names.objects('namespaces');
  if (flag === '-o' || flag === '--output') return OUTPUTS;
  if (flag === '--context') return names.contexts();
  if (flag === '-c' || flag === '--container') {
    const pod = given.slice(1).find((word) => !POD_KINDS.has(word)) ?? '';
    return names.containers(pod.replace(/^[a-z]+\//, ''));
  }
  // A file's name is the shell's to complete.
  return VALUE_FLAGS.test(flag) ? [] : undefined;
}

const POD_KINDS = new Set(['pod', 'pods', 'po']);

/** The words that are no flags and no values of flags. */
function plainWords(words: readonly string[]): string[] {
  return words.filter((word, index) => !word.startsWith('-') && !VALUE_FLAGS.test(words[index - 1] ?? ''));
}

async function objectsOf(
  kinds: readonly string[],
  given: readonly string[],
  word: string,
  names: Names,
): Promise<readonly string[]> {
  const [kind] = given;
  if (kind !== undefined && !word.includes('/')) return names.objects(kind);
  const slash = word.indexOf('/');
  if (slash < 0) return kinds;
  const type = word.slice(0, slash);
  return (await names.objects(type)).map((name) => `${type}/${name}`);
}

async function candidates(given: readonly string[], word: string, names: Names): Promise<readonly string[]> {
  const [verb = '', ...rest] = given;
  if (given.length === 0) return names.verbs;
  if (verb === 'show') return rest.length === 0 ? SHOWN_KINDS : [];
  if (POD_VERBS.has(verb)) return rest.length === 0 ? objectsOf([], ['pods'], word, names) : [];
  if (verb === 'config' && CONTEXT_VERBS.has(rest[0] ?? '')) return rest.length === 1 ? names.contexts() : [];
  if (verb === 'rollout' && rest.length > 0) return objectsOf(ROLLED_OUT, rest.slice(1), word, names);
  if (NODE_VERBS.has(verb)) return names.objects('nodes');
  const dialect = DIALECT_KINDS[verb];
  if (dialect) return objectsOf(dialect, rest, word, names);
  const subcommands = names.subcommands(verb);
  if (subcommands.length > 0)
    return rest.length === 0 ? subcommands : objectsOf(await names.kinds(), rest.slice(1), word, names);
  return KIND_VERBS.has(verb) ? objectsOf(await names.kinds(), rest, word, names) : [];
}

/** `lab` of `-n lab`, `--namespace=lab`. */
function namespaceOf(words: readonly string[]): string | undefined {
  const at = words.findIndex((word) => word === '-n' || word === '--namespace');
  if (at >= 0 && at < words.length - 1) return words[at + 1] || undefined;
  return words.map((word) => /^--namespace=(.+)$/.exec(word)?.[1]).find(Boolean);
}

async function offers(
  before: readonly string[],
  given: readonly string[],
  word: string,
  names: Names,
): Promise<readonly string[]> {
  const joined = /^(--[a-z-]+)=/.exec(word);
  if (joined?.[1]) {
    const values = (await valuesFor(joined[1], given, names)) ?? [];
    return values.map((value) => `${joined[1]}=${value}`);
  }
  const values = await valuesFor(before.at(-1) ?? '', given, names);
  if (values) return values;
  if (word.startsWith('-')) return names.flags(given[0] ?? '', given[1] ?? '');
  return candidates(given, word, names);
}

/** The words that may stand where the line ends, and the beginning that is typed already. */
export async function completionsFor(line: string, names: Names): Promise<[string[], string]> {
  const words = line.split(/\s+/);
  const word = words.at(-1) ?? '';
  const before = words.slice(0, -1).filter((text) => text !== '' && text.toLowerCase() !== 'kubectl');
  const [verb = '', ...rest] = before;
  const given = plainWords(before.length > 0 ? [verb.toLowerCase(), ...rest] : []);
  const flagged = namespaceOf(words);
  const there: Names = flagged ? { ...names, objects: (kind) => names.objects(kind, flagged) } : names;
  const offered = await offers(before, given, word, there);
  const isVerb = given.length === 0;
  const fits = (text: string) => text.startsWith(isVerb ? word.toLowerCase() : word);
  return [offered.filter(fits), word];
}
