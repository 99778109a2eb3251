/**
 * `apply -f`: makes the cluster as the files say, by three-way merge or by server-side apply.
 * https://kubernetes.io/docs/reference/kubectl/generated/kubectl_apply/
 */
import type { Manifest } from '../../../helper/dialect/load-manifests';
import { type ApplyOptions, appliedLine, applyObject } from '../apply/apply-object';
import { CommandError, throwCollected, withContext } from '../command-error';
import { addDryRunFlag, addFileFlags, addOutputFlag, type DryRunFlags, dryRunWords, type OutputFlags } from '../flags';
import { type OutputFormat, type PrintItem, parseOutputFormat, renderObjects } from '../print/print-objects';
import { namespaceOf } from '../resources/find-objects';
import { type FileFlags, readManifests } from '../resources/manifests';
import { type AddVerb, type Context, defineVerb, type Verb } from '../verb';

interface ApplyFlags extends FileFlags, DryRunFlags, OutputFlags {
  readonly serverSide?: boolean;
  readonly forceConflicts?: boolean;
  readonly fieldManager?: string;
}

interface ApplyRequest {
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
      manifests: await readManifests(flags, shell),
      options: {
        dryRun: flags.dryRun ?? 'none',
        serverSide: flags.serverSide ?? false,
        forceConflicts: flags.forceConflicts ?? false,
        fieldManager: flags.fieldManager ?? (flags.serverSide ? 'kubectl' : 'kubectl-client-side-apply'),
      },
      suffix: dryRunWords(flags),
      format: parseOutputFormat(flags.output),
    };
  },

  validate({ extraWords, hasFiles, manifests, options }) {
    if (extraWords.length > 0) throw new CommandError(`Unexpected args: [${extraWords.join(' ')}]`);
    if (!hasFiles) throw new CommandError('must specify one of -f and -k');
    if (options.forceConflicts && !options.serverSide)
      throw new CommandError('--force-conflicts only works with --server-side');
    if (options.serverSide && options.dryRun === 'client')
      throw new CommandError(
        "--dry-run=client doesn't work with --server-side (did you mean --dry-run=server instead?)",
      );
    const unnamed = manifests.find(({ object }) => !object.metadata.name);
    if (unnamed)
      throw new CommandError(`${unnamed.file}:${unnamed.line}: cannot use generate name with apply, expected a name`);
  },

  run: ({ manifests, options, suffix, format }, context) =>
    applyManifests(manifests, options, context, { suffix, ...(format ? { format } : {}) }),
};

/** Applies all of them; those that fail do not keep the others from being applied. */
export async function applyManifests(
  manifests: readonly Manifest[],
  options: ApplyOptions,
  context: Context,
  printing: { readonly suffix: string; readonly format?: OutputFormat; readonly linePrefix?: string },
): Promise<void> {
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
}

export const addApply: AddVerb = (program, host) => {
  const command = addDryRunFlag(
    addOutputFlag(addFileFlags(program.command('apply').description('make the cluster as files say'))),
  )
    .option('--server-side', 'let the server merge (server-side apply)')
    .option('--force-conflicts', 'take over fields of other managers (with --server-side)')
    .option('--field-manager <name>', 'name under which fields are owned');
  defineVerb(command, host, verb);
};
