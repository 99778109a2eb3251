/**
 * `edit`: an object in your editor, and the difference back as a patch.
 * https://kubernetes.io/docs/reference/kubectl/generated/kubectl_edit/
 */
import { apiVersionOf } from '../../../helper/api/resource';
import { StatusError } from '../../../helper/api/status-error';
import { schemaNameOf } from '../apply/schema-name';
import { threeWayPatch } from '../apply/three-way-patch';
import { CommandError, explainFailure, SilentExit, throwCollected } from '../command-error';
import { bodyOf, editableYaml, editText, parseEdited } from '../edit/edit-text';
import { runEditor } from '../edit/run-editor';
import { addFileFlags, addSelectorFlags } from '../flags';
import { objectLabel } from '../resources/discovery';
import {
  completeTarget,
  type FoundObject,
  findObjects,
  type SelectorFlags,
  type Target,
  validateTarget,
} from '../resources/find-objects';
import type { AnyObject } from '../resources/get-object';
import type { FileFlags } from '../resources/manifests';
import { type AddVerb, type Context, defineVerb, type Verb } from '../verb';

type EditFlags = FileFlags & SelectorFlags;

/** Sends what the user changed. Throws what the server says. */
async function save({ resource, object }: FoundObject, edited: AnyObject, context: Context): Promise<void> {
  const { namespace = '', name } = object.metadata;
  if (edited.kind !== object.kind || edited.apiVersion !== apiVersionOf(resource) || edited.metadata.name !== name) {
    throw new CommandError('At least one of apiVersion, kind and name was changed');
  }
  const { managedFields: _, ...metadata } = object.metadata;
  const before = { ...object, metadata };
  const schemaName = schemaNameOf(resource);
  const patch = threeWayPatch(before, edited, before, schemaName);
  if (Object.keys(patch).length === 0) {
    context.output.err('Edit cancelled, no changes made.\n');
    return;
  }
  const type = schemaName ? 'strategic' : 'merge';
  await context.client.patch(resource, namespace, name, type, patch, { fieldManager: 'kubectl-edit' });
  context.output.out(`${objectLabel(resource, name)} edited\n`);
}

/** What the reopened file says about the last try: every field that was wrong on a line of its own. */
export function problemText(error: unknown, label: string): string {
  if (!(error instanceof StatusError) || error.reason !== 'Invalid') return explainFailure(error);
  const causes = error.details?.causes ?? [];
  const lines = causes.map(({ field, message }) => `* ${field ? `${field}: ` : ''}${message ?? ''}`);
  return [`${label} was not valid:`, ...(lines.length > 0 ? lines : [`* ${error.message}`])].join('\n');
}

/** One object, again and again until it can be saved or the user gives up. */
async function editOne(found: FoundObject, context: Context): Promise<void> {
  const original = editableYaml(found.object);
  let body = original;
  let problem = '';
  while (true) {
    const { text, file } = await runEditor(editText(body, problem), context.shell);
    const next = bodyOf(text);
    if (next.trim() === '' || next === original) {
      context.output.err(`Edit cancelled, ${next.trim() === '' ? 'saved file was empty' : 'no changes made'}.\n`);
      return;
    }
    if (problem && next === body) {
      context.output.err(`A copy of your changes has been stored to ${JSON.stringify(file)}\n`);
      throw new CommandError('Edit cancelled, no valid changes were saved.');
    }
    try {
      return await save(found, parseEdited(next), context);
    } catch (error) {
      if (error instanceof StatusError && error.code >= 500) throw error;
      const label = `${found.resource.plural}${found.resource.group ? `.${found.resource.group}` : ''} ${JSON.stringify(found.object.metadata.name)}`;
      problem = problemText(error, label);
      const isInvalid = error instanceof StatusError && error.reason === 'Invalid';
      context.output.err(isInvalid ? `error: ${label} is invalid\n` : explainFailure(error));
      body = next;
    }
  }
}

const verb: Verb<EditFlags, Target> = {
  complete: completeTarget,
  validate: (target) => validateTarget(target, 'edit'),
  async run(target, context) {
    const errors: unknown[] = [];
    for (const found of await findObjects(target, context, errors)) {
      await editOne(found, context).catch((error: unknown) => {
        if (error instanceof SilentExit) throw error;
        errors.push(error);
      });
    }
    throwCollected(errors);
  },
};

export const addEdit: AddVerb = (program, host) => {
  const command = addSelectorFlags(
    addFileFlags(program.command('edit').description('an object in your editor: edit deploy web')),
  );
  defineVerb(command, host, verb);
};
