/**
 * Rules that fields of many kinds share: one of a few words, a well-formed name, a count that is not negative.
 *
 * Every function takes the value and the path of its field and returns what is wrong with it, in Kubernetes' words; an
 * empty array means it is fine.
 */
import { type FieldError, invalid, notSupported, required } from './field-error';
import type { NameRule } from './names';

type Absent = undefined | null;

/** A word that has to be there and to be one of these. */
export function oneOf(value: string | Absent, allowed: readonly string[], field: string): FieldError[] {
  if (!value) return [required(field)];
  return allowed.includes(value) ? [] : [notSupported(field, value, allowed)];
}

/** A word that may be left out, but if it is there, it has to be one of these. */
export function optionalOneOf(value: string | Absent, allowed: readonly string[], field: string): FieldError[] {
  return value === undefined || value === null || allowed.includes(value) ? [] : [notSupported(field, value, allowed)];
}

/** A text that follows a rule of `names.ts`. */
export function follows(rule: NameRule, value: string | Absent, field: string): FieldError[] {
  return rule(value ?? '').map((reason) => invalid(field, value ?? '', reason));
}

/** A text that has to be there and to follow a rule. */
export function requiredName(rule: NameRule, value: string | Absent, field: string): FieldError[] {
  return value ? follows(rule, value, field) : [required(field)];
}

/** A count that may not be negative. */
export function validateNotNegative(value: number | Absent, field: string): FieldError[] {
  return atLeast(0, value, field);
}

/** A count that may be left out, but not be smaller than `minimum`. */
export function atLeast(minimum: number, value: number | Absent, field: string): FieldError[] {
  if (value === undefined || value === null || value >= minimum) return [];
  return [invalid(field, value, `must be greater than or equal to ${minimum}`)];
}

/** A count that may be left out, but not be larger than `maximum`; `when` says when that holds. */
export function atMost(maximum: number, value: number | Absent, field: string, when = ''): FieldError[] {
  if (value === undefined || value === null || value <= maximum) return [];
  return [invalid(field, value, `must be less than or equal to ${maximum}${when}`)];
}

/** The objects of a list checked one by one, each under its own path. */
export function each<T>(
  items: readonly T[] | Absent,
  path: string,
  check: (item: T, path: string, index: number) => FieldError[],
): FieldError[] {
  return (items ?? []).flatMap((item, index) => check(item, `${path}[${index}]`, index));
}

/** A refusal that shows no value: of a rule about several fields at once. */
export const refused = (field: string, detail: string): FieldError => ({
  field,
  reason: 'FieldValueInvalid',
  message: `Invalid value: ${detail}`,
});
