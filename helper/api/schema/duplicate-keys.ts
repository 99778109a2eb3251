/**
 * Finds keys that stand twice in one JSON object: `JSON.parse` silently keeps the last, strict clients want to know.
 *
 * One pass over the text, which must be JSON that has parsed. Also the place where absurdly deep nesting is refused,
 * because every body passes here before anything recurses over it.
 * https://kubernetes.io/docs/reference/using-api/api-concepts/#field-validation
 */
import { badRequest } from '../status-error';
import { fieldPath } from './field-path';

/** Deepest nesting taken; Kubernetes also refuses, at 10000. */
const MAX_DEPTH = 1000;
/** Kubernetes also stops listing at 100 problems. */
const MAX_REPORTED = 100;

const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const BACKSLASH = 0x5c;
const OPEN_LIST = 0x5b;
const CLOSE_LIST = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

/** One open object or list. `keys` is undefined for a list. */
interface Level {
  keys: Set<string> | undefined;
  /** The key or position the scan is at, for the path. */
  at: string | number;
}

/** Where a key stands in the text, by its path: the first time, and again. */
export interface KeyPlaces {
  readonly first: Map<string, number>;
  readonly again: Map<string, number>;
}

/**
 * Paths of duplicate keys (`spec.replicas`), each once, in order; throws badRequest on nesting over 1000 levels. Fills in the places of all
 * keys when they are asked for, which takes several times as long.
 */
export function findDuplicateKeys(jsonText: string, places?: KeyPlaces): string[] {
  const found = new Set<string>();
  const levels: Level[] = [];
  let level: Level | undefined;
  for (let i = 0; i < jsonText.length; i++) {
    switch (jsonText.charCodeAt(i)) {
      case QUOTE: {
        const end = closingQuote(jsonText, i);
        if (level?.keys && isKey(jsonText, end)) {
          level.at = keyText(jsonText, i, end);
          const isRepeated = level.keys.has(level.at);
          if (isRepeated && found.size < MAX_REPORTED) found.add(fieldPath(levels.map(({ at }) => at)));
          if (places) note(isRepeated ? places.again : places.first, levels, i);
          level.keys.add(level.at);
        }
        i = end;
        break;
      }
      case OPEN_OBJECT:
      case OPEN_LIST:
        if (levels.length >= MAX_DEPTH) throw badRequest(`JSON is nested more than ${MAX_DEPTH} levels deep`);
        level = jsonText.charCodeAt(i) === OPEN_LIST ? { keys: undefined, at: 0 } : { keys: new Set(), at: '' };
        levels.push(level);
        break;
      case CLOSE_OBJECT:
      case CLOSE_LIST:
        levels.pop();
        level = levels.at(-1);
        break;
      case COMMA:
        if (typeof level?.at === 'number') level.at++;
    }
  }
  return [...found];
}

function note(places: Map<string, number>, levels: readonly Level[], position: number): void {
  const path = fieldPath(levels.map(({ at }) => at));
  if (!places.has(path)) places.set(path, position);
}

/** Position of the quote that ends the string beginning at `start`. */
function closingQuote(text: string, start: number): number {
  for (let i = start + 1; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === BACKSLASH) i++;
    else if (code === QUOTE) return i;
  }
  return text.length;
}

/** A string is a key when the next character that is not a space is a colon. */
function isKey(text: string, end: number): boolean {
  for (let i = end + 1; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === COLON) return true;
    if (code > 0x20) return false;
  }
  return false;
}

/** The key between the quotes; only one with an escape is decoded. */
function keyText(text: string, start: number, end: number): string {
  const raw = text.slice(start + 1, end);
  return raw.includes('\\') ? (JSON.parse(`"${raw}"`) as string) : raw;
}
