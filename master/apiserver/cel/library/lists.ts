/**
 * Lists in Kubernetes' library, and CEL's optional values.
 * https://kubernetes.io/docs/reference/using-api/cel/#kubernetes-list-library
 */
import { global, method, type Overload } from '../functions';
import { CelEvaluationError } from '../syntax';
import {
  A,
  BOOL,
  BYTES,
  type CelType,
  DOUBLE,
  DURATION,
  INT,
  listOf,
  optionalOf,
  STRING,
  TIMESTAMP,
  UINT,
} from '../types';
import { CelDouble, CelDuration, CelOptional, CelUint, equals, fromJson, isMap, mapSize, numberOf } from '../values';
import { compare, int, uint } from './operators';

const COMPARABLE = [INT, UINT, DOUBLE, BOOL, DURATION, TIMESTAMP, STRING, BYTES];

const isSorted = (list: unknown[]): boolean =>
  list.every((item, index) => index === 0 || compare(fromJson(list[index - 1]), fromJson(item)) <= 0);

function extreme(name: 'min' | 'max', list: unknown[]): unknown {
  if (list.length === 0) throw new CelEvaluationError(`${name} called on empty list`);
  const sign = name === 'min' ? 1 : -1;
  return list.map(fromJson).reduce((best, item) => (compare(item, best) * sign < 0 ? item : best));
}

const ofComparable = (type: CelType): Overload[] => [
  method('isSorted', [listOf(type)], BOOL, isSorted),
  method('min', [listOf(type)], type, (list: unknown[]) => extreme('min', list)),
  method('max', [listOf(type)], type, (list: unknown[]) => extreme('max', list)),
];

/** Of an empty list of unknown type the int 0. */
function sum(list: unknown[]): unknown {
  const items = list.map(fromJson);
  const [first] = items;
  if (first instanceof CelDouble)
    return new CelDouble(items.reduce((total: number, item) => total + Number(numberOf(item)), 0));
  if (first instanceof CelDuration) {
    return new CelDuration(items.reduce((total: bigint, item) => total + (item as CelDuration).nanos, 0n));
  }
  const total = items.reduce((sofar: bigint, item) => sofar + BigInt(numberOf(item) ?? 0), 0n);
  return first instanceof CelUint ? uint(total) : int(total);
}

const place = (index: number): bigint => BigInt(index);

function isZero(value: unknown): boolean {
  if (value === null || value === '' || value === false || numberOf(value) === 0n || numberOf(value) === 0) return true;
  return Array.isArray(value) ? value.length === 0 : isMap(value) && mapSize(value) === 0;
}

function presentValue(optional: CelOptional): unknown {
  if (!optional.hasValue) throw new CelEvaluationError('optional.none() dereference');
  return optional.value;
}

export const lists: readonly Overload[] = [
  ...COMPARABLE.flatMap(ofComparable),
  ...[INT, UINT, DOUBLE, DURATION].map((type) => method('sum', [listOf(type)], type, sum)),
  method('indexOf', [listOf(A), A], INT, (list: unknown[], item: unknown) => {
    return place(list.findIndex((other) => equals(fromJson(other), item)));
  }),
  method('lastIndexOf', [listOf(A), A], INT, (list: unknown[], item: unknown) => {
    return place(list.findLastIndex((other) => equals(fromJson(other), item)));
  }),
];

export const optionals: readonly Overload[] = [
  global('optional.of', [A], optionalOf(A), (value: unknown) => CelOptional.of(value)),
  global('optional.none', [], optionalOf(A), () => CelOptional.none),
  global('optional.ofNonZeroValue', [A], optionalOf(A), (value: unknown) => {
    return isZero(value) ? CelOptional.none : CelOptional.of(value);
  }),
  method('hasValue', [optionalOf(A)], BOOL, (optional: CelOptional) => optional.hasValue),
  method('value', [optionalOf(A)], A, presentValue),
  method('or', [optionalOf(A), optionalOf(A)], optionalOf(A), (optional: CelOptional, other: CelOptional) => {
    return optional.hasValue ? optional : other;
  }),
  method('orValue', [optionalOf(A), A], A, (optional: CelOptional, other: unknown) => {
    return optional.hasValue ? optional.value : other;
  }),
];
