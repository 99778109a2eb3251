/**
 * `label` and `annotate`: `KEY=VALUE` sets, `KEY-` removes.
 * https://kubernetes.io/docs/reference/kubectl/generated/kubectl_label/
 */
import { CommandError, throwCollected } from '../command-error';
import {
  addDryRunFlag,
  addFileFlags,
  addManagerFlag,
  addOutputFlag,
  addSelectorFlags,
  type OutputFlags,
  type WriteFlags,
} from '../flags';
import {
  completeTarget,
  type FoundObject,
  findObjects,
  type SelectorFlags,
  type Target,
  validateTarget,
} from '../resources/find-objects';
import type { FileFlags } from '../resources/manifests';
import { type AddVerb, type Context, defineVerb, type Verb } from '../verb';
import { type Change, patchEach } from './patch-each';

interface LabelFlags extends FileFlags, SelectorFlags, WriteFlags, OutputFlags {
  readonly list?: boolean;
  readonly overwrite?: boolean;
  readonly resourceVersion?: string;
}

/** Key to new value; null removes. */
export type MapChanges = ReadonlyMap<string, string | null>;

interface LabelRequest {
  readonly target: Target;
  readonly changes: MapChanges;
  readonly flags: LabelFlags;
}

type Field = 'labels' | 'annotations';
const DONE: Readonly<Record<Field, string>> = { labels: 'labeled', annotations: 'annotated' };

/** Words that name objects, and words that change the map. */
export function splitChanges(args: readonly string[]): { readonly names: string[]; readonly changes: MapChanges } {
  const isChange = (word: string) => /^[^=]+=/.test(word) || /^[^=]+-$/.test(word);
  const first = args.findIndex((word, index) => index > 0 && isChange(word));
  const split = first < 0 ? args.length : first;
  const changes = new Map<string, string | null>();
  for (const word of args.slice(split)) {
    if (!isChange(word)) throw new CommandError(`all resources must be specified before label changes: ${word}`);
    const equals = word.indexOf('=');
    if (equals > 0) changes.set(word.slice(0, equals), word.slice(equals + 1));
    else changes.set(word.slice(0, -1), null);
  }
  return { names: args.slice(0, split), changes };
}

/** What to do with one object; throws when a value is there already and may not be overwritten. */
export function mapChange(
  { object }: FoundObject,
  field: Field,
  changes: MapChanges,
  overwrite: boolean,
  resourceVersion?: string,
): Change | string {
  const current = object.metadata[field] ?? {};
  const real = [...changes].filter(([key, value]) => (value === null ? key in current : current[key] !== value));
  const taken = real.find(([key, value]) => value !== null && current[key] !== undefined);
  if (taken && !overwrite) {
    const fact = `'${taken[0]}' already has a value (${current[taken[0]]})`;
    throw new CommandError(
      field === 'labels'
        ? `${fact}, and --overwrite is false`
        : `--overwrite is false but found the following declared annotation(s): ${fact}`,
    );
  }
  const removesOnly = [...changes.values()].every((value) => value === null);
  if (real.length === 0) return field === 'labels' ? 'not labeled' : 'annotated';
  const done = removesOnly ? `un${DONE[field]}` : DONE[field];
  return {
    type: 'merge',
    patch: { metadata: { [field]: Object.fromEntries(real), ...(resourceVersion ? { resourceVersion } : {}) } },
    done: field === 'labels' ? done : DONE[field],
  };
}

const createVerb = (field: Field): Verb<LabelFlags, LabelRequest> => ({
  async complete({ args, flags }, context) {
    const { names, changes } = splitChanges(args);
    return { target: await completeTarget({ args: names, flags }, context), changes, flags };
  },
  validate({ target, changes, flags }) {
    if (target.selections.length === 0 && target.manifests.length === 0)
      throw new CommandError('one or more resources must be specified as <resource> <name> or <resource>/<name>');
    validateTarget(target, field === 'labels' ? 'label' : 'annotate');
    const wrong = [...changes].find(([, value]) => field === 'labels' && value?.includes('='));
    if (wrong) throw new CommandError(`invalid label spec: ${wrong.join('=')}`);
    if (changes.size === 0 && !flags.list)
      throw new CommandError(`at least one ${field === 'labels' ? 'label' : 'annotation'} update is required`);
    const named = target.selections.flatMap(({ names }) => names).length + target.manifests.length;
    if (flags.resourceVersion && named !== 1)
      throw new CommandError('--resource-version may only be used with a single resource');
    const wholeType = target.selections.some(({ names }) => names.length === 0);
    if (wholeType && !flags.all && !flags.selector && !flags.fieldSelector)
      throw new CommandError('resource(s) were provided, but no name was specified');
  },
  run({ target, changes, flags }, context) {
    if (flags.list) return listAll(target, field, context);
    const fieldManager = field === 'labels' ? 'kubectl-label' : 'kubectl-annotate';
    return patchEach(target, context, { fieldManager, ...flags }, (found) => {
      const present = found.object.metadata[field] ?? {};
      for (const [key, value] of changes)
        if (value === null && !(key in present) && field === 'labels')
          context.output.out(`label ${JSON.stringify(key)} not found.\n`);
      return mapChange(found, field, changes, flags.overwrite ?? false, flags.resourceVersion);
    });
  },
});

/** `key=value` of every object. */
async function listAll(target: Target, field: Field, context: Context): Promise<void> {
  const errors: unknown[] = [];
  for (const { resource, object } of await findObjects(target, context, errors)) {
    if (target.selections.some(({ names }) => names.length !== 1))
      context.output.out(
        `Listing ${field} for ${resource.kind}.${resource.version}${resource.group && `.${resource.group}`}/${object.metadata.name}:\n`,
      );
    for (const [key, value] of Object.entries(object.metadata[field] ?? {}).sort())
      context.output.out(`${key}=${value}\n`);
  }
  throwCollected(errors);
}

function add(name: string, field: Field): AddVerb {
  return (program, host) => {
    const described = program.command(name).description(`set or remove ${field}: ${name} pod web key=value other-`);
    const command = addManagerFlag(addOutputFlag(addDryRunFlag(addSelectorFlags(addFileFlags(described)))))
      .option('--list', 'show those that are there')
      .option('--overwrite', 'replace a value that is there')
      .option('--resource-version <version>', 'only if this is still the version of the object')
      .option('--all', 'all objects of the type');
    defineVerb(command, host, createVerb(field));
  };
}

export const addLabel = add('label', 'labels');
export const addAnnotate = add('annotate', 'annotations');
