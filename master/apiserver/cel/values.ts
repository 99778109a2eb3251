/**
 * The values of CEL in JavaScript's clothes.
 *
 * int is a bigint, double a {@link CelDouble}; string, bool and null are JavaScript's; bytes a Uint8Array; a list is an array; a map is
 * a Map when an expression made it and a plain object when it came from the API. Plain numbers are JSON not looked at yet:
 * {@link fromJson} says what they are, so that objects of the API need no copy.
 * https://github.com/google/cel-spec/blob/master/doc/langdef.md#values
 */
import { CelEvaluationError } from './syntax';
import { type CelType, DYN, listOf, mapOf, optionalOf, simpleType } from './types';

export class CelDouble {
  constructor(readonly value: number) {}
}

export class CelUint {
  constructor(readonly value: bigint) {}
}

/** A point in time, in nanoseconds since 1970. */
export class CelTimestamp {
  constructor(readonly nanos: bigint) {}
}

export class CelDuration {
  constructor(readonly nanos: bigint) {}
}

/** A value that may be absent. */
export class CelOptional {
  static readonly none = new CelOptional(undefined, false);
  private constructor(
    readonly value: unknown,
    readonly hasValue: boolean,
  ) {}
  static of(value: unknown): CelOptional {
    return new CelOptional(value, true);
  }
}

/** A type as a value: what `type(x)` gives and the name `int` means. */
export class CelTypeValue {
  constructor(readonly name: string) {}
}

/** A value of a Kubernetes library (a quantity, an address, …): knows its type and its equals. */
export interface OpaqueValue {
  readonly celType: string;
  /** what can be selected by name */
  readonly fields?: PlainMap | undefined;
  isEqualTo(other: unknown): boolean;
}

export type PlainMap = Readonly<Record<string, unknown>>;

export function isOpaque(value: unknown): value is OpaqueValue {
  return typeof value === 'object' && value !== null && 'celType' in value;
}

const OWN_CLASSES = [CelDouble, CelUint, CelTimestamp, CelDuration, CelOptional, CelTypeValue, Uint8Array] as const;

/** A map of either form. */
export function isMap(value: unknown): value is Map<unknown, unknown> | PlainMap {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  return !isOpaque(value) && !OWN_CLASSES.some((form) => value instanceof form);
}

/** What a value read from JSON is in CEL; values of CEL stay what they are. */
export function fromJson(value: unknown): unknown {
  if (typeof value === 'number') return Number.isSafeInteger(value) ? BigInt(value) : new CelDouble(value);
  return value === undefined ? null : value;
}

/** A value of CEL as JSON: what audit annotations and messages are made from. */
export function toJson(value: unknown): unknown {
  if (typeof value === 'bigint') return Number(value);
  if (value instanceof CelDouble) return value.value;
  if (value instanceof CelUint) return Number(value.value);
  return value;
}

/** The elements a comprehension walks: of a list its items, of a map its keys. */
export function elementsOf(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value;
  if (value instanceof Map) return [...value.keys()];
  if (isMap(value)) return Object.keys(value);
  throw new CelEvaluationError('no such overload');
}

/** Map keys of whole numbers compare across int, uint and double: all are kept as bigint. */
export function toKey(key: unknown): unknown {
  if (key instanceof CelUint) return key.value;
  if (key instanceof CelDouble && Number.isInteger(key.value)) return BigInt(key.value);
  return key;
}

/** The value of a key; undefined when the map has none. */
export function lookUp(map: Map<unknown, unknown> | PlainMap, key: unknown): unknown {
  if (map instanceof Map) return map.has(key) ? map.get(key) : undefined;
  if (typeof key !== 'string' || !Object.hasOwn(map, key)) return undefined;
  return fromJson(map[key]);
}

/** Number of entries of a map. */
export const mapSize = (map: object): number => (map instanceof Map ? map.size : Object.keys(map).length);

/** int, uint and double as something `<` and `===` compare rightly; undefined for other values. */
export function numberOf(value: unknown): bigint | number | undefined {
  if (typeof value === 'bigint' || typeof value === 'number') return value;
  if (value instanceof CelDouble || value instanceof CelUint) return value.value;
  return undefined;
}

/** The type of a value as far as it can be seen from outside. */
export function typeOfValue(value: unknown): CelType {
  if (value === null || value === undefined) return simpleType('null_type');
  if (typeof value === 'boolean') return simpleType('bool');
  if (typeof value === 'string') return simpleType('string');
  if (typeof value === 'bigint') return simpleType('int');
  if (typeof value === 'number') return typeOfValue(fromJson(value));
  if (value instanceof CelDouble) return simpleType('double');
  if (value instanceof CelUint) return simpleType('uint');
  if (value instanceof Uint8Array) return simpleType('bytes');
  if (value instanceof CelTimestamp) return simpleType('timestamp');
  if (value instanceof CelDuration) return simpleType('duration');
  if (value instanceof CelTypeValue) return simpleType('type');
  if (value instanceof CelOptional) return optionalOf(DYN);
  if (isOpaque(value)) return simpleType(value.celType);
  return Array.isArray(value) ? listOf(DYN) : mapOf(DYN, DYN);
}

/** `==`: across number types by value, lists and maps by content, anything else of different types is not equal. */
export function equals(left: unknown, right: unknown): boolean {
  if (left === right) return true;
  const [leftNumber, rightNumber] = [numberOf(left), numberOf(right)];
  // JavaScript compares a bigint with a number exactly.
  if (leftNumber !== undefined && rightNumber !== undefined)
    return (
      !(leftNumber < rightNumber || leftNumber > rightNumber) &&
      !Number.isNaN(Number(leftNumber)) &&
      !Number.isNaN(Number(rightNumber))
    );
  if (left === null || left === undefined) return right === null || right === undefined;
  if (Array.isArray(left) && Array.isArray(right)) {
    return left.length === right.length && left.every((item, index) => equals(fromJson(item), fromJson(right[index])));
  }
  if (isOpaque(left)) return left.isEqualTo(right);
  if (isMap(left) && isMap(right)) return equalMaps(left, right);
  return equalBoxes(left, right);
}

function equalMaps(left: Map<unknown, unknown> | PlainMap, right: Map<unknown, unknown> | PlainMap): boolean {
  if (mapSize(left) !== mapSize(right)) return false;
  return elementsOf(left).every((key) => {
    const other = lookUp(right, key);
    return other !== undefined && equals(lookUp(left, key), other);
  });
}

function equalBoxes(left: unknown, right: unknown): boolean {
  if (left instanceof CelTimestamp) return right instanceof CelTimestamp && left.nanos === right.nanos;
  if (left instanceof CelDuration) return right instanceof CelDuration && left.nanos === right.nanos;
  if (left instanceof CelTypeValue) return right instanceof CelTypeValue && left.name === right.name;
  if (left instanceof Uint8Array) return right instanceof Uint8Array && Buffer.from(left).equals(right);
  if (left instanceof CelOptional && right instanceof CelOptional) {
    return left.hasValue === right.hasValue && (!left.hasValue || equals(left.value, right.value));
  }
  return false;
}
