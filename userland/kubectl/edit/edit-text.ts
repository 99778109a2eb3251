/**
 * The text an editor is given and what came back: pure.
 *
 * Lines that begin with `#` are for the reader; when nothing else is left, or nothing changed, the edit is cancelled.
 */
import { parse } from 'yaml';
import { toYaml } from '../print/print-objects';
import type { AnyObject } from '../resources/get-object';

const HEAD = `# Please edit the object below. Lines beginning with a '#' will be ignored,
# and an empty file will abort the edit. If an error occurs while saving this file will be
# reopened with the relevant failures.
#
`;

/** The file for the editor; `problem` is what the server said to the last try. */
export function editText(body: string, problem = ''): string {
  const notes = problem
    .trim()
    .split('\n')
    .map((line) => `# ${line}\n`)
    .join('');
  return `${HEAD}${problem ? `${notes}#\n` : ''}${body}`;
}

/** What is in the file beyond comments at its head. */
export function bodyOf(text: string): string {
  const lines = text.split('\n');
  const first = lines.findIndex((line) => !line.startsWith('#'));
  return first < 0 ? '' : lines.slice(first).join('\n');
}

/** An object as it is edited: without what only machines read. */
export function editableYaml(object: AnyObject): string {
  const { managedFields: _, ...metadata } = object.metadata;
  return toYaml({ ...object, metadata });
}

/** The object in the text; throws when it is none. */
export function parseEdited(text: string): AnyObject {
  const object = parse(text) as AnyObject | null;
  if (typeof object !== 'object' || object === null || !object.kind || !object.metadata?.name) {
    throw new Error('the edited file is not an object with apiVersion, kind and metadata.name');
  }
  return object;
}
