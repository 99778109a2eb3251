/**
 * Who owns what, without trees: an object is a table of paths and values, an owner a set of paths.
 *
 * https://kubernetes.io/docs/reference/using-api/server-side-apply/
 */
import type { Json, JsonMap } from './shape';

export type Table = Map<string, string>;

/** `m1 Apply`, `m2 Update status`. */
export type Owner = string;

const isWithin = (path: string, outer: string) =>
  path.length > outer.length && path.startsWith(outer) && '.['.includes(path.charAt(outer.length));

export interface Disputed {
  readonly owner: Owner;
  readonly path: string;
}

export class Owners {
  private readonly sets = new Map<Owner, Set<string>>();

  private of(path: string): Owner[] {
    return [...this.sets].filter(([, paths]) => paths.has(path)).map(([owner]) => owner);
  }

  private take(paths: Iterable<string>): void {
    for (const path of paths) for (const set of this.sets.values()) set.delete(path);
  }

  /** What others own with another value. */
  conflicts(owner: Owner, current: Table, wanted: Table): Disputed[] {
    return [...wanted]
      .filter(([path, value]) => current.get(path) !== value)
      .flatMap(([path]) => this.of(path).map((other) => ({ owner: other, path })))
      .filter((disputed) => disputed.owner !== owner);
  }

  /** Settles an apply; returns what the owner dropped and nobody else holds. */
  apply(owner: Owner, current: Table, wanted: Table): string[] {
    this.take([...wanted].filter(([path, value]) => current.get(path) !== value).map(([path]) => path));
    const last = this.sets.get(owner) ?? new Set();
    this.sets.set(owner, new Set(wanted.keys()));
    const dropped = [...last].filter((path) => this.of(path).length === 0);
    const gone = dropped.flatMap((path) => [path, ...[...current.keys()].filter((other) => isWithin(other, path))]);
    this.take(gone);
    return gone;
  }

  /** Settles a write of another kind: what it changes or adds is its own, what it removes is nobody's. */
  update(owner: Owner, current: Table, next: Table): void {
    const changed = [...next].filter(([path, value]) => current.get(path) !== value).map(([path]) => path);
    this.take([...current.keys()].filter((path) => !next.has(path)));
    this.take(changed);
    this.sets.set(owner, new Set([...(this.sets.get(owner) ?? []), ...changed]));
  }

  copy(): Owners {
    const copy = new Owners();
    for (const [owner, paths] of this.sets) copy.sets.set(owner, new Set(paths));
    return copy;
  }

  /** Owners with what they own, those that own nothing left out. */
  shown(): Record<Owner, string[]> {
    const entries = [...this.sets].map(([owner, paths]): [Owner, string[]] => [owner, [...paths].sort()]);
    return Object.fromEntries(entries.filter(([, paths]) => paths.length > 0).sort(([a], [b]) => (a < b ? -1 : 1)));
  }
}

export interface Entry {
  readonly manager: string;
  readonly operation: string;
  readonly subresource?: string;
  readonly fieldsV1: JsonMap;
}

export const ownerOf = ({ manager, operation, subresource }: Omit<Entry, 'fieldsV1'>): Owner =>
  [manager, operation, ...(subresource ? [subresource] : [])].join(' ');

function elementText(element: string): string {
  const [form, text] = [element.slice(0, 2), element.slice(2)];
  if (form === 'f:') return `.${text}`;
  if (form === 'v:') return `[=${text}]`;
  const keys = Object.entries(JSON.parse(text) as JsonMap).map(([key, value]) => `${key}=${JSON.stringify(value)}`);
  return `[${keys.join(',')}]`;
}

/** The paths of a stored set of fields. */
export function pathsOf(fields: JsonMap, path = ''): string[] {
  return Object.entries(fields).flatMap(([element, inner]) => {
    if (element === '.') return [path];
    const at = `${path}${elementText(element)}`;
    return Object.keys(inner as JsonMap).length === 0 ? [at] : pathsOf(inner as JsonMap, at);
  });
}

/** Paths of a stored set of fields that lead to nothing in an object. */
export function danglingPaths(fields: JsonMap, value: Json | undefined, path = ''): string[] {
  return Object.entries(fields).flatMap(([element, inner]) => {
    if (element === '.') return value === undefined ? [path] : [];
    const at = `${path}${elementText(element)}`;
    const found = stepInto(value, element);
    return found === undefined ? [at] : danglingPaths(inner as JsonMap, found, at);
  });
}

function stepInto(value: Json | undefined, element: string): Json | undefined {
  const [form, text] = [element.slice(0, 2), element.slice(2)];
  if (form === 'f:') return (value as JsonMap | undefined)?.[text];
  if (!Array.isArray(value)) return undefined;
  if (form === 'v:') return value.find((one) => one === JSON.parse(text));
  const keys = Object.entries(JSON.parse(text) as JsonMap);
  return value.find((one) => keys.every(([key, wanted]) => (one as JsonMap)[key] === wanted));
}
