/**
 * A number of pods, or a share of them: `1` or `25%` (maxSurge, maxUnavailable).
 * https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#rolling-update-deployment
 */
import { type FieldError, invalid } from '../field-error';
import { percentText } from '../names';

/** All that is wrong with a count or percentage; a share of more than all can be refused. */
export function validateCountOrPercent(
  value: number | string | undefined,
  field: string,
  { atMostAll = false } = {},
): FieldError[] {
  if (value === undefined) return [];
  if (typeof value === 'number') {
    return value >= 0 ? [] : [invalid(field, value, 'must be greater than or equal to 0')];
  }
  if (percentText(value).length) {
    return [invalid(field, value, "must be an integer or percentage (e.g '5%')")];
  }
  return atMostAll && Number.parseInt(value, 10) > 100 ? [invalid(field, value, 'must not be greater than 100%')] : [];
}

/** True for `0` and `0%`. */
export function zeroCount(value: number | string | undefined): boolean {
  return value === undefined || Number.parseInt(String(value), 10) === 0;
}

/** The count a value stands for out of `total`; shares are rounded up or down as asked. */
export function countOf(value: number | string | undefined, total: number, round: 'up' | 'down'): number {
  if (typeof value !== 'string') return value ?? 0;
  const share = (Number.parseInt(value, 10) * total) / 100;
  return round === 'up' ? Math.ceil(share) : Math.floor(share);
}
