/**
 * Points in time and durations: `timestamp('2024-01-01T00:00:00Z')`, `duration('1h30m')`, and their parts.
 * https://github.com/google/cel-spec/blob/master/doc/langdef.md#timezones
 */
import { method, type Overload } from '../functions';
import { CelEvaluationError } from '../syntax';
import { DURATION, INT, STRING, TIMESTAMP } from '../types';
import { CelDuration, CelTimestamp } from '../values';

const NANOS_PER_MS = 1_000_000n;
const RFC3339 = /^(\d{4}-\d\d-\d\d)[Tt](\d\d:\d\d:\d\d)(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)$/;
const UNIT_NANOS: Readonly<Record<string, number>> = { h: 3.6e12, m: 6e10, s: 1e9, ms: 1e6, us: 1e3, µs: 1e3, ns: 1 };

/** Reads RFC 3339 text. Throws CelEvaluationError. */
export function parseTimestamp(text: string): CelTimestamp {
  const [, day, time, fraction = '', zone] = RFC3339.exec(text) ?? [];
  const seconds = day ? Date.parse(`${day}T${time}${zone?.toUpperCase()}`) : Number.NaN;
  if (Number.isNaN(seconds))
    throw new CelEvaluationError(`parsing time ${JSON.stringify(text)} as RFC 3339: cannot parse`);
  return new CelTimestamp(BigInt(seconds) * NANOS_PER_MS + BigInt(fraction.slice(1).padEnd(9, '0') || 0));
}

/** Reads Go's durations: `1h30m`, `-1.5s`, `0`. Throws CelEvaluationError. */
export function parseDuration(text: string): CelDuration {
  const [, sign, rest = ''] = /^([+-]?)(.*)$/s.exec(text) ?? [];
  if (!/^(0|((\d+\.?\d*|\.\d+)(h|ms|m|s|us|µs|ns))+)$/.test(rest)) {
    throw new CelEvaluationError(`time: invalid duration ${JSON.stringify(text)}`);
  }
  let nanos = 0;
  for (const [, amount, unit = ''] of rest.matchAll(/([\d.]+)(h|ms|m|s|us|µs|ns)/g)) {
    nanos += Number(amount) * (UNIT_NANOS[unit] ?? 0);
  }
  return new CelDuration(BigInt(Math.round(sign === '-' ? -nanos : nanos)));
}

function fractionOf(nanos: bigint): string {
  const digits = String(nanos).padStart(9, '0').replace(/0+$/, '');
  return digits && `.${digits}`;
}

/** RFC 3339 in UTC, with as many digits as there are. */
export function formatTimestamp({ nanos }: CelTimestamp): string {
  const date = dateOf({ nanos });
  const fraction = ((nanos % 1_000_000_000n) + 1_000_000_000n) % 1_000_000_000n;
  return `${date.toISOString().slice(0, 19)}${fractionOf(fraction)}Z`;
}

/** Seconds: `5400s`, `1.5s`. */
export function formatDuration({ nanos }: CelDuration): string {
  const size = nanos < 0n ? -nanos : nanos;
  return `${nanos < 0n ? '-' : ''}${size / 1_000_000_000n}${fractionOf(size % 1_000_000_000n)}s`;
}

/** The millisecond it falls into. */
function dateOf({ nanos }: Pick<CelTimestamp, 'nanos'>): Date {
  const ms = nanos / NANOS_PER_MS - (nanos < 0n && nanos % NANOS_PER_MS !== 0n ? 1n : 0n);
  return new Date(Number(ms));
}

/** The date whose UTC parts are the local ones of the zone: `+02:00` or a name. Throws for a zone nobody knows. */
function inZone(time: CelTimestamp, zone: string): Date {
  const date = dateOf(time);
  const [, sign, hours, minutes] = /^([+-]?)(\d\d):(\d\d)$/.exec(zone) ?? [];
  if (hours)
    return new Date(date.getTime() + (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes)) * 60_000);
  try {
    const local = date.toLocaleString('sv-SE', { timeZone: zone || 'UTC' });
    return new Date(Date.parse(`${local.replace(' ', 'T')}Z`) + (date.getTime() % 1000));
  } catch {
    throw new CelEvaluationError(`unknown time zone ${zone}`);
  }
}

function dayOfYear(date: Date): number {
  return Math.floor((date.getTime() - Date.UTC(date.getUTCFullYear(), 0, 1)) / 86_400_000);
}

function part(name: string, of: (date: Date) => number): Overload[] {
  return [
    method(name, [TIMESTAMP], INT, (time: CelTimestamp) => BigInt(of(dateOf(time)))),
    method(name, [TIMESTAMP, STRING], INT, (time: CelTimestamp, zone: string) => BigInt(of(inZone(time, zone)))),
  ];
}

const whole = (name: string, nanos: bigint): Overload =>
  method(name, [DURATION], INT, (value: CelDuration) => value.nanos / nanos);

export const times: readonly Overload[] = [
  ...part('getFullYear', (date) => date.getUTCFullYear()),
  ...part('getMonth', (date) => date.getUTCMonth()),
  ...part('getDate', (date) => date.getUTCDate()),
  ...part('getDayOfMonth', (date) => date.getUTCDate() - 1),
  ...part('getDayOfWeek', (date) => date.getUTCDay()),
  ...part('getDayOfYear', dayOfYear),
  ...part('getHours', (date) => date.getUTCHours()),
  ...part('getMinutes', (date) => date.getUTCMinutes()),
  ...part('getSeconds', (date) => date.getUTCSeconds()),
  ...part('getMilliseconds', (date) => date.getUTCMilliseconds()),
  whole('getHours', 3_600_000_000_000n),
  whole('getMinutes', 60_000_000_000n),
  whole('getSeconds', 1_000_000_000n),
  method('getMilliseconds', [DURATION], INT, ({ nanos }: CelDuration) => (nanos / NANOS_PER_MS) % 1000n),
];
