/**
 * Indexes of an indexed Job's pods as text: `1,3-5,7`, increasing, each below the number of completions.
 * https://kubernetes.io/docs/concepts/workloads/controllers/job/#completion-mode
 */

/** A text that names no indexes. */
export class IndexSyntaxError extends Error {}

/** First and last index of one part; equal for a single index. */
export type IndexInterval = readonly [number, number];

function parseIndex(text: string, completions: number): number {
  const shown = JSON.stringify(text);
  if (!/^[+-]?\d+$/.test(text)) throw new IndexSyntaxError(`cannot convert string to integer for index: ${shown}`);
  if (Number(text) >= completions) throw new IndexSyntaxError(`too large index: ${shown}`);
  return Number(text);
}

const outOfOrder = (previous: number, current: number) =>
  new IndexSyntaxError(`non-increasing order, previous: ${previous}, current: ${current}`);

function parseInterval(text: string, completions: number): IndexInterval {
  const parts = text.split('-');
  if (parts.length > 2) {
    const rule = "violates the requirement that an index interval can have at most two parts separated by '-'";
    throw new IndexSyntaxError(`the fragment ${JSON.stringify(text)} ${rule}`);
  }
  const [first = '', last] = parts;
  const start = parseIndex(first, completions);
  if (last === undefined) return [start, start];
  const end = parseIndex(last, completions);
  if (start >= end) throw outOfOrder(start, end);
  return [start, end];
}

/** The intervals a text names, in order; none for the empty text. Throws IndexSyntaxError. */
export function parseIndexes(text: string, completions: number): IndexInterval[] {
  if (text === '') return [];
  const intervals = text.split(',').map((part) => parseInterval(part, completions));
  intervals.forEach(([start], index) => {
    const previous = intervals[index - 1];
    if (previous && previous[1] >= start) throw outOfOrder(previous[1], start);
  });
  return intervals;
}

/** How many indexes a text names. Throws IndexSyntaxError. */
export function countIndexes(text: string, completions: number): number {
  return parseIndexes(text, completions).reduce((sum, [start, end]) => sum + end - start + 1, 0);
}

/** The first index that is in both lists; undefined when they have none in common. */
export function firstCommonIndex(left: readonly IndexInterval[], right: readonly IndexInterval[]): number | undefined {
  const common = left.flatMap(([a, b]) => right.filter(([c, d]) => a <= d && c <= b).map(([c]) => Math.max(a, c)));
  return common.length ? common.reduce((least, index) => Math.min(least, index)) : undefined;
}
