/**
 * Quantities in expressions: `quantity('1Gi').isLessThan(quantity('2Gi'))`.
 * https://kubernetes.io/docs/reference/using-api/cel/#kubernetes-quantity-library
 */
import { isQuantity, parseQuantity } from '../../../../helper/api/quantity';
import { global, method, type Overload } from '../functions';
import { CelEvaluationError } from '../syntax';
import { BOOL, DOUBLE, INT, STRING, simpleType } from '../types';
import { CelDouble, type OpaqueValue } from '../values';

const QUANTITY = simpleType('kubernetes.Quantity');
const NANOS = 1_000_000_000n;

class Quantity implements OpaqueValue {
  readonly celType = QUANTITY.name;
  constructor(readonly nanos: bigint) {}
  isEqualTo(other: unknown): boolean {
    return other instanceof Quantity && other.nanos === this.nanos;
  }
}

function read(text: string): Quantity {
  try {
    return new Quantity(parseQuantity(text));
  } catch (error) {
    throw new CelEvaluationError(error instanceof Error ? error.message : String(error));
  }
}

function asInteger({ nanos }: Quantity): bigint {
  if (nanos % NANOS !== 0n) throw new CelEvaluationError('cannot convert value to integer');
  return nanos / NANOS;
}

const order = ({ nanos }: Quantity, other: Quantity): bigint =>
  nanos < other.nanos ? -1n : nanos > other.nanos ? 1n : 0n;
const addInt = (left: Quantity, right: bigint) => new Quantity(left.nanos + right * NANOS);

export const quantities: readonly Overload[] = [
  global('quantity', [STRING], QUANTITY, read),
  global('isQuantity', [STRING], BOOL, isQuantity),
  method('sign', [QUANTITY], INT, ({ nanos }: Quantity) => (nanos < 0n ? -1n : nanos > 0n ? 1n : 0n)),
  method('isInteger', [QUANTITY], BOOL, ({ nanos }: Quantity) => nanos % NANOS === 0n),
  method('asInteger', [QUANTITY], INT, asInteger),
  method('asApproximateFloat', [QUANTITY], DOUBLE, ({ nanos }: Quantity) => new CelDouble(Number(nanos) / 1e9)),
  method(
    'add',
    [QUANTITY, QUANTITY],
    QUANTITY,
    (left: Quantity, right: Quantity) => new Quantity(left.nanos + right.nanos),
  ),
  method('add', [QUANTITY, INT], QUANTITY, addInt),
  method(
    'sub',
    [QUANTITY, QUANTITY],
    QUANTITY,
    (left: Quantity, right: Quantity) => new Quantity(left.nanos - right.nanos),
  ),
  method('sub', [QUANTITY, INT], QUANTITY, (left: Quantity, right: bigint) => addInt(left, -right)),
  method('isLessThan', [QUANTITY, QUANTITY], BOOL, (left: Quantity, right: Quantity) => order(left, right) < 0n),
  method('isGreaterThan', [QUANTITY, QUANTITY], BOOL, (left: Quantity, right: Quantity) => order(left, right) > 0n),
  method('compareTo', [QUANTITY, QUANTITY], INT, order),
];
