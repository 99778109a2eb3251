/**
 * A line as words, the way a shell splits it: spaces separate, quotes and backslashes keep together. Nothing is expanded.
 */
import { CommandError } from '../command-error';

/** Throws for a quote that is never closed. An empty line has no words. */
export function splitLine(line: string): string[] {
  const words: string[] = [];
  let word: string | undefined;
  let quote = '';
  for (let index = 0; index < line.length; index += 1) {
    const character = line[index] ?? '';
    if (character === '\\' && quote !== "'" && index + 1 < line.length) {
      index += 1;
      // Inside double quotes a backslash stays, unless it protects a quote or itself.
      const next = line[index] ?? '';
      word = (word ?? '') + (quote === '"' && next !== '"' && next !== '\\' ? `\\${next}` : next);
    } else if (quote) {
      if (character === quote) quote = '';
      else word = (word ?? '') + character;
    } else if (character === '"' || character === "'") {
      quote = character;
      word ??= '';
    } else if (/\s/.test(character)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else word = (word ?? '') + character;
  }
  if (quote) throw new CommandError(`the quote ${quote} is never closed`);
  if (word !== undefined) words.push(word);
  return words;
}
