/**
 * A set of field paths: what a manager owns, or what a change touched. Its wire form is FieldsV1.
 *
 * A tree with one level per step. A step can be a member itself (`.` in FieldsV1, or a bare `{}`) and have members below
 * it: owning a list item and owning its fields are different things. The operations build new sets and share what did not
 * change; only `insert` changes a set, while it is being built.
 * https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/object-meta/ (managedFields)
 */
import { isJsonObject, type JsonObject } from '../../../helper/patch/json-object';
import { canonicalElement, compareElements, type PathElement } from './path-element';

/** A step: itself in the set, or something below it, or both; never neither. */
interface Entry {
  readonly isMember: boolean;
  readonly below: FieldSet | undefined;
}

export class FieldSet {
  private readonly entries = new Map<PathElement, Entry>();

  /** The set of these paths. */
  static of(...paths: (readonly PathElement[])[]): FieldSet {
    const set = new FieldSet();
    for (const path of paths) set.insert(path);
    return set;
  }

  /** Reads FieldsV1. Steps of unknown kinds are left out; throws an Error when the text of a step or a value is malformed. */
  static fromFieldsV1(fields: unknown): FieldSet {
    if (!isJsonObject(fields)) throw new Error('fieldsV1 must be an object');
    const set = new FieldSet();
    for (const text of Object.keys(fields)) {
      if (text === '.') continue;
      const element = canonicalElement(text);
      const child = fields[text];
      const below = FieldSet.fromFieldsV1(child);
      if (element !== undefined) {
        set.put(element, below.isEmpty() || Object.hasOwn(child as JsonObject, '.'), below);
      }
    }
    return set;
  }

  /** FieldsV1 in canonical order; the same set always gives the same text. */
  toFieldsV1(): JsonObject {
    const fields: JsonObject = {};
    for (const element of [...this.entries.keys()].sort(compareElements)) {
      const { isMember, below } = this.at(element);
      if (!below) fields[element] = {};
      else fields[element] = isMember ? { '.': {}, ...below.toFieldsV1() } : below.toFieldsV1();
    }
    return fields;
  }

  private at(element: PathElement): Entry {
    return this.entries.get(element) ?? { isMember: false, below: undefined };
  }

  /** Drops entries that say nothing. */
  private put(element: PathElement, isMember: boolean, below: FieldSet | undefined): void {
    const lower = below?.isEmpty() ? undefined : below;
    if (isMember || lower) this.entries.set(element, { isMember, below: lower });
  }

  isEmpty(): boolean {
    return this.entries.size === 0;
  }

  /** The steps of the first level. */
  elements(): PathElement[] {
    return [...this.entries.keys()];
  }

  /** True when the single step is a member. */
  hasElement(element: PathElement): boolean {
    return this.at(element).isMember;
  }

  /** The paths below a step, without it; undefined when there are none. */
  below(element: PathElement): FieldSet | undefined {
    return this.entries.get(element)?.below;
  }

  has(path: readonly PathElement[]): boolean {
    let set: FieldSet | undefined = this;
    for (let depth = 0; depth < path.length - 1; depth++) set = set?.below(path[depth] ?? '');
    const last = path.at(-1);
    return last !== undefined && (set?.hasElement(last) ?? false);
  }

  /** Adds a path; the empty path is no member of any set. */
  insert(path: readonly PathElement[]): void {
    this.insertFrom(path, 0);
  }

  private insertFrom(path: readonly PathElement[], depth: number): void {
    const element = path[depth];
    if (element === undefined) return;
    const { isMember, below } = this.at(element);
    if (depth === path.length - 1) {
      if (!isMember) this.entries.set(element, { isMember: true, below });
      return;
    }
    const lower = below ?? new FieldSet();
    if (!below) this.entries.set(element, { isMember, below: lower });
    lower.insertFrom(path, depth + 1);
  }

  /** Every path in canonical order; a step comes before what is below it. */
  paths(): PathElement[][] {
    return [...this.entries.keys()].sort(compareElements).flatMap((element) => {
      const { isMember, below } = this.at(element);
      const lower = below?.paths().map((path) => [element, ...path]) ?? [];
      return isMember ? [[element], ...lower] : lower;
    });
  }

  union(other: FieldSet): FieldSet {
    if (this.isEmpty()) return other;
    if (other.isEmpty()) return this;
    const result = new FieldSet();
    for (const [element, mine] of this.entries) {
      const theirs = other.at(element);
      const below = mine.below && theirs.below ? mine.below.union(theirs.below) : (mine.below ?? theirs.below);
      result.put(element, mine.isMember || theirs.isMember, below);
    }
    for (const [element, theirs] of other.entries) {
      if (!this.entries.has(element)) result.put(element, theirs.isMember, theirs.below);
    }
    return result;
  }

  intersection(other: FieldSet): FieldSet {
    const result = new FieldSet();
    for (const [element, mine] of this.entries) {
      const theirs = other.at(element);
      const below = theirs.below && mine.below?.intersection(theirs.below);
      result.put(element, mine.isMember && theirs.isMember, below);
    }
    return result;
  }

  /** The paths of this set that the other does not have. */
  difference(other: FieldSet): FieldSet {
    if (other.isEmpty()) return this;
    const result = new FieldSet();
    for (const [element, mine] of this.entries) {
      const theirs = other.at(element);
      const below = mine.below && theirs.below ? mine.below.difference(theirs.below) : mine.below;
      result.put(element, mine.isMember && !theirs.isMember, below);
    }
    return result;
  }

  /** As difference, but a member of the other set takes everything below it along. */
  without(other: FieldSet): FieldSet {
    if (other.isEmpty() || this.isEmpty()) return this;
    const result = new FieldSet();
    for (const [element, mine] of this.entries) {
      const theirs = other.at(element);
      if (theirs.isMember) continue;
      const below = mine.below && theirs.below ? mine.below.without(theirs.below) : mine.below;
      result.put(element, mine.isMember, below);
    }
    return result;
  }

  equals(other: FieldSet): boolean {
    if (this.entries.size !== other.entries.size) return false;
    for (const [element, mine] of this.entries) {
      const theirs = other.entries.get(element);
      if (!theirs || mine.isMember !== theirs.isMember || !mine.below !== !theirs.below) return false;
      if (mine.below && theirs.below && !mine.below.equals(theirs.below)) return false;
    }
    return true;
  }
}
