/**
 * The prompt: one line after the other, each run as `./run.sh kubectl <line>` would be.
 *
 * Verbs in any case; a verb that does not exist is answered with the nearest one. Ctrl-C ends the command that runs, or throws
 * away the line that is typed; `exit` and Ctrl-D end the prompt.
 */
import { CommandError, exitCodeOf, explainFailure } from '../command-error';
import { createProgram, runWords } from '../program';
import type { Shell } from '../shell';
import { completionsFor } from './complete';
import { readHistory, writeHistory } from './history';
import { LineReader } from './line-reader';
import { liveNames } from './live-names';
import { splitLine } from './split-line';

const PROMPT = '>>> ';
const ENDS = new Set(['exit', 'quit']);
const WELCOME = "minik8s: kubectl's verbs and the classroom's. 'help' lists them, TAB completes, 'exit' ends.\n";

/** The words of a line as the program takes them: `kubectl` in front is not needed, verbs are in lower case. */
function readLine(line: string): string[] {
  const words = splitLine(line);
  const own = words[0]?.toLowerCase() === 'kubectl' ? words.slice(1) : words;
  const [verb, ...rest] = own;
  return verb === undefined ? [] : [verb.toLowerCase(), ...rest];
}

function openReader(shell: Shell, onInterrupt: (reader: LineReader) => void): LineReader {
  const program = createProgram({ shell, afterDash: undefined });
  const verbs = [...program.commands.map((command) => command.name()), 'help', 'exit'];
  const names = liveNames(shell, program, verbs);
  const reader: LineReader = new LineReader({
    prompt: PROMPT,
    history: readHistory(shell.settings),
    complete: async (line) => {
      const [found, word] = await completionsFor(line, names);
      // The only one there is, is finished: the next word begins.
      return [found.length === 1 ? found.map((text) => `${text} `) : found, word];
    },
    onHistory: (lines) => writeHistory(shell.settings, lines),
    onInterrupt: () => onInterrupt(reader),
  });
  return reader;
}

/** Runs until `exit` or the end of input. A pipe's result is that of its last line; a person's is 0. */
export async function runPrompt(shell: Shell): Promise<number> {
  let running: AbortController | undefined;
  const reader = openReader(shell, (current) => {
    if (current.isWaiting) current.restartLine();
    else running?.abort();
  });
  if (reader.isTerminal) shell.output.out(WELCOME);
  let code = 0;
  for (;;) {
    const line = await reader.next();
    if (line === undefined) break;
    running = new AbortController();
    const lineShell: Shell = {
      ...shell,
      isPrompt: reader.isTerminal,
      signal: running.signal,
      lendTerminal: (work) => reader.lend(work),
      readStdin: () => Promise.reject(new CommandError('-f - : standard input is the prompt itself; name a file')),
    };
    try {
      const words = readLine(line);
      if (words[0] !== undefined && ENDS.has(words[0])) break;
      if (words.length > 0) await runWords(words, lineShell);
      code = 0;
    } catch (error) {
      if (!running.signal.aborted) shell.output.err(explainFailure(error));
      code = exitCodeOf(error);
    }
  }
  reader.close();
  return reader.isTerminal ? 0 : code;
}
