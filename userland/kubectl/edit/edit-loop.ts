/**
 * A text in the user's editor, again and again until what came back can be saved or the user gives up.
 */
import { StatusError } from '../../../helper/api/status-error';
import { CommandError, explainFailure } from '../command-error';
import type { Context } from '../verb';
import { bodyOf, editText } from './edit-text';
import { type EditFormat, runEditor } from './run-editor';

export interface Editing {
  readonly original: string;
  readonly format: EditFormat;
  /** lines before the text; only YAML has comments */
  readonly head: string;
  /** `deployments.apps "web"`, for messages */
  readonly label: string;
  /** Throws what keeps it from being saved. */
  save(text: string): Promise<void>;
}

/** What the reopened file says about the last try: every field that was wrong on a line of its own. */
export function problemText(error: unknown, label: string): string {
  if (!(error instanceof StatusError) || error.reason !== 'Invalid') return explainFailure(error);
  const causes = error.details?.causes ?? [];
  const lines = causes.map(({ field, message }) => `* ${field ? `${field}: ` : ''}${message ?? ''}`);
  return [`${label} was not valid:`, ...(lines.length > 0 ? lines : [`* ${error.message}`])].join('\n');
}

/** Returns when it is saved or nothing was changed; throws when the user gives up, or the server cannot go on. */
export async function editUntilSaved(
  { original, format, head, label, save }: Editing,
  context: Context,
): Promise<void> {
  let body = original;
  let problem = '';
  while (true) {
    const shown = format.name === 'yaml' ? editText(body, problem, head) : body;
    const { text, file } = await runEditor(shown, format, context.shell);
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
      return await save(next);
    } catch (error) {
      if (error instanceof StatusError && error.code >= 500) throw error;
      problem = problemText(error, label);
      const isInvalid = error instanceof StatusError && error.reason === 'Invalid';
      context.output.err(isInvalid ? `error: ${label} is invalid\n` : explainFailure(error));
      body = next;
    }
  }
}
