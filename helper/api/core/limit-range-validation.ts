/**
 * Rules of limit ranges: amounts of one resource have an order, and what cannot be promised twice is requested in full.
 * https://kubernetes.io/docs/concepts/policy/limit-range/
 */
import type { LimitRangeItem } from 'kubernetes-types/core/v1';
import { duplicate, type FieldError, forbidden, invalid, required } from '../field-error';
import { each, follows } from '../field-rules';
import { qualifiedNameRule } from '../names';
import { isQuantity, parseQuantity, QUANTITY_SYNTAX_MESSAGE } from '../quantity';
import { validateResourceName } from './resource-names';

const TYPES = ['Pod', 'Container', 'PersistentVolumeClaim'];
const CONTAINER_RESOURCES = ['cpu', 'memory', 'ephemeral-storage'];
const NANOS_PER_UNIT = 1_000_000_000n;

/** The lists of amounts in an item. */
export const LIMIT_LISTS = ['max', 'min', 'default', 'defaultRequest', 'maxLimitRequestRatio'] as const;

function validateType(type: string | undefined, path: string): FieldError[] {
  const errors = follows(qualifiedNameRule, type, path);
  if (errors.length || type?.includes('/') || TYPES.includes(type ?? '')) return errors;
  return [invalid(path, type, 'must be a standard limit type or fully qualified')];
}

/** Pods and containers have the resources of containers; everything else may name any. */
function validateName(type: string, name: string, field: string): FieldError[] {
  if (type !== 'Pod' && type !== 'Container') return validateResourceName(name, field);
  const errors = follows(qualifiedNameRule, name, field);
  const isKnown = name.includes('/') || name.startsWith('hugepages-') || CONTAINER_RESOURCES.includes(name);
  return errors.length || isKnown ? errors : [invalid(field, name, 'must be a standard resource for containers')];
}

function validateLists(item: LimitRangeItem, path: string): FieldError[] {
  return LIMIT_LISTS.flatMap((list) => {
    const field = `${path}.${list}`;
    const entries = Object.entries(item[list] ?? {});
    if (item.type === 'Pod' && list.startsWith('default')) {
      return entries.length ? [forbidden(field, "may not be specified when `type` is 'Pod'")] : [];
    }
    return entries.flatMap(([name, value]) => [
      ...validateName(item.type, name, `${field}[${name}]`),
      ...(isQuantity(value) ? [] : [invalid(`${field}[${name}]`, value, QUANTITY_SYNTAX_MESSAGE)]),
    ]);
  });
}

/** min, defaultRequest, default, max: none may be greater than the next. */
function validateOrder(item: LimitRangeItem, name: string, path: string): FieldError[] {
  const [min, max] = [item.min?.[name], item.max?.[name]];
  const [limit, request] = [item.default?.[name], item.defaultRequest?.[name]];
  // Which list is refused, with which value shown, when the first amount is greater than the second.
  const rules = [
    ['min', min, 'min', min, 'max', max],
    ['defaultRequest', request, 'min', min, 'default request', request],
    ['defaultRequest', request, 'default request', request, 'max', max],
    ['defaultRequest', request, 'default request', request, 'default limit', limit],
    ['default', min, 'min', min, 'default', limit],
    ['default', max, 'default', limit, 'max', max],
  ] as const;
  return rules.flatMap(([list, shown, lowName, low, highName, high]) => {
    if (!isQuantity(low) || !isQuantity(high) || parseQuantity(low) <= parseQuantity(high)) return [];
    const message = `${lowName} value ${low} is greater than ${highName} value ${high}`;
    return [invalid(`${path}.${list}[${name}]`, shown, message)];
  });
}

function validateRatio({ min, max, maxLimitRequestRatio }: LimitRangeItem, name: string, path: string): FieldError[] {
  const ratio = maxLimitRequestRatio?.[name];
  if (!isQuantity(ratio)) return [];
  const field = `${path}.maxLimitRequestRatio[${name}]`;
  const errors: FieldError[] = [];
  if (parseQuantity(ratio) < NANOS_PER_UNIT) errors.push(invalid(field, ratio, `ratio ${ratio} is less than 1`));
  const [low, high] = [min?.[name], max?.[name]];
  if (!isQuantity(low) || !isQuantity(high) || parseQuantity(low) === 0n) return errors;
  const largest = Number(parseQuantity(high)) / Number(parseQuantity(low));
  if (Number(parseQuantity(ratio)) / Number(NANOS_PER_UNIT) > largest) {
    errors.push(invalid(field, ratio, `ratio ${ratio} is greater than max/min = ${largest.toFixed(6)}`));
  }
  return errors;
}

/** Huge pages and devices cannot be promised twice: what is requested is the limit. */
function validateNoOvercommit(item: LimitRangeItem, name: string, path: string): FieldError[] {
  const [limit, request] = [item.default?.[name], item.defaultRequest?.[name]];
  const canOvercommit = !name.includes('/') && !name.startsWith('hugepages-');
  if (canOvercommit || !isQuantity(limit) || !isQuantity(request)) return [];
  if (parseQuantity(limit) === parseQuantity(request)) return [];
  const message = `default value ${limit} must equal to defaultRequest value ${request} in ${name}`;
  return [invalid(`${path}.defaultRequest[${name}]`, request, message)];
}

function validateItem(item: LimitRangeItem, path: string): FieldError[] {
  const names = [...new Set(LIMIT_LISTS.flatMap((list) => Object.keys(item[list] ?? {})))].sort();
  const errors = validateLists(item, path);
  if (item.type === 'PersistentVolumeClaim' && !item.min?.['storage'] && !item.max?.['storage']) {
    const message = 'either minimum or maximum storage value is required, but neither was provided';
    errors.push(required(`${path}.limits`, message));
  }
  for (const name of names) {
    errors.push(...validateOrder(item, name, path));
    errors.push(...validateRatio(item, name, path));
    errors.push(...validateNoOvercommit(item, name, path));
  }
  return errors;
}

/** All that is wrong with the items of a limit range. */
export function validateLimitRange(items: readonly LimitRangeItem[] | undefined, field: string): FieldError[] {
  const seen = new Set<string>();
  return each(items, field, (item, path) => {
    const errors = validateType(item.type, `${path}.type`);
    if (seen.has(item.type)) errors.push(duplicate(`${path}.type`, item.type));
    seen.add(item.type);
    return [...errors, ...validateItem(item, path)];
  });
}
