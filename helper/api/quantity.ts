/**
 * Quantities: `500m`, `1.5`, `64Mi`, `2e3` — how Kubernetes writes amounts of cpu, memory and everything countable.
 *
 * A quantity is exact to 10⁻⁹, so this file computes in whole nanos (bigint): `1` is 1 000 000 000 nanos. Finer input is
 * rounded up, as in Kubernetes. Stored objects hold the canonical text, which is why `0.5` comes back as `500m`.
 * https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/
 */

const NANOS = 1_000_000_000n;
const SYNTAX = /^([+-]?)(\d*)(?:\.(\d*))?([KMGTPE]i|[numkMGTPE]?|[eE][+-]?\d{1,3})$/;
const DECIMAL_SUFFIXES: Readonly<Record<string, number>> = {
  n: -9,
  u: -6,
  m: -3,
  '': 0,
  k: 3,
  M: 6,
  G: 9,
  T: 12,
  P: 15,
  E: 18,
};
const BINARY_SUFFIXES = ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'] as const;

/** What Kubernetes answers to text that is no quantity. */
export const QUANTITY_SYNTAX_MESSAGE =
  "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";

/** A quantity as users write it: text, or a bare number in YAML. */
export type QuantityText = string | number;

interface ParsedQuantity {
  readonly nanos: bigint;
  readonly format: 'binary' | 'decimal' | 'exponent';
}

/** digits × 10^exponent × factor in nanos, rounded away from zero. */
function scaled(digits: bigint, exponent: number, factor: bigint): bigint {
  const power = exponent + 9;
  if (power >= 0) return digits * factor * 10n ** BigInt(power);
  const divisor = 10n ** BigInt(-power);
  return (digits * factor + divisor - 1n) / divisor;
}

function parse(quantity: QuantityText): ParsedQuantity {
  const match = SYNTAX.exec(String(quantity));
  const [, sign = '', whole = '', fraction = '', suffix = ''] = match ?? [];
  if (!match || whole + fraction === '') throw new RangeError(QUANTITY_SYNTAX_MESSAGE);
  const binary = BINARY_SUFFIXES.indexOf(suffix as (typeof BINARY_SUFFIXES)[number]);
  const decimal = DECIMAL_SUFFIXES[suffix];
  const exponent = binary > 0 ? 0 : (decimal ?? Number(suffix.slice(1)));
  const magnitude = scaled(
    BigInt(whole + fraction),
    exponent - fraction.length,
    binary > 0 ? 1024n ** BigInt(binary) : 1n,
  );
  const format = binary > 0 ? 'binary' : decimal === undefined ? 'exponent' : 'decimal';
  return { nanos: sign === '-' ? -magnitude : magnitude, format };
}

/** The exact value in nanos (10⁻⁹). Throws RangeError with Kubernetes' words when the text is no quantity. */
export function parseQuantity(quantity: QuantityText): bigint {
  return parse(quantity).nanos;
}

/** True when {@link parseQuantity} would not throw. */
export function isQuantity(value: unknown): value is QuantityText {
  if (typeof value !== 'string' && typeof value !== 'number') return false;
  const match = SYNTAX.exec(String(value));
  return match !== null && `${match[2] ?? ''}${match[3] ?? ''}` !== '';
}

function ceilDivide(value: bigint, divisor: bigint): bigint {
  const quotient = value / divisor;
  return value > 0n && quotient * divisor !== value ? quotient + 1n : quotient;
}

/** Thousandths, rounded up: cpu in millicores. undefined counts as 0. */
export function milliValue(quantity: QuantityText | undefined): number {
  return quantity === undefined ? 0 : Number(ceilDivide(parseQuantity(quantity), 1_000_000n));
}

/** Whole units, rounded up: memory in bytes, counts of things. undefined counts as 0. */
export function bytesOf(quantity: QuantityText | undefined): number {
  return quantity === undefined ? 0 : Number(ceilDivide(parseQuantity(quantity), NANOS));
}

