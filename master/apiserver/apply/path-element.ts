/**
 * One step of a field path, in the text form FieldsV1 uses; that text is also how steps are compared and hashed.
 *
 * `f:image` is a field or a map key, `k:{"name":"web"}` the item of a list with these keys, `v:"x"` a member of a set,
 * `i:0` a position. One path has one spelling: the keys of `k:` stand in order, its values are compact JSON.
 * https://kubernetes.io/docs/reference/using-api/server-side-apply/#field-management
 */
import { isJsonObject } from '../../../helper/patch/json-object';

/** The text of one step, e.g. `f:spec`. */
export type PathElement = string;

/** `f:name`. */
export const fieldElement = (name: string): PathElement => `f:${name}`;

/** `v:"x"` for a member of a set. */
export const valueElement = (value: unknown): PathElement => `v:${JSON.stringify(value)}`;

/** `k:{...}`; `keys` in alphabetical order. */
export function keyElement(keys: readonly string[], values: readonly unknown[]): PathElement {
  let text = '';
  keys.forEach((key, index) => {
    text += `${text ? ',' : ''}${JSON.stringify(key)}:${JSON.stringify(values[index])}`;
  });
  return `k:{${text}}`;
}

function canonicalKeys(json: string): PathElement {
  const value: unknown = JSON.parse(json);
  if (!isJsonObject(value)) throw new Error(`keys of a list item must be a JSON object: ${json}`);
  const names = Object.keys(value).sort();
  return keyElement(
    names,
    names.map((name) => value[name]),
  );
}

/**
 * The one spelling of a step that came from outside; undefined for kinds of steps nobody knows yet, which are ignored.
 * Throws an Error when the text is malformed.
 */
export function canonicalElement(text: string): PathElement | undefined {
  if (text.length < 2 || text[1] !== ':')
    throw new Error(`missing colon in field path element ${JSON.stringify(text)}`);
  const rest = text.slice(2);
  switch (text[0]) {
    case 'f':
      return text;
    case 'k':
      return canonicalKeys(rest);
    case 'v':
      return valueElement(JSON.parse(rest));
    case 'i':
      if (!/^-?\d+$/.test(rest)) throw new Error(`not a position: ${JSON.stringify(text)}`);
      return `i:${Number(rest)}`;
    default:
      return undefined;
  }
}

/** Numbers before texts before the rest, as values in a path are ordered. */
function valueRank(value: unknown): number {
  if (typeof value === 'number') return 0;
  if (typeof value === 'string') return 1;
  if (typeof value === 'boolean') return 2;
  return 3;
}

function compareTexts(left: string, right: string): number {
  if (left === right) return 0;
  return left < right ? -1 : 1;
}

function compareValues(left: unknown, right: unknown): number {
  const rank = valueRank(left) - valueRank(right);
  if (rank !== 0) return rank;
  if (typeof left === 'number' && typeof right === 'number') return left - right;
  if (typeof left === 'string' && typeof right === 'string') return compareTexts(left, right);
  return compareTexts(JSON.stringify(left), JSON.stringify(right));
}

function compareKeys(left: string, right: string): number {
  const a = Object.entries(JSON.parse(left) as Record<string, unknown>);
  const b = Object.entries(JSON.parse(right) as Record<string, unknown>);
  for (let index = 0; index < Math.min(a.length, b.length); index++) {
    const [nameA = '', valueA] = a[index] ?? [];
    const [nameB = '', valueB] = b[index] ?? [];
    const order = compareTexts(nameA, nameB) || compareValues(valueA, valueB);
    if (order !== 0) return order;
  }
  return a.length - b.length;
}

const KIND_ORDER = 'fkvi';

/** The order in which the steps of one level are written: fields, keyed items, set members, positions. */
export function compareElements(left: PathElement, right: PathElement): number {
  if (left === right) return 0;
  const kind = left.charAt(0);
  const order = KIND_ORDER.indexOf(kind) - KIND_ORDER.indexOf(right.charAt(0));
  if (order !== 0) return order;
  if (kind === 'f') return compareTexts(left, right);
  const [a, b] = [left.slice(2), right.slice(2)];
  if (kind === 'k') return compareKeys(a, b);
  return compareValues(JSON.parse(a), JSON.parse(b));
}

function shownElement(element: PathElement): string {
  const rest = element.slice(2);
  if (element.startsWith('f:')) return `.${rest}`;
  if (element.startsWith('v:')) return `[=${rest}]`;
  if (element.startsWith('i:')) return `[${rest}]`;
  const keys = Object.entries(JSON.parse(rest) as Record<string, unknown>);
  return `[${keys.map(([name, value]) => `${name}=${JSON.stringify(value)}`).join(',')}]`;
}

/** A path as messages show it: `.spec.containers[name="web"].image`. */
export function shownPath(path: readonly PathElement[]): string {
  return path.map(shownElement).join('');
}
