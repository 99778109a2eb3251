/**
 * `edit`: an object in your editor, and the difference back as a patch.
 * https://kubernetes.io/docs/reference/kubectl/generated/kubectl_edit/
 */
import type { Command } from 'commander';
import { apiVersionOf } from '../../../helper/api/resource';
import { withLastApplied } from '../apply/last-applied';
import { schemaNameOf } from '../apply/schema-name';
import { threeWayPatch } from '../apply/three-way-patch';
import { CommandError, SilentExit, throwCollected } from '../command-error';
import { editUntilSaved } from '../edit/edit-loop';
import { editableText, OBJECT_HEAD, parseEdited } from '../edit/edit-text';
import type { EditFormat } from '../edit/run-editor';
import { addFileFlags, addSelectorFlags, addWriteFlags, type WriteFlags, writeOptionsOf } from '../flags';
import { kubectlJson } from '../print/kubectl-json';
import { parseOutputFormat, renderObjects } from '../print/print-objects';
import { objectLabel, type ServedResource } from '../resources/discovery';
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

export interface EditingFlags extends FileFlags, SelectorFlags, WriteFlags {
  readonly output?: string;
  readonly windowsLineEndings?: boolean;
  readonly showManagedFields?: boolean;
}

interface EditFlags extends EditingFlags {
  readonly outputPatch?: boolean;
  readonly saveConfig?: boolean;
  readonly subresource?: string;
}

interface EditRequest<Flags> {
  readonly target: Target;
  readonly flags: Flags;
}

/** YAML unless `-o json`. */
export const editFormatOf = ({ output, windowsLineEndings = false }: EditingFlags): EditFormat => ({
  name: output === 'json' ? 'json' : 'yaml',
  hasWindowsLines: windowsLineEndings,
});

/** Throws for a format that cannot be edited. */
export function validateEditing({ target, flags }: EditRequest<EditingFlags>): void {
  validateTarget(target, 'edit');
  if (flags.output !== undefined && flags.output !== 'yaml' && flags.output !== 'json')
    throw new CommandError('The flag "output" must be one of yaml|json');
}

/** `deployments.apps "web"`: as messages call what is edited. */
export const editedLabel = ({ plural, group }: Pick<ServedResource, 'plural' | 'group'>, name: string) =>
  `${plural}${group ? `.${group}` : ''} ${JSON.stringify(name)}`;

/** Sends what the user changed. Throws what the server says. */
async function save(
  { resource, object }: FoundObject,
  edited: AnyObject,
  flags: EditFlags,
  context: Context,
): Promise<void> {
  const { namespace = '', name } = object.metadata;
  if (edited.kind !== object.kind || edited.apiVersion !== apiVersionOf(resource) || edited.metadata.name !== name) {
    throw new CommandError('At least one of apiVersion, kind and name was changed');
  }
  const { managedFields: _, ...metadata } = object.metadata;
  const before = { ...object, metadata };
  const wanted = flags.saveConfig ? withLastApplied(edited) : edited;
  const schemaName = schemaNameOf(resource);
  const patch = threeWayPatch(before, wanted, before, schemaName);
  if (Object.keys(patch).length === 0) {
    context.output.err('Edit cancelled, no changes made.\n');
    return;
  }
  if (flags.outputPatch) context.output.out(`Patch: ${kubectlJson(patch)}\n`);
  const type = schemaName ? 'strategic' : 'merge';
  const options = { ...writeOptionsOf(flags, 'kubectl-edit'), ...subresourceOf(flags) };
  const patched = await context.client.patch<AnyObject>(resource, namespace, name, type, patch, options);
  context.output.out(editedText({ resource, object: patched }, flags));
}

/** What is said of an object that was saved: that it was, or with `-o` the object itself. */
export function editedText(saved: FoundObject, { output, showManagedFields = false }: EditingFlags): string {
  const format = parseOutputFormat(output);
  if (!format) return `${objectLabel(saved.resource, saved.object.metadata.name)} edited\n`;
  return renderObjects([saved], format, { asList: false, showManagedFields });
}

const subresourceOf = ({ subresource }: EditFlags) => (subresource ? { subresource } : {});

const verb: Verb<EditFlags, EditRequest<EditFlags>> = {
  complete: async (invocation, context) => ({
    target: await completeTarget(invocation, context),
    flags: invocation.flags,
  }),
  validate: validateEditing,
  async run({ target, flags }, context) {
    const errors: unknown[] = [];
    const format = editFormatOf(flags);
    for (const found of await findObjects(target, context, errors)) {
      const editing = {
        original: editableText(found.object, format.name, flags.showManagedFields),
        format,
        head: OBJECT_HEAD,
        label: editedLabel(found.resource, found.object.metadata.name),
        save: (text: string) => save(found, parseEdited(text), flags, context),
      };
      await editUntilSaved(editing, context).catch((error: unknown) => {
        if (error instanceof SilentExit) throw error;
        errors.push(error);
      });
    }
    throwCollected(errors);
  },
};

/** The flags of whatever opens an editor. */
export const addEditingFlags = (command: Command): Command =>
  addWriteFlags(addFileFlags(command))
    .option('-o, --output <format>', 'format of the file: yaml or json')
    .option('--windows-line-endings', 'lines end as on Windows');

export const addEdit: AddVerb = (program, host) => {
  const described = program.command('edit').description('an object in your editor: edit deploy web');
  const command = addSelectorFlags(addEditingFlags(described))
    .option('--output-patch', 'show the patch that is sent')
    .option('--save-config', 'remember the configuration for a later apply')
    .option('--show-managed-fields', 'with metadata.managedFields')
    .option('--subresource <name>', 'change this subresource: status');
  defineVerb(command, host, verb);
};
