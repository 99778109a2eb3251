/**
 * Texts: the standard functions, CEL's strings extension, and regular expressions. Positions count characters, not bytes.
 * https://kubernetes.io/docs/reference/using-api/cel/#cel-options-language-features-and-libraries
 */
import { compilePattern } from '../../../../helper/api/apiextensions/schema/pattern';
import { global, method, type Overload } from '../functions';
import { CelEvaluationError } from '../syntax';
import { BOOL, DYN, INT, listOf, STRING } from '../types';
import { formatText } from './format';

const characters = (text: string): readonly string[] => [...text];

function position(value: bigint, limit: number): number {
  if (value < 0n || value > BigInt(limit)) throw new CelEvaluationError(`index out of range: ${value}`);
  return Number(value);
}

function charAt(text: string, at: bigint): string {
  const all = characters(text);
  return all[position(at, all.length)] ?? '';
}

function substring(text: string, from: bigint, to?: bigint): string {
  const all = characters(text);
  const end = to === undefined ? all.length : position(to, all.length);
  const start = position(from, all.length);
  if (start > end) throw new CelEvaluationError(`invalid substring range. start: ${from}, end: ${to}`);
  return all.slice(start, end).join('');
}

function indexOf(text: string, part: string, from = 0n): bigint {
  const all = characters(text);
  const skipped = all.slice(0, position(from, all.length)).join('');
  const found = text.indexOf(part, skipped.length);
  return found < 0 ? -1n : BigInt(characters(text.slice(0, found)).length);
}

function lastIndexOf(text: string, part: string, from?: bigint): bigint {
  const all = characters(text);
  const before = from === undefined ? text.length : all.slice(0, position(from, all.length)).join('').length;
  const found = text.lastIndexOf(part, before);
  return found < 0 ? -1n : BigInt(characters(text.slice(0, found)).length);
}

function replace(text: string, old: string, by: string, limit = -1n): string {
  const parts = split(text, old, limit < 0n ? limit : limit + 1n);
  return parts.join(by);
}

function split(text: string, by: string, limit = -1n): string[] {
  if (limit === 0n) return [];
  const parts = by === '' ? [...text] : text.split(by);
  if (limit < 0n || BigInt(parts.length) <= limit) return parts;
  const kept = Number(limit) - 1;
  return [...parts.slice(0, kept), parts.slice(kept).join(by)];
}

/** ASCII letters only, whatever the language. */
const lower = (text: string) => text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
const upper = (text: string) => text.replace(/[a-z]/g, (letter) => letter.toUpperCase());

function join(list: readonly unknown[], by = ''): string {
  if (list.some((item) => typeof item !== 'string')) throw new CelEvaluationError('join: list of strings expected');
  return list.join(by);
}

/** The pattern as an expression; throws CelEvaluationError with the reason it is none. */
function pattern(text: string, flags = ''): RegExp {
  try {
    const compiled = compilePattern(text);
    return flags ? new RegExp(compiled.source, compiled.flags + flags) : compiled;
  } catch (error) {
    throw new CelEvaluationError(error instanceof Error ? error.message : String(error));
  }
}

const matches = (text: string, regex: string) => pattern(regex).test(text);

function findAll(text: string, regex: string, limit = -1n): string[] {
  const found = [...text.matchAll(pattern(regex, 'g'))].map(([whole]) => whole);
  return limit < 0n ? found : found.slice(0, Number(limit));
}

export const strings: readonly Overload[] = [
  method('contains', [STRING, STRING], BOOL, (text: string, part: string) => text.includes(part)),
  method('startsWith', [STRING, STRING], BOOL, (text: string, part: string) => text.startsWith(part)),
  method('endsWith', [STRING, STRING], BOOL, (text: string, part: string) => text.endsWith(part)),
  method('matches', [STRING, STRING], BOOL, matches),
  global('matches', [STRING, STRING], BOOL, matches),
  method('charAt', [STRING, INT], STRING, charAt),
  method('indexOf', [STRING, STRING], INT, indexOf),
  method('indexOf', [STRING, STRING, INT], INT, indexOf),
  method('lastIndexOf', [STRING, STRING], INT, lastIndexOf),
  method('lastIndexOf', [STRING, STRING, INT], INT, lastIndexOf),
  method('join', [listOf(STRING)], STRING, join),
  method('join', [listOf(STRING), STRING], STRING, join),
  method('lowerAscii', [STRING], STRING, lower),
  method('upperAscii', [STRING], STRING, upper),
  method('replace', [STRING, STRING, STRING], STRING, replace),
  method('replace', [STRING, STRING, STRING, INT], STRING, replace),
  method('split', [STRING, STRING], listOf(STRING), split),
  method('split', [STRING, STRING, INT], listOf(STRING), split),
  method('substring', [STRING, INT], STRING, substring),
  method('substring', [STRING, INT, INT], STRING, substring),
  method('trim', [STRING], STRING, (text: string) => text.trim()),
  method('format', [STRING, listOf(DYN)], STRING, formatText),
  global('strings.quote', [STRING], STRING, (text: string) => JSON.stringify(text)),
  method('find', [STRING, STRING], STRING, (text: string, regex: string) => pattern(regex).exec(text)?.[0] ?? ''),
  method('findAll', [STRING, STRING], listOf(STRING), findAll),
  method('findAll', [STRING, STRING, INT], listOf(STRING), findAll),
];
