/**
 * `'%s has %d of %.2f'.format([…])`: CEL's own set of verbs, which is smaller than Go's.
 * https://pkg.go.dev/github.com/google/cel-go/ext#Strings
 */
import { CelEvaluationError } from '../syntax';
import {
  CelDouble,
  CelDuration,
  CelOptional,
  CelTimestamp,
  CelTypeValue,
  CelUint,
  elementsOf,
  fromJson,
  isMap,
  lookUp,
  numberOf,
} from '../values';
import { formatDuration, formatTimestamp } from './times';

const VERB = /%(?:%|(?:\.(\d+))?([sdfeboxX]))|%(.?)/g;

/** Fills in the verbs in order. Throws CelEvaluationError for an unknown verb or too few values. */
export function formatText(template: string, values: readonly unknown[]): string {
  let next = 0;
  return template.replace(VERB, (whole, precision?: string, verb?: string, unknown?: string) => {
    if (whole === '%%') return '%';
    if (!verb)
      throw new CelEvaluationError(`could not parse formatting clause: unrecognized formatting clause "${unknown}"`);
    if (next >= values.length) throw new CelEvaluationError(`index ${next} out of range`);
    return formatVerb(verb, precision === undefined ? 6 : Number(precision), fromJson(values[next++]));
  });
}

function formatVerb(verb: string, precision: number, value: unknown): string {
  if (verb === 's') return showValue(value);
  const number = numberOf(value);
  if ((verb === 'x' || verb === 'X') && (typeof value === 'string' || value instanceof Uint8Array)) {
    return inCase(verb, Buffer.from(value).toString('hex'));
  }
  if (verb === 'b' && typeof value === 'boolean') return value ? '1' : '0';
  if (number === undefined) {
    throw new CelEvaluationError(`error during formatting: ${verb} clause can only be used on numbers`);
  }
  if (verb === 'd') return String(number);
  if (verb === 'f') return Number(number).toFixed(precision);
  if (verb === 'e')
    return Number(number)
      .toExponential(precision)
      .replace(/e([+-])(\d)$/, 'e$10$2');
  const base = { b: 2, o: 8 }[verb] ?? 16;
  return inCase(verb, number.toString(base));
}

const inCase = (verb: string, text: string): string => (verb === 'X' ? text.toUpperCase() : text);

/** Any value as a person reads it: `[1, 2]`, `{a: 1}`. */
function showValue(value: unknown): string {
  const read = fromJson(value);
  if (typeof read === 'string') return read;
  if (read instanceof CelDouble) return String(read.value);
  if (read instanceof CelUint) return String(read.value);
  if (read instanceof CelTimestamp) return formatTimestamp(read);
  if (read instanceof CelDuration) return formatDuration(read);
  if (read instanceof CelTypeValue) return read.name;
  if (read instanceof Uint8Array) return Buffer.from(read).toString();
  if (read instanceof CelOptional) return read.hasValue ? `optional(${showValue(read.value)})` : 'optional.none()';
  if (Array.isArray(read)) return `[${read.map(showValue).join(', ')}]`;
  if (isMap(read))
    return `{${elementsOf(read)
      .map((key) => `${showValue(key)}: ${showValue(lookUp(read, key))}`)
      .sort()
      .join(', ')}}`;
  return String(read);
}
