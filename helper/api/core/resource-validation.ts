/**
 * Rules of `resources`: which resources a container may name, and that it asks for no more than its limit.
 * https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/
 */
import type { ResourceRequirements } from 'kubernetes-types/core/v1';
import { type FieldError, invalid, required } from '../field-error';
import { qualifiedNameRule } from '../names';
import {
  canonicalQuantity,
  compareQuantities,
  isQuantity,
  parseQuantity,
  QUANTITY_SYNTAX_MESSAGE,
  type QuantityText,
} from '../quantity';

type Resources = Record<string, QuantityText>;

const STANDARD = ['cpu', 'memory', 'ephemeral-storage'];
const HUGE_PAGES = 'hugepages-';
const NANOS_PER_UNIT = 1_000_000_000n;

/** Resources a device plugin offers (`nvidia.com/gpu`): whole things that cannot be shared or overcommitted. */
function isExtended(name: string): boolean {
  return name.includes('/') && !/(^|\.)kubernetes\.io\//.test(name);
}

function validateName(name: string, field: string): FieldError[] {
  const reasons = qualifiedNameRule(name);
  if (reasons.length) return reasons.map((reason) => invalid(field, name, reason));
  if (name.includes('/') || STANDARD.includes(name) || name.startsWith(HUGE_PAGES)) return [];
  return [invalid(field, name, 'must be a standard resource for containers')];
}

/** An amount: a quantity, not negative, whole where the resource comes in pieces. */
export function validateAmount(name: string, value: QuantityText, field: string): FieldError[] {
  if (!isQuantity(value)) return [invalid(field, value, QUANTITY_SYNTAX_MESSAGE)];
  const nanos = parseQuantity(value);
  if (nanos < 0n) return [invalid(field, canonicalQuantity(value), 'must be greater than or equal to 0')];
  return isExtended(name) && nanos % NANOS_PER_UNIT !== 0n ? [invalid(field, value, 'must be an integer')] : [];
}

function validateList(list: Resources, field: string): FieldError[] {
  return Object.entries(list).flatMap(([name, value]) => [
    ...validateName(name, `${field}[${name}]`),
    ...validateAmount(name, value, `${field}[${name}]`),
  ]);
}

function validateAgainstLimit(name: string, request: QuantityText, limits: Resources, path: string): FieldError[] {
  const limit = limits[name];
  const fixed = isExtended(name) || name.startsWith(HUGE_PAGES);
  if (!isQuantity(request)) return [];
  if (limit === undefined) {
    return fixed ? [required(`${path}.limits`, 'Limit must be set for non overcommitable resources')] : [];
  }
  if (!isQuantity(limit)) return [];
  const order = compareQuantities(request, limit);
  const shown = canonicalQuantity(limit);
  const field = `${path}.requests`;
  if (fixed && order !== 0) {
    return [invalid(field, canonicalQuantity(request), `must be equal to ${name} limit of ${shown}`)];
  }
  if (order <= 0) return [];
  return [invalid(field, canonicalQuantity(request), `must be less than or equal to ${name} limit of ${shown}`)];
}

/** All that is wrong with the resources of a container. */
export function validateResources(resources: ResourceRequirements | undefined, path: string): FieldError[] {
  const limits: Resources = resources?.limits ?? {};
  const requests: Resources = resources?.requests ?? {};
  return [
    ...validateList(limits, `${path}.limits`),
    ...validateList(requests, `${path}.requests`),
    ...Object.entries(requests).flatMap(([name, request]) => validateAgainstLimit(name, request, limits, path)),
  ];
}
