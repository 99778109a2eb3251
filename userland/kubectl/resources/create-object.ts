/**
 * Creates one object and says so; shared by `create`, `run` and `expose`.
 */
import { dryRunWords, type OutputFlags, type WriteFlags, writeOptionsOf } from '../flags';
import { parseOutputFormat, renderObjects } from '../print/print-objects';
import type { Context } from '../verb';
import { objectLabel } from './discovery';
import { namespaceOf } from './find-objects';
import type { AnyObject } from './get-object';

export type CreateFlags = WriteFlags & OutputFlags & { readonly saveConfig?: boolean };

export async function createObject(
  object: AnyObject,
  flags: CreateFlags,
  context: Context,
  { done = 'created', manager = 'kubectl-create' } = {},
): Promise<void> {
  const resource = await context.discovery.ofObject(object);
  const namespace = namespaceOf(resource, object, context);
  const placed = { ...object, metadata: { ...object.metadata, ...(namespace ? { namespace } : {}) } };
  const { withLastApplied } = await import('../apply/last-applied');
  // What is only printed says no more than the user did.
  const isPrinted = flags.dryRun === 'client' && !context.hasExplicitNamespace;
  const base = isPrinted ? object : placed;
  const wanted = flags.saveConfig ? withLastApplied(base) : base;
  const options = writeOptionsOf(flags, manager);
  const created =
    flags.dryRun === 'client' ? wanted : await context.client.create<AnyObject>(resource, wanted, options);
  const format = parseOutputFormat(flags.output);
  if (format) context.output.out(renderObjects([{ resource, object: created }], format, { asList: false }));
  else context.output.out(`${objectLabel(resource, created.metadata.name)} ${done}${dryRunWords(flags)}\n`);
}
