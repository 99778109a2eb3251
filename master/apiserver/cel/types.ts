/**
 * The types of CEL: what the checker knows of a value before there is one.
 *
 * `dyn` is anything, decided when the program runs. An object type has named fields (a schema's properties); a parameter stands for
 * any type within one signature (`list(A)`).
 * https://github.com/google/cel-spec/blob/master/doc/langdef.md#gradual-type-checking
 */

export interface CelType {
  readonly name: string;
  /** of list, map, optional and type */
  readonly args: readonly CelType[];
  /** of an object, by the name expressions use */
  readonly fields?: ReadonlyMap<string, CelType>;
  /** stands for any type in a signature */
  readonly isParameter?: boolean;
}

const simple = new Map<string, CelType>();

/** A type without arguments, by name: `int`, `kubernetes.Quantity`. */
export function simpleType(name: string): CelType {
  let type = simple.get(name);
  if (!type) {
    type = { name, args: [] };
    simple.set(name, type);
  }
  return type;
}

export const DYN = simpleType('dyn');
export const BOOL = simpleType('bool');
export const INT = simpleType('int');
export const UINT = simpleType('uint');
export const DOUBLE = simpleType('double');
export const STRING = simpleType('string');
export const BYTES = simpleType('bytes');
export const NULL = simpleType('null_type');
export const TIMESTAMP = simpleType('timestamp');
export const DURATION = simpleType('duration');
export const TYPE = simpleType('type');
export const A: CelType = { name: 'A', args: [], isParameter: true };
export const B: CelType = { name: 'B', args: [], isParameter: true };

export const listOf = (item: CelType): CelType => ({ name: 'list', args: [item] });
export const mapOf = (key: CelType, value: CelType): CelType => ({ name: 'map', args: [key, value] });
export const optionalOf = (value: CelType): CelType => ({ name: 'optional_type', args: [value] });
/** An object with these fields and no others. */
export const objectOf = (name: string, fields: Iterable<readonly [string, CelType]>): CelType => ({
  name,
  args: [],
  fields: new Map(fields),
});

/** As Kubernetes' messages write it: `map(string, int)`. */
export function formatType(type: CelType): string {
  return type.args.length > 0 ? `${type.name}(${type.args.map(formatType).join(', ')})` : type.name;
}

/** What the parameters of a signature turned out to be. */
export type Substitution = Map<string, CelType>;

/** Can a value of `given` stand where `wanted` is asked for? Fills in parameters. `dyn` fits everywhere, in both directions. */
export function isAssignable(wanted: CelType, given: CelType, known: Substitution = new Map()): boolean {
  if (wanted.isParameter) {
    const before = known.get(wanted.name);
    if (!before || before === DYN) {
      known.set(wanted.name, given);
      return true;
    }
    return isAssignable(before, given, known);
  }
  if (wanted === DYN || given === DYN || given.isParameter) return true;
  // A value that may be null is typed by what it is otherwise.
  if (wanted === NULL) return given === NULL || isNullable(given);
  if (given === NULL) return isNullable(wanted);
  if (wanted.fields || given.fields) return wanted.name === given.name || isMapLike(wanted, given);
  if (wanted.name !== given.name) return false;
  return wanted.args.every((arg, index) => isAssignable(arg, given.args[index] ?? DYN, known));
}

const NEVER_NULL = new Set(['bool', 'int', 'uint', 'double', 'string', 'bytes', 'list', 'map', 'type']);
const isNullable = (type: CelType): boolean => !NEVER_NULL.has(type.name);

/** Objects are maps to functions that take any map. */
function isMapLike(wanted: CelType, given: CelType): boolean {
  return wanted.name === 'map' && given.fields !== undefined;
}

/** The type with its parameters filled in; unknown ones are `dyn`. */
export function substitute(type: CelType, known: Substitution): CelType {
  if (type.isParameter) return known.get(type.name) ?? DYN;
  if (type.args.length === 0) return type;
  return { ...type, args: type.args.map((arg) => substitute(arg, known)) };
}

/** The type both are; `dyn` when they differ. */
export function joinTypes(left: CelType, right: CelType): CelType {
  return formatType(left) === formatType(right) ? left : DYN;
}
