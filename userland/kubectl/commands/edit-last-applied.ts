/**
 * `apply edit-last-applied`: the configuration that was applied last in your editor; what comes back is remembered instead.
 * https://kubernetes.io/docs/reference/kubectl/generated/kubectl_apply/kubectl_apply_edit-last-applied/
 */
import type { Command } from 'commander';
import { LAST_APPLIED, lastApplied } from '../apply/last-applied';
import { CommandError, throwCollected } from '../command-error';
import { editUntilSaved } from '../edit/edit-loop';
import { editableText, LAST_APPLIED_HEAD, parseEdited } from '../edit/edit-text';
import { addSelectorFlags, writeOptionsOf } from '../flags';
import { kubectlJson } from '../print/kubectl-json';
import { completeTarget, type FoundObject, findObjects, type Target } from '../resources/find-objects';
import type { AnyObject } from '../resources/get-object';
import { type Context, defineVerb, type Verb, type VerbHost } from '../verb';
import { addEditingFlags, type EditingFlags, editedLabel, editedText, editFormatOf, validateEditing } from './edit';

interface Request {
  readonly target: Target;
  readonly flags: EditingFlags;
}

async function remember(
  { resource, object }: FoundObject,
  text: string,
  flags: EditingFlags,
  context: Context,
): Promise<void> {
  const { namespace = '', name } = object.metadata;
  const annotations = { [LAST_APPLIED]: `${kubectlJson(parseEdited(text))}\n` };
  const options = writeOptionsOf(flags, 'kubectl-client-side-apply');
  const patch = { metadata: { annotations } };
  const saved = await context.client.patch<AnyObject>(resource, namespace, name, 'merge', patch, options);
  context.output.out(editedText({ resource, object: saved }, flags));
}

const verb: Verb<EditingFlags, Request> = {
  complete: async (invocation, context) => ({
    target: await completeTarget(invocation, context),
    flags: invocation.flags,
  }),
  validate: validateEditing,
  async run({ target, flags }, context) {
    const errors: unknown[] = [];
    const format = editFormatOf(flags);
    for (const found of await findObjects(target, context, errors)) {
      const { name } = found.object.metadata;
      const applied = lastApplied(found.object) as AnyObject | undefined;
      if (!applied) {
        errors.push(new CommandError(`no last-applied-configuration annotation found on resource: ${name}`));
        continue;
      }
      const editing = {
        original: editableText(applied, format.name),
        format,
        head: LAST_APPLIED_HEAD,
        label: editedLabel(found.resource, name),
        save: (text: string) => remember(found, text, flags, context),
      };
      await editUntilSaved(editing, context).catch((error: unknown) => errors.push(error));
    }
    throwCollected(errors);
  },
};

export function addEditLastApplied(parent: Command, host: VerbHost): void {
  const described = parent.command('edit-last-applied').description('what was applied last, in your editor');
  defineVerb(addSelectorFlags(addEditingFlags(described)), host, verb);
}
