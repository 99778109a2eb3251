import type { Shell } from '../shell';

export async function runPrompt(shell: Shell): Promise<number> {
  shell.output.err('the prompt follows\n');
  return 1;
}
