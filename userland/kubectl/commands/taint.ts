/**
 * `taint nodes NODE key=value:Effect key:Effect-`: what keeps pods off a node.
 * https://kubernetes.io/docs/reference/kubectl/generated/kubectl_taint/
 */
import type { Taint } from 'kubernetes-types/core/v1';
import type { Node } from '../../../helper/api/core/node';
import { CommandError } from '../command-error';
import {
  addDryRunFlag,
  addManagerFlag,
  addOutputFlag,
  addSelectorFlags,
  type OutputFlags,
  type WriteFlags,
} from '../flags';
import { completeTarget, type SelectorFlags, type Target, validateTarget } from '../resources/find-objects';
import { type AddVerb, defineVerb, type Verb } from '../verb';
import { type Change, patchEach } from './patch-each';

const EFFECTS = ['NoSchedule', 'PreferNoSchedule', 'NoExecute'];

interface TaintFlags extends SelectorFlags, WriteFlags, OutputFlags {
  readonly overwrite?: boolean;
}

export interface TaintChanges {
  readonly added: readonly Taint[];
  /** without effect: all of the key */
  readonly removed: readonly Partial<Taint>[];
}

interface TaintRequest {
  readonly target: Target;
  readonly changes: TaintChanges;
  readonly flags: TaintFlags;
}

function parseTaint(word: string): { readonly taint: Taint; readonly isRemoval: boolean } {
  const isRemoval = word.endsWith('-');
  const match = /^([^=:]+)(?:=([^:]*))?(?::(.*))?$/.exec(isRemoval ? word.slice(0, -1) : word);
  const [, key = '', value = '', effect = ''] = match ?? [];
  if (!match || (!isRemoval && effect === '')) throw new CommandError(`invalid taint spec: ${word}`);
  if (effect !== '' && !EFFECTS.includes(effect))
    throw new CommandError(
      `invalid taint effect: ${effect}, unsupported taint effect\nSee 'kubectl taint -h' for help and examples`,
    );
  return { taint: { key, effect, ...(value ? { value } : {}) }, isRemoval };
}

/** `key=value:Effect` puts on, a dash behind it takes off. */
export function parseTaints(words: readonly string[]): TaintChanges {
  const parsed = words.map(parseTaint);
  return {
    added: parsed.filter(({ isRemoval }) => !isRemoval).map(({ taint }) => taint),
    removed: parsed
      .filter(({ isRemoval }) => isRemoval)
      .map(({ taint: { key, effect } }) => ({ key, ...(effect ? { effect } : {}) })),
  };
}

const isSame = (left: Partial<Taint>, right: Partial<Taint>) =>
  left.key === right.key && (!left.effect || left.effect === right.effect);

/** The patch for one node; throws when a taint is there already and may not be overwritten, or is not there to be removed. */
export function taintChange({ metadata, spec }: Node, { added, removed }: TaintChanges, overwrite: boolean): Change {
  const present = spec?.taints ?? [];
  const taken = added.filter((taint) => present.some((other) => isSame(taint, other)));
  if (taken.length && !overwrite) {
    const keys = taken.map(({ key }) => key).join(',');
    throw new CommandError(
      `node ${metadata.name} already has ${keys} taint(s) with same effect(s) and --overwrite is false`,
    );
  }
  const missing = removed.find((taint) => !present.some((other) => isSame(taint, other)));
  if (missing) {
    const effect = missing.effect ? `:${missing.effect}` : '';
    throw new CommandError(`taint ${JSON.stringify(`${missing.key}${effect}`)} not found`);
  }
  const kept = present.filter((other) => ![...added, ...removed].some((taint) => isSame(taint, other)));
  const done = !removed.length ? (taken.length ? 'modified' : 'tainted') : added.length ? 'modified' : 'untainted';
  return { type: 'merge', patch: { spec: { taints: [...added, ...kept] } }, done };
}

const verb: Verb<TaintFlags, TaintRequest> = {
  async complete({ args, flags }, context) {
    const first = args.findIndex(
      (word, index) => index > 0 && /[=:]|-$/.test(word) && !/^[a-z0-9.-]*[a-z0-9]$/.test(word),
    );
    const split = first < 0 ? args.length : first;
    const target = await completeTarget({ args: args.slice(0, split), flags }, context);
    return { target, changes: parseTaints(args.slice(split)), flags };
  },
  validate({ target, changes, flags }) {
    validateTarget(target, 'taint');
    if (target.selections.some(({ resource }) => resource.kind !== 'Node'))
      throw new CommandError('only nodes can be tainted');
    if (!changes.added.length && !changes.removed.length)
      throw new CommandError('at least one taint update is required');
    const isWhole = target.selections.some(({ names }) => names.length === 0);
    if (isWhole && !flags.all && !flags.selector)
      throw new CommandError('you must specify a node name, a selector (-l) or --all');
  },
  run: ({ target, changes, flags }, context) =>
    patchEach(target, context, { fieldManager: 'kubectl-taint', ...flags }, ({ object }) =>
      taintChange(object as Node, changes, flags.overwrite ?? false),
    ),
};

export const addTaint: AddVerb = (program, host) => {
  const described = program.command('taint').description('keep pods off a node: taint nodes n1 key=value:NoSchedule');
  const command = addManagerFlag(addOutputFlag(addDryRunFlag(addSelectorFlags(described))))
    .option('--overwrite', 'replace a taint that is there')
    .option('--all', 'all nodes');
  defineVerb(command, host, verb);
};
