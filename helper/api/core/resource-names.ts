/**
 * Which resources may be named where: in quotas, in limit ranges, in general. Containers have a list of their own.
 * https://kubernetes.io/docs/concepts/policy/resource-quotas/
 */
import { type FieldError, invalid } from '../field-error';
import { follows } from '../field-rules';
import { qualifiedNameRule } from '../names';
import { canonicalQuantity, isQuantity, parseQuantity, QUANTITY_SYNTAX_MESSAGE, type QuantityText } from '../quantity';

/** What pods compute with. */
export const COMPUTE_RESOURCES: readonly string[] = [
  'cpu',
  'memory',
  'ephemeral-storage',
  'requests.cpu',
  'requests.memory',
  'requests.ephemeral-storage',
  'limits.cpu',
  'limits.memory',
  'limits.ephemeral-storage',
];

/** Things a quota counts, by names from before `count/...`. */
const COUNTED: readonly string[] = [
  'pods',
  'resourcequotas',
  'services',
  'replicationcontrollers',
  'secrets',
  'configmaps',
  'persistentvolumeclaims',
  'services.nodeports',
  'services.loadbalancers',
];

const STANDARD: readonly string[] = [...COMPUTE_RESOURCES, ...COUNTED, 'requests.storage', 'storage'];
const HUGE_PAGES = /^(requests\.)?hugepages-/;
const NANOS_PER_UNIT = 1_000_000_000n;

const isStandard = (name: string) => STANDARD.includes(name) || HUGE_PAGES.test(name);

/** Names a quota may limit. */
export function isQuotaResource(name: string): boolean {
  return name !== 'storage' && isStandard(name);
}

/** Any resource: a standard one, or `example.com/gpu`. */
export function validateResourceName(name: string, field: string): FieldError[] {
  const errors = follows(qualifiedNameRule, name, field);
  if (errors.length || name.includes('/') || isStandard(name)) return errors;
  return [invalid(field, name, 'must be a standard resource type or fully qualified')];
}

/** Resources that come in whole pieces only. */
function isWhole(name: string): boolean {
  const isExtended = name.includes('/') && !/(^|\.)kubernetes\.io\//.test(name) && !name.startsWith('requests.');
  return COUNTED.includes(name) || isExtended;
}

/** An amount of a resource that is not negative, and whole where the resource comes in pieces. */
export function validateResourceAmount(name: string, value: QuantityText, field: string): FieldError[] {
  if (!isQuantity(value)) return [invalid(field, value, QUANTITY_SYNTAX_MESSAGE)];
  const nanos = parseQuantity(value);
  const errors: FieldError[] = [];
  if (nanos < 0n) errors.push(invalid(field, canonicalQuantity(value), 'must be greater than or equal to 0'));
  if (isWhole(name) && nanos % NANOS_PER_UNIT !== 0n) errors.push(invalid(field, value, 'must be an integer'));
  return errors;
}

/** An amount that has to be more than nothing. */
export function validatePositiveAmount(value: QuantityText, field: string): FieldError[] {
  if (!isQuantity(value)) return [invalid(field, value, QUANTITY_SYNTAX_MESSAGE)];
  return parseQuantity(value) > 0n ? [] : [invalid(field, canonicalQuantity(value), 'must be greater than zero')];
}