/** The largest binary suffix that loses nothing: 67108864 -> `64Mi`, 1000 -> `1000`. */
export function formatBytes(bytes: number): string {
  return canonicalBinary(BigInt(Math.ceil(bytes)));
}

/** Millicores as a cpu quantity: 1500 -> `1500m`, 2000 -> `2`. */
export function formatMilli(milli: number): string {
  return canonicalDecimal(BigInt(Math.ceil(milli)) * 1_000_000n, false);
}

/** Nanos back to text, in decimal form: reverses {@link parseQuantity}. */
export function formatQuantity(nanos: bigint): string {
  return canonicalDecimal(nanos, false);
}

function canonicalBinary(units: bigint): string {
  let value = units;
  let step = 0;
  while (value !== 0n && value % 1024n === 0n && step < BINARY_SUFFIXES.length - 1) {
    value /= 1024n;
    step += 1;
  }
  return `${value}${BINARY_SUFFIXES[step]}`;
}

function canonicalDecimal(nanos: bigint, asExponent: boolean): string {
  let value = nanos;
  let exponent = -9;
  while (value !== 0n && value % 1000n === 0n && exponent < 18) {
    value /= 1000n;
    exponent += 3;
  }
  if (value === 0n || exponent === 0) return String(value);
  if (asExponent) return `${value}e${exponent}`;
  const suffix = Object.keys(DECIMAL_SUFFIXES).find((key) => DECIMAL_SUFFIXES[key] === exponent);
  return `${value}${suffix}`;
}

/**
 * The form Kubernetes stores: no fraction, the largest suffix that loses nothing, the user's choice of 1000 or 1024 kept
 * (`0.5` -> `500m`, `1024Mi` -> `1Gi`, `1000` -> `1k`). Throws RangeError when the text is no quantity.
 */
export function canonicalQuantity(quantity: QuantityText): string {
  const known = canonicalForms.get(quantity);
  if (known !== undefined) return known;
  const { nanos, format } = parse(quantity);
  const canonical = formatAs(nanos, format);
  // Every write comes here, with the same few texts; whoever sends ever new ones must not fill the memory.
  if (canonicalForms.size >= MAX_REMEMBERED) canonicalForms.clear();
  canonicalForms.set(quantity, canonical);
  return canonical;
}

const MAX_REMEMBERED = 1000;
const canonicalForms = new Map<QuantityText, string>();

function formatAs(nanos: bigint, format: ParsedQuantity['format']): string {
  const small = nanos > -1024n * NANOS && nanos < 1024n * NANOS;
  if (format === 'binary' && !small && nanos % NANOS === 0n) return canonicalBinary(nanos / NANOS);
  return canonicalDecimal(nanos, format === 'exponent');
}

/** Nanos as text in the way `model` is written, canonically: (2³¹ × 10⁹, `1Gi`) -> `2Gi`. */
export function formatQuantityLike(nanos: bigint, model: QuantityText): string {
  return formatAs(nanos, parse(model).format);
}

/** The sum, written like the first that is not zero: `0` + `64Mi` -> `64Mi`. */
export function addQuantities(left: QuantityText, right: QuantityText): string {
  const [first, second] = [parse(left), parse(right)];
  return formatAs(first.nanos + second.nanos, first.nanos === 0n ? second.format : first.format);
}

/** The difference, written like the first. */
export function subtractQuantities(left: QuantityText, right: QuantityText): string {
  const first = parse(left);
  return formatAs(first.nanos - parse(right).nanos, first.format);
}

/** <0, 0 or >0 as the first is smaller than, equal to or larger than the second. */
export function compareQuantities(left: QuantityText, right: QuantityText): number {
  const difference = parseQuantity(left) - parseQuantity(right);
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
}

/**
 * Canonical texts for a resource list (`limits`, `capacity`, ...), in place. Values that are no quantity stay as they
 * are: validation names them.
 */
export function canonicalizeResources(resources: Record<string, QuantityText> | undefined | null): void {
  for (const [name, value] of Object.entries(resources ?? {})) {
    if (resources && isQuantity(value)) resources[name] = canonicalQuantity(value);
  }
}
