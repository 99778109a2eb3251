/**
 * The lines typed before, kept in `$home/repl-history`, one a line, oldest first.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Settings } from '../../../helper/process/settings';

export const MAX_HISTORY = 1000;

const fileOf = ({ home }: Pick<Settings, 'home'>) => join(home, 'repl-history');

/** Newest first, as node:readline wants it. */
export function readHistory(settings: Pick<Settings, 'home'>): string[] {
  const file = fileOf(settings);
  if (!existsSync(file)) return [];
  return readFileSync(file, 'utf8').split('\n').filter(Boolean).slice(-MAX_HISTORY).reverse();
}

/** `lines` newest first. A home that cannot be written costs the history, not the session. */
export function writeHistory(settings: Pick<Settings, 'home'>, lines: readonly string[]): void {
  const text = [...lines]
    .slice(0, MAX_HISTORY)
    .reverse()
    .map((line) => `${line}\n`)
    .join('');
  try {
    writeFileSync(fileOf(settings), text, { mode: 0o600 });
  } catch {
    // Nothing to be done.
  }
}
