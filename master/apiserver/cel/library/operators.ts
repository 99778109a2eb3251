/**
 * Operators: arithmetic that never overflows silently, comparison within types and across numbers, equality, membership.
 * https://github.com/google/cel-spec/blob/master/doc/langdef.md#list-of-standard-definitions
 */
import { global, type Overload } from '../functions';
import { CelEvaluationError } from '../syntax';
import {
  A,
  B,
  BOOL,
  BYTES,
  type CelType,
  DOUBLE,
  DURATION,
  INT,
  listOf,
  mapOf,
  STRING,
  TIMESTAMP,
  UINT,
} from '../types';
import { CelDouble, CelDuration, CelTimestamp, CelUint, equals, isMap, lookUp, numberOf, toKey } from '../values';

const MAX_INT = 2n ** 63n - 1n;
const MIN_INT = -(2n ** 63n);
const MAX_UINT = 2n ** 64n - 1n;

/** The int, unless it is none: 64 bits with sign. */
export function int(value: bigint): bigint {
  if (value > MAX_INT || value < MIN_INT) throw new CelEvaluationError('integer overflow');
  return value;
}

/** The uint, unless it is none: 64 bits without sign. */
export function uint(value: bigint): CelUint {
  if (value > MAX_UINT || value < 0n) throw new CelEvaluationError('unsigned integer overflow');
  return new CelUint(value);
}

function dividing(name: string, zero: string, whole: (left: bigint, right: bigint) => bigint): Overload[] {
  const checked = (left: bigint, right: bigint): bigint => {
    if (right === 0n) throw new CelEvaluationError(zero);
    return whole(left, right);
  };
  return [
    global(name, [INT, INT], INT, (left: bigint, right: bigint) => int(checked(left, right))),
    global(name, [UINT, UINT], UINT, (left: CelUint, right: CelUint) => uint(checked(left.value, right.value))),
  ];
}

function numeric(
  name: string,
  whole: (left: bigint, right: bigint) => bigint,
  double: (left: number, right: number) => number,
): Overload[] {
  return [
    global(name, [INT, INT], INT, (left: bigint, right: bigint) => int(whole(left, right))),
    global(name, [UINT, UINT], UINT, (left: CelUint, right: CelUint) => uint(whole(left.value, right.value))),
    doubles(name, double),
  ];
}

const doubles = (name: string, compute: (left: number, right: number) => number): Overload =>
  global(
    name,
    [DOUBLE, DOUBLE],
    DOUBLE,
    (left: CelDouble, right: CelDouble) => new CelDouble(compute(left.value, right.value)),
  );

const joinBytes = (left: Uint8Array, right: Uint8Array) => new Uint8Array(Buffer.concat([left, right]));
const later = (time: CelTimestamp, by: CelDuration) => new CelTimestamp(time.nanos + by.nanos);

const ARITHMETIC: readonly Overload[] = [
  ...numeric(
    '_+_',
    (left, right) => left + right,
    (left, right) => left + right,
  ),
  ...numeric(
    '_-_',
    (left, right) => left - right,
    (left, right) => left - right,
  ),
  ...numeric(
    '_*_',
    (left, right) => left * right,
    (left, right) => left * right,
  ),
  ...dividing('_/_', 'division by zero', (left, right) => left / right),
  doubles('_/_', (left, right) => left / right),
  ...dividing('_%_', 'modulus by zero', (left, right) => left % right),
  global('-_', [INT], INT, (value: bigint) => int(-value)),
  global('-_', [DOUBLE], DOUBLE, (value: CelDouble) => new CelDouble(-value.value)),
  global('!_', [BOOL], BOOL, (value: boolean) => !value),
  global('_+_', [STRING, STRING], STRING, (left: string, right: string) => left + right),
  global('_+_', [BYTES, BYTES], BYTES, joinBytes),
  global('_+_', [listOf(A), listOf(A)], listOf(A), (left: unknown[], right: unknown[]) => [...left, ...right]),
  global('_+_', [TIMESTAMP, DURATION], TIMESTAMP, later),
  global('_+_', [DURATION, TIMESTAMP], TIMESTAMP, (by: CelDuration, time: CelTimestamp) => later(time, by)),
  global('_+_', [DURATION, DURATION], DURATION, (left: CelDuration, right: CelDuration) => {
    return new CelDuration(left.nanos + right.nanos);
  }),
  global('_-_', [TIMESTAMP, TIMESTAMP], DURATION, (left: CelTimestamp, right: CelTimestamp) => {
    return new CelDuration(left.nanos - right.nanos);
  }),
  global('_-_', [TIMESTAMP, DURATION], TIMESTAMP, (time: CelTimestamp, by: CelDuration) => {
    return new CelTimestamp(time.nanos - by.nanos);
  }),
  global('_-_', [DURATION, DURATION], DURATION, (left: CelDuration, right: CelDuration) => {
    return new CelDuration(left.nanos - right.nanos);
  }),
];

