/**
 * `./run.sh kubectl [words]`: one command line, or the prompt when there are no words.
 *
 * Flow: words -> `program.ts` -> a verb in `commands/` or `dialect/` -> complete, validate, run -> exit code.
 * https://kubernetes.io/docs/reference/kubectl/
 */
import type { Settings } from '../../helper/process/settings';
import { exitCodeOf, explainFailure } from './command-error';
import { createShell } from './process-shell';
import { runWords } from './program';

/** Runs one command line; resolves with the exit code, as kubectl's: 0, 1, or the code of the command of `exec`. */
export async function kubectl(args: string[], settings: Settings): Promise<number> {
  const shell = createShell(settings);
  try {
    if (args.length === 0) {
      const { runPrompt } = await import('./repl/prompt');
      return await runPrompt(shell);
    }
    await runWords(args, shell);
    return 0;
  } catch (error) {
    shell.output.err(explainFailure(error));
    return exitCodeOf(error);
  } finally {
    shell.close();
  }
}
