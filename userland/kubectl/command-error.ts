/**
 * How a command fails: what is printed to stderr, and the exit code of the process.
 *
 * A {@link CommandError} is the user's to fix; a `StatusError` is the server's word and printed the way kubectl prints it.
 * https://kubernetes.io/docs/reference/kubectl/
 */
import { StatusError } from '../../helper/api/status-error';
import { isUnreachable } from '../../helper/client/connection-error';

export class CommandError extends Error {
  override readonly name = 'CommandError';
  constructor(
    message: string,
    readonly exitCode = 1,
  ) {
    super(message);
  }
}

/** A command line that contradicts itself: the words, and where help is. `command` is `run`, `auth reconcile`, ... */
export const usageError = (command: string, message: string) =>
  new CommandError(`${message}\nSee 'kubectl ${command} -h' for help and examples`);

/** Ends a command with this code and no further text: everything was said already. */
export class SilentExit extends Error {
  constructor(readonly exitCode: number) {
    super(`exit ${exitCode}`);
  }
}

/** A failure whose words stand without `error:` in front. */
export class WordsOnly extends CommandError {}

/** Several things failed while others went well; each is printed on a line of its own. */
class SeveralErrors extends Error {
  constructor(readonly errors: readonly unknown[]) {
    super(`${errors.length} errors`);
  }
}

/** Throws what was collected: nothing, the one error, or all of them. */
export function throwCollected(errors: readonly unknown[]): void {
  if (errors.length === 1) throw errors[0];
  if (errors.length > 1) throw new SeveralErrors(errors);
}

/** `The Pod "x" is invalid: ...`: one cause in the line, several as a list. */
function explainInvalid(error: StatusError): string {
  const { kind = '', name = '', causes = [] } = error.details ?? {};
  if (causes.length === 0) return error.message;
  const texts = causes.map(({ field, message }) => (field ? `${field}: ${message}` : (message ?? '')));
  const head = `The ${kind} ${JSON.stringify(name)} is invalid: `;
  return texts.length === 1 ? `${head}${texts[0]}` : `${head}\n${texts.map((text) => `* ${text}`).join('\n')}`;
}

function explainStatus(error: StatusError): string {
  if (isUnreachable(error)) return error.message;
  if (error.reason === 'Invalid') return explainInvalid(error);
  if (error.reason === 'Unauthorized') return 'error: You must be logged in to the server (Unauthorized)';
  return error.reason ? `Error from server (${error.reason}): ${error.message}` : `Error from server: ${error.message}`;
}

/** The text for stderr, with its newline; '' when all was said. */
export function explainFailure(error: unknown): string {
  if (error instanceof SilentExit) return '';
  if (error instanceof SeveralErrors) return error.errors.map(explainFailure).join('');
  if (error instanceof StatusError) return `${explainStatus(error)}\n`;
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof WordsOnly) return `${message}\n`;
  return `error: ${message}\n`;
}

export function exitCodeOf(error: unknown): number {
  return error instanceof CommandError || error instanceof SilentExit ? error.exitCode : 1;
}

/** Puts words in front of an error's message without changing its kind: `error when creating "x.yaml": `. */
export function withContext(error: unknown, words: string): unknown {
  if (error instanceof StatusError && !isUnreachable(error) && error.reason !== 'Invalid')
    return new StatusError(error.reason, `${words}${error.message}`, error.details, error.code);
  return error;
}
