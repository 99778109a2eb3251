/**
 * Creates one object and says so; shared by `create`, `run` and `expose`.
 */
import { type DryRunFlags, dryRunWords, type OutputFlags } from '../flags';
import { parseOutputFormat, renderObjects } from '../print/print-objects';
import type { Context } from '../verb';
import { objectLabel } from './discovery';
import { namespaceOf } from './find-objects';
import type { AnyObject } from './get-object';

export type CreateFlags = DryRunFlags & OutputFlags & { readonly saveConfig?: boolean };

export async function createObject(
  object: AnyObject,
  flags: CreateFlags,
  context: Context,
  done = 'created',
): Promise<void> {
  const resource = await context.discovery.ofObject(object);
  const namespace = namespaceOf(resource, object, context);
  const placed = { ...object, metadata: { ...object.metadata, ...(namespace ? { namespace } : {}) } };
  const { withLastApplied } = await import('../apply/last-applied');
  // What is only printed says no more than the user did.
  const isPrinted = flags.dryRun === 'client' && !context.hasExplicitNamespace;
  const base = isPrinted ? object : placed;
  const wanted = flags.saveConfig ? withLastApplied(base) : base;
  const options = {
    fieldManager: 'kubectl-create',
    fieldValidation: 'Strict',
    dryRun: flags.dryRun === 'server',
  } as const;
  const created =
    flags.dryRun === 'client' ? wanted : await context.client.create<AnyObject>(resource, wanted, options);
  const format = parseOutputFormat(flags.output);
  if (format) context.output.out(renderObjects([{ resource, object: created }], format, { asList: false }));
  else context.output.out(`${objectLabel(resource, created.metadata.name)} ${done}${dryRunWords(flags)}\n`);
}