function ordered(left: unknown): bigint | number | string {
  if (left instanceof CelTimestamp || left instanceof CelDuration) return left.nanos;
  if (left instanceof Uint8Array) return Buffer.from(left).toString('latin1');
  if (typeof left === 'boolean') return left ? 1 : 0;
  return numberOf(left) ?? (left as string);
}

/** <0, 0 or >0; values of one type, or two numbers. */
export function compare(left: unknown, right: unknown): number {
  if (typeof left === 'string' && typeof right === 'string')
    return Buffer.compare(Buffer.from(left), Buffer.from(right));
  const [first, second] = [ordered(left), ordered(right)];
  return first < second ? -1 : first > second ? 1 : 0;
}

const NUMBERS = [INT, UINT, DOUBLE];
const ORDERED: readonly (readonly [CelType, CelType])[] = [
  ...[BOOL, STRING, BYTES, TIMESTAMP, DURATION].map((type) => [type, type] as const),
  ...NUMBERS.flatMap((left) => NUMBERS.map((right) => [left, right] as const)),
];

const comparison = (name: string, holds: (order: number) => boolean): Overload[] =>
  ORDERED.map((types) => global(name, types, BOOL, (left: unknown, right: unknown) => holds(compare(left, right))));

function isIn(map: unknown, key: unknown): boolean {
  return isMap(map) && lookUp(map, toKey(key)) !== undefined;
}

const COMPARISONS: readonly Overload[] = [
  ...comparison('_<_', (order) => order < 0),
  ...comparison('_<=_', (order) => order <= 0),
  ...comparison('_>_', (order) => order > 0),
  ...comparison('_>=_', (order) => order >= 0),
  global('_==_', [A, A], BOOL, (left: unknown, right: unknown) => equals(left, right)),
  global('_!=_', [A, A], BOOL, (left: unknown, right: unknown) => !equals(left, right)),
  global('@in', [A, listOf(A)], BOOL, (item: unknown, list: unknown[]) => list.some((other) => equals(item, other))),
  global('@in', [A, mapOf(A, B)], BOOL, (key: unknown, map: unknown) => isIn(map, key)),
];

/** Evaluated by the evaluator itself, since not all of their arguments are always evaluated; here for the checker. */
const LAZY: readonly Overload[] = [
  global('_&&_', [BOOL, BOOL], BOOL, (left: boolean, right: boolean) => left && right),
  global('_||_', [BOOL, BOOL], BOOL, (left: boolean, right: boolean) => left || right),
  global('_[_]', [listOf(A), INT], A, (list: unknown[], at: bigint) => list[Number(at)]),
  global('_[_]', [mapOf(A, B), A], B, (map: Map<unknown, unknown>, key: unknown) => lookUp(map, key)),
];

const MEMBERSHIP: readonly Overload[] = [
  global('sets.contains', [listOf(A), listOf(A)], BOOL, containsAll),
  global('sets.equivalent', [listOf(A), listOf(A)], BOOL, (left: unknown[], right: unknown[]) => {
    return containsAll(left, right) && containsAll(right, left);
  }),
  global('sets.intersects', [listOf(A), listOf(A)], BOOL, (left: unknown[], right: unknown[]) => {
    return left.some((item) => right.some((other) => equals(item, other)));
  }),
];

function containsAll(list: unknown[], wanted: unknown[]): boolean {
  return wanted.every((item) => list.some((other) => equals(item, other)));
}

export const operators: readonly Overload[] = [...ARITHMETIC, ...COMPARISONS, ...LAZY, ...MEMBERSHIP];
