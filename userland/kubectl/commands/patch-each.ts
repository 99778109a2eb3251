/**
 * Verbs that change a little of every object they are given (`label`, `annotate`, `cordon`, `set image`): find, patch, say so.
 */
import type { Resource } from '../../../helper/api/resource';
import type { PatchType } from '../../../helper/client/client';
import { applyLocally } from '../apply/apply-locally';
import { throwCollected } from '../command-error';
import { dryRunWords, type OutputFlags, type WriteFlags } from '../flags';
import { parseOutputFormat, renderObjects } from '../print/print-objects';
import { objectLabel } from '../resources/discovery';
import { type FoundObject, findObjects, type Target } from '../resources/find-objects';
import type { AnyObject } from '../resources/get-object';
import type { Context } from '../verb';

export interface Change {
  readonly type: PatchType;
  readonly patch: unknown;
  /** `labeled` of `pod/web labeled` */
  readonly done: string;
}

/** The object after the change; only computed here when the server is not to be asked. */
async function changed(found: FoundObject, change: Change | string, context: Context, flags: WriteFlags) {
  const { resource, object } = found;
  if (typeof change === 'string') return object;
  if (flags.dryRun === 'client') return applyLocally(found, change.type, change.patch);
  const { namespace = '', name } = object.metadata;
  return context.client.patch(resource as Resource<AnyObject>, namespace, name, change.type, change.patch, {
    dryRun: flags.dryRun === 'server',
    ...(flags.fieldManager ? { fieldManager: flags.fieldManager } : {}),
  });
}

/** `changeOf` says what to send and to print, or the words to print when nothing is to be sent; it may throw for one object. */
export async function patchEach(
  target: Target,
  context: Context,
  flags: WriteFlags & OutputFlags,
  changeOf: (found: FoundObject) => Change | string,
): Promise<void> {
  const errors: unknown[] = [];
  const format = parseOutputFormat(flags.output);
  for (const found of await findObjects(target, context, errors)) {
    const { resource } = found;
    try {
      const change = changeOf(found);
      const object = await changed(found, change, context, flags);
      const words = typeof change === 'string' ? change : change.done;
      context.output.out(
        format
          ? renderObjects([{ resource, object }], format, { asList: false })
          : `${objectLabel(resource, object.metadata.name)} ${words}${dryRunWords(flags)}\n`,
      );
    } catch (error) {
      errors.push(error);
    }
  }
  throwCollected(errors);
}
