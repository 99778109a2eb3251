/**
 * The command a misspelt one is nearest to.
 */

/** Insertions, deletions, changes and swaps of neighbours between two words. */
function editDistance(left: string, right: string): number {
  const rows: number[][] = [Array.from({ length: right.length + 1 }, (_, column) => column)];
  const at = (row: number, column: number) => rows[row]?.[column] ?? Number.POSITIVE_INFINITY;
  for (let i = 1; i <= left.length; i += 1) {
    const row = [i];
    rows.push(row);
    for (let j = 1; j <= right.length; j += 1) {
      const change = left[i - 1] === right[j - 1] ? 0 : 1;
      const isSwap = i > 1 && j > 1 && left[i - 1] === right[j - 2] && left[i - 2] === right[j - 1];
      const candidates = [at(i - 1, j) + 1, at(i, j - 1) + 1, at(i - 1, j - 1) + change];
      row.push(Math.min(...candidates, isSwap ? at(i - 2, j - 2) + 1 : Number.POSITIVE_INFINITY));
    }
  }
  return at(left.length, right.length);
}

/** The nearest of the words; undefined when none is near enough to be meant. */
export function nearest(word: string, known: readonly string[]): string | undefined {
  const limit = Math.max(1, Math.floor(word.length / 2));
  let best: string | undefined;
  let distance = limit + 1;
  for (const candidate of known) {
    const found = candidate.startsWith(word) && word.length > 1 ? 0 : editDistance(word.toLowerCase(), candidate);
    if (found < distance) [best, distance] = [candidate, found];
  }
  return best;
}
