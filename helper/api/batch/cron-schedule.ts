/**
 * Schedules of CronJobs: `minute hour day-of-month month day-of-week`, or `@hourly` and the like, or `@every 90m`.
 *
 * Parsing ends in the set of matching values of each field; texts of errors are those of the parser Kubernetes uses.
 * https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/#schedule-syntax
 */

interface Bounds {
  readonly minimum: number;
  readonly maximum: number;
  /** Names that stand for numbers, counted from `minimum`. */
  readonly names: readonly string[];
}

/** The values of a field that match, and whether it was `*`: days match by either field unless one of them is open. */
export interface CronField {
  readonly values: ReadonlySet<number>;
  readonly isOpen: boolean;
}

/** When something is to happen: at moments whose parts are in these sets, or every so often. */
export type CronSchedule =
  | {
      readonly minute: CronField;
      readonly hour: CronField;
      readonly dayOfMonth: CronField;
      readonly month: CronField;
      /** 0 is Sunday */
      readonly dayOfWeek: CronField;
    }
  | { readonly everySeconds: number };

/** A schedule that cannot be read. */
export class CronSyntaxError extends Error {}

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const DAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];
const MINUTE: Bounds = { minimum: 0, maximum: 59, names: [] };
const HOUR: Bounds = { minimum: 0, maximum: 23, names: [] };
const DAY_OF_MONTH: Bounds = { minimum: 1, maximum: 31, names: [] };
const MONTH: Bounds = { minimum: 1, maximum: 12, names: MONTHS };
const DAY_OF_WEEK: Bounds = { minimum: 0, maximum: 6, names: DAYS };
const FIELD_COUNT = 5;

const DESCRIPTORS: Readonly<Record<string, string>> = {
  '@yearly': '0 0 1 1 *',
  '@annually': '0 0 1 1 *',
  '@monthly': '0 0 1 * *',
  '@weekly': '0 0 * * 0',
  '@daily': '0 0 * * *',
  '@midnight': '0 0 * * *',
  '@hourly': '0 * * * *',
};

const UNIT_SECONDS: Readonly<Record<string, number>> = { h: 3600, m: 60, s: 1, ms: 1e-3, us: 1e-6, ns: 1e-9 };
const DURATION_PART = /(\d+(?:\.\d*)?|\.\d+)(ns|us|ms|s|m|h)/g;

function parseNumber(text: string): number {
  if (!/^[+-]?\d+$/.test(text)) {
    const shown = JSON.stringify(text);
    throw new CronSyntaxError(`failed to parse int from ${text}: strconv.Atoi: parsing ${shown}: invalid syntax`);
  }
  const value = Number(text);
  if (value < 0) throw new CronSyntaxError(`negative number (${value}) not allowed: ${text}`);
  return value;
}

function parseValue(text: string, { minimum, names }: Bounds): number {
  const named = names.indexOf(text.toLowerCase());
  return named >= 0 ? named + minimum : parseNumber(text);
}

/** Start and end of the part before the slash; a lone number with a step runs to the end. */
function parseSpan(span: string, hasStep: boolean, bounds: Bounds, whole: string): [number, number] {
  if (span === '*' || span === '?') return [bounds.minimum, bounds.maximum];
  const [first = '', last, more] = span.split('-');
  if (more !== undefined) throw new CronSyntaxError(`too many hyphens: ${whole}`);
  const start = parseValue(first, bounds);
  if (last !== undefined) return [start, parseValue(last, bounds)];
  return [start, hasStep ? bounds.maximum : start];
}

function parseRange(text: string, bounds: Bounds): number[] {
  const [span = '', stepText, more] = text.split('/');
  if (more !== undefined) throw new CronSyntaxError(`too many slashes: ${text}`);
  const [start, end] = parseSpan(span, stepText !== undefined, bounds, text);
  const step = stepText === undefined ? 1 : parseNumber(stepText);
  const refuse = (message: string) => new CronSyntaxError(`${message}: ${text}`);
  if (start < bounds.minimum) throw refuse(`beginning of range (${start}) below minimum (${bounds.minimum})`);
  if (end > bounds.maximum) throw refuse(`end of range (${end}) above maximum (${bounds.maximum})`);
  if (start > end) throw refuse(`beginning of range (${start}) beyond end of range (${end})`);
  if (step === 0) throw refuse('step of range should be a positive number');
  const values: number[] = [];
  for (let value = start; value <= end; value += step) values.push(value);
  return values;
}

function parseField(text: string, bounds: Bounds): CronField {
  const parts = text.split(',').filter(Boolean);
  const isOpen = parts.some((part) => /^[*?](\/1)?$/.test(part));
  return { values: new Set(parts.flatMap((part) => parseRange(part, bounds))), isOpen };
}

/** `1h30m` in seconds; undefined when it is no duration. */
function durationSeconds(text: string): number | undefined {
  const parts = [...text.matchAll(DURATION_PART)];
  if (!parts.length || parts.map(([part]) => part).join('') !== text) return undefined;
  return parts.reduce((sum, [, amount, unit]) => sum + Number(amount) * (UNIT_SECONDS[unit ?? ''] ?? 0), 0);
}

function parseDescriptor(text: string): CronSchedule {
  const standard = Object.hasOwn(DESCRIPTORS, text) ? DESCRIPTORS[text] : undefined;
  if (standard) return parseFields(standard.split(' '));
  if (!text.startsWith('@every ')) throw new CronSyntaxError(`unrecognized descriptor: ${text}`);
  const duration = text.slice('@every '.length);
  const seconds = durationSeconds(duration);
  if (seconds === undefined) {
    const reason = `time: invalid duration ${JSON.stringify(duration)}`;
    throw new CronSyntaxError(`failed to parse duration ${text}: ${reason}`);
  }
  return { everySeconds: Math.max(1, Math.floor(seconds)) };
}

function parseFields(fields: readonly string[]): CronSchedule {
  const [minute = '', hour = '', dayOfMonth = '', month = '', dayOfWeek = ''] = fields;
  return {
    minute: parseField(minute, MINUTE),
    hour: parseField(hour, HOUR),
    dayOfMonth: parseField(dayOfMonth, DAY_OF_MONTH),
    month: parseField(month, MONTH),
    dayOfWeek: parseField(dayOfWeek, DAY_OF_WEEK),
  };
}

/** Reads a schedule, a `TZ=zone` in front of it left aside. Throws CronSyntaxError. */
export function parseCronSchedule(text: string): CronSchedule {
  const schedule = text.replace(/^(CRON_)?TZ=\S*\s+/, '').trim();
  if (schedule.startsWith('@')) return parseDescriptor(schedule);
  const fields = schedule.split(/\s+/).filter(Boolean);
  if (fields.length !== FIELD_COUNT) {
    const shown = fields.join(' ');
    throw new CronSyntaxError(`expected exactly ${FIELD_COUNT} fields, found ${fields.length}: [${shown}]`);
  }
  return parseFields(fields);
}
