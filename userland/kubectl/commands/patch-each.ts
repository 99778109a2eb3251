/**
 * Verbs that change a little of every object they are given (`label`, `annotate`, `cordon`, `set image`): find, patch, say so.
 */
import type { PatchType } from '../../../helper/client/client';
import { throwCollected } from '../command-error';
import { type DryRunFlags, dryRunWords } from '../flags';
import { objectLabel } from '../resources/discovery';
import { type FoundObject, findObjects, type Target } from '../resources/find-objects';
import type { Context } from '../verb';

export interface Change {
  readonly type: PatchType;
  readonly patch: unknown;
  /** `labeled` of `pod/web labeled` */
  readonly done: string;
}

/** `changeOf` says what to send and to print, or the words to print when nothing is to be sent; it may throw for one object. */
export async function patchEach(
  target: Target,
  context: Context,
  flags: DryRunFlags,
  changeOf: (found: FoundObject) => Change | string,
): Promise<void> {
  const errors: unknown[] = [];
  for (const found of await findObjects(target, context, errors)) {
    const { resource, object } = found;
    const { namespace = '', name } = object.metadata;
    try {
      const change = changeOf(found);
      if (typeof change !== 'string' && flags.dryRun !== 'client')
        await context.client.patch(resource, namespace, name, change.type, change.patch, {
          dryRun: flags.dryRun === 'server',
        });
      const words = typeof change === 'string' ? change : change.done;
      context.output.out(`${objectLabel(resource, name)} ${words}${dryRunWords(flags)}\n`);
    } catch (error) {
      errors.push(error);
    }
  }
  throwCollected(errors);
}
