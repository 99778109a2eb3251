/**
 * Opens the user's editor on a text: `$KUBE_EDITOR`, else `$EDITOR`, else vi.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CommandError } from '../command-error';
import type { Shell } from '../shell';

/** How the file is written. */
export interface EditFormat {
  readonly name: 'yaml' | 'json';
  /** lines end as on Windows */
  readonly hasWindowsLines: boolean;
}

/** The text as the user left it, and the file that still holds it. */
export async function runEditor(
  text: string,
  { name, hasWindowsLines }: EditFormat,
  shell: Shell,
): Promise<{ readonly text: string; readonly file: string }> {
  const file = join(mkdtempSync(join(tmpdir(), 'kubectl-edit-')), `edit.${name}`);
  writeFileSync(file, hasWindowsLines ? text.replaceAll('\n', '\r\n') : text, { mode: 0o600 });
  const editor = shell.env['KUBE_EDITOR'] || shell.env['EDITOR'] || 'vi';
  await shell.lendTerminal(
    () =>
      new Promise<void>((resolve, reject) => {
        // An editor may be a command line of its own (`code --wait`): the shell takes it apart.
        const child = spawn('sh', ['-c', `${editor} "$1"`, 'edit', file], { stdio: 'inherit' });
        child.on('error', reject);
        child.on('exit', (code) =>
          code === 0
            ? resolve()
            : reject(new CommandError(`there was a problem with the editor ${JSON.stringify(editor)}`)),
        );
      }),
  );
  return { text: readFileSync(file, 'utf8').replaceAll('\r\n', '\n'), file };
}
