/**
 * `apply -f`: makes the cluster as the files say, by three-way merge or by server-side apply.
 * https://kubernetes.io/docs/reference/kubectl/generated/kubectl_apply/
 */
import { matchesRequirements, parseLabelSelector } from '../../../helper/api/label-selector';
import type { Manifest } from '../../../helper/dialect/load-manifests';
import { type ApplyOptions, appliedLine, applyObject } from '../apply/apply-object';
import type { PruneWishes } from '../apply/prune';
import { CommandError, throwCollected, withContext } from '../command-error';
import {
  addDryRunFlag,
  addFileFlags,
  addOutputFlag,
  addWriteFlags,
  collectWhole,
  dryRunWords,
  type OutputFlags,
  type WriteFlags,
  writeOptionsOf,
} from '../flags';
import { type OutputFormat, type PrintItem, parseOutputFormat, renderObjects } from '../print/print-objects';
import { objectLabel } from '../resources/discovery';
import { namespaceOf } from '../resources/find-objects';
import type { AnyObject } from '../resources/get-object';
import { type FileFlags, readManifests } from '../resources/manifests';
import { type AddVerb, type Context, defineVerb, type Verb } from '../verb';
import { addLastApplied } from './apply-last';
import { addEditLastApplied } from './edit-last-applied';

interface ApplyFlags extends FileFlags, WriteFlags, OutputFlags {
  readonly serverSide?: boolean;
  readonly forceConflicts?: boolean;
  readonly selector?: string;
  readonly prune?: boolean;
  readonly all?: boolean;
  readonly pruneAllowlist?: readonly string[];
}

interface ApplyRequest {
  readonly prune: PruneWishes | undefined;
  readonly mayPruneAll: boolean;
  readonly extraWords: readonly string[];
  readonly hasFiles: boolean;
  readonly manifests: readonly Manifest[];
  readonly options: ApplyOptions;
  readonly suffix: string;
  readonly format: OutputFormat | undefined;
}

const verb: Verb<ApplyFlags, ApplyRequest> = {
  async complete({ args, flags }, { shell }) {
    return {
      extraWords: args,
      hasFiles: flags.kustomize !== undefined || (flags.filename ?? []).length > 0,
      manifests: selected(await readManifests(flags, shell), flags.selector),
      prune: flags.prune ? { selector: flags.selector ?? '', allowlist: flags.pruneAllowlist ?? [] } : undefined,
      mayPruneAll: flags.all ?? false,
      options: {
        dryRun: flags.dryRun ?? 'none',
        serverSide: flags.serverSide ?? false,
        forceConflicts: flags.forceConflicts ?? false,
        write: writeOptionsOf(flags, flags.serverSide ? 'kubectl' : 'kubectl-client-side-apply'),
      },
      suffix: dryRunWords(flags),
      format: parseOutputFormat(flags.output),
    };
  },

  validate({ extraWords, hasFiles, manifests, options, prune, mayPruneAll }) {
    if (extraWords.length > 0) throw new CommandError(`Unexpected args: [${extraWords.join(' ')}]`);
    if (!hasFiles) throw new CommandError('must specify one of -f and -k');
    if (options.forceConflicts && !options.serverSide)
      throw new CommandError('--force-conflicts only works with --server-side');
    if (options.serverSide && options.dryRun === 'client')
      throw new CommandError(
        "--dry-run=client doesn't work with --server-side (did you mean --dry-run=server instead?)",
      );
    if (prune && mayPruneAll === (prune.selector !== ''))
      throw new CommandError(
        mayPruneAll
          ? 'cannot set --all and --selector at the same time'
          : 'all resources selected for prune without explicitly passing --all. To prune all resources, pass the --all flag. If you did not mean to prune all resources, specify a label selector',
      );
    const unnamed = manifests.find(({ object }) => !object.metadata.name);
    if (unnamed)
      throw new CommandError(`${unnamed.file}:${unnamed.line}: cannot use generate name with apply, expected a name`);
  },

  async run({ manifests, options, suffix, format, prune: wishes }, context) {
    if (manifests.length === 0) throw new CommandError('no objects passed to apply');
    const applied = await applyManifests(manifests, options, context, { suffix, ...(format ? { format } : {}) });
    if (!wishes) return;
    const { prune } = await import('../apply/prune');
    await prune(wishes, applied, context, {
      isTrial: options.dryRun !== 'none',
      onPruned: (resource, name) => context.output.out(`${objectLabel(resource, name)} pruned${suffix}\n`),
    });
  },
};

/** Those with the labels of `-l`. */
function selected(manifests: readonly Manifest[], selector: string | undefined): readonly Manifest[] {
  if (!selector) return manifests;
  const requirements = parseLabelSelector(selector);
  return manifests.filter(({ object }) => matchesRequirements(requirements, object.metadata.labels));
}

/** Applies all of them and gives what became of them; those that fail do not keep the others from being applied. */
export async function applyManifests(
  manifests: readonly Manifest[],
  options: ApplyOptions,
  context: Context,
  printing: { readonly suffix: string; readonly format?: OutputFormat; readonly linePrefix?: string },
): Promise<AnyObject[]> {
  const errors: unknown[] = [];
  const printed: PrintItem[] = [];
  for (const { object, file } of manifests) {
    try {
      const resource = await context.discovery.ofObject(object);
      const namespace = namespaceOf(resource, object, context);
      const placed = { ...object, metadata: { ...object.metadata, ...(namespace ? { namespace } : {}) } };
      const applied = await applyObject(resource, placed, options, context);
      printed.push({ resource, object: applied.object });
      if (!printing.format)
        context.output.out(`${printing.linePrefix ?? ''}${appliedLine(resource, applied, printing.suffix)}`);
    } catch (error) {
      errors.push(withContext(error, `error when applying ${JSON.stringify(file)}: `));
    }
  }
  if (printing.format && printed.length > 0)
    context.output.out(renderObjects(printed, printing.format, { asList: printed.length > 1 }));
  throwCollected(errors);
  return printed.map(({ object }) => object);
}

export const addApply: AddVerb = (program, host) => {
  const described = program.command('apply').description('make the cluster as files say');
  const command = addWriteFlags(addDryRunFlag(addOutputFlag(addFileFlags(described))))
    .option('--server-side', 'let the server merge (server-side apply)')
    .option('--force-conflicts', 'take over fields of other managers (with --server-side)')
    .option('-l, --selector <labels>', 'only objects with these labels')
    .option('--prune', 'delete what was applied before and is in no file any more (with -l or --all)')
    .option('--all', 'with --prune: whatever its labels')
    .option('--prune-allowlist <group/version/kind>', 'with --prune: these kinds only', collectWhole);
  addLastApplied(command, host);
  addEditLastApplied(command, host);
  defineVerb(command, host, verb);
};
