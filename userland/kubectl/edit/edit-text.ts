/**
 * The text an editor is given and what came back: pure.
 *
 * Lines that begin with `#` are for the reader; when nothing else is left, or nothing changed, the edit is cancelled.
 */
import { kubectlJson } from '../print/kubectl-json';
import { toYaml } from '../print/print-objects';
import type { AnyObject } from '../resources/get-object';
import { parseYaml } from '../resources/parse-yaml';

/** What stands above an object. */
export const OBJECT_HEAD = `# Please edit the object below. Lines beginning with a '#' will be ignored,
# and an empty file will abort the edit. If an error occurs while saving this file will be
# reopened with the relevant failures.
#
`;

/** What stands above the configuration that was applied last. */
export const LAST_APPLIED_HEAD = `# Please edit the 'last-applied-configuration' annotations below.
# Lines beginning with a '#' will be ignored, and an empty file will abort the edit.
#
`;

/** The file for the editor; `problem` is what the server said to the last try. */
export function editText(body: string, problem = '', head = OBJECT_HEAD): string {
  const notes = problem
    .trim()
    .split('\n')
    .map((line) => `# ${line}\n`)
    .join('');
  return `${head}${problem ? `${notes}#\n` : ''}${body}`;
}

/** What is in the file beyond comments at its head. */
export function bodyOf(text: string): string {
  const lines = text.split('\n');
  const first = lines.findIndex((line) => !line.startsWith('#'));
  return first < 0 ? '' : lines.slice(first).join('\n');
}

/** An object as it is edited: without what only machines read, unless it is asked for. */
export function editableText(object: AnyObject, format: 'yaml' | 'json', showManagedFields = false): string {
  const { managedFields, ...metadata } = object.metadata;
  const shown = { ...object, metadata: showManagedFields ? object.metadata : metadata };
  return format === 'yaml' ? toYaml(shown) : `${kubectlJson(shown, 4)}\n`;
}

/** The object in the text; throws when it is none. */
export function parseEdited(text: string): AnyObject {
  const object = parseYaml(text) as AnyObject | null;
  if (typeof object !== 'object' || object === null || !object.kind || !object.metadata?.name) {
    throw new Error('the edited file is not an object with apiVersion, kind and metadata.name');
  }
  return object;
}
