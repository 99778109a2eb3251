/**
 * Questions at the prompt. inquirer is loaded when the first one is asked.
 */
import type { Shell } from './shell';

/** One of the answers, picked with the arrow keys. */
export function choose(shell: Shell, question: string, answers: readonly string[]): Promise<string> {
  return shell.lendTerminal(async () => {
    const { default: inquirer } = await import('inquirer');
    const { answer } = await inquirer.prompt<{ answer: string }>([
      { type: 'list', name: 'answer', message: question, choices: [...answers] },
    ]);
    return answer;
  });
}

/** Yes or no; no when there is nobody to ask. */
export async function confirm(shell: Shell, question: string): Promise<boolean> {
  if (!shell.isPrompt) return true;
  return shell.lendTerminal(async () => {
    const { default: inquirer } = await import('inquirer');
    const { answer } = await inquirer.prompt<{ answer: boolean }>([
      { type: 'confirm', name: 'answer', message: question, default: false },
    ]);
    return answer;
  });
}
