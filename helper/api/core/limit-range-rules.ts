/**
 * What limit ranges do to pods and claims: fill in resources nobody named, and say which amounts are out of bounds.
 *
 * Pure rules behind the LimitRanger admission plugin, with Kubernetes' sentences.
 * https://kubernetes.io/docs/concepts/policy/limit-range/
 */
import type { Container, LimitRangeItem } from 'kubernetes-types/core/v1';
import { canonicalQuantity, compareQuantities, isQuantity, parseQuantity, type QuantityText } from '../quantity';
import type { LimitRange } from './limit-range';
import type { PersistentVolumeClaim } from './persistent-volume-claim';
import { type Amounts, podAmounts } from './pod-amounts';
import type { Pod } from './pod-object';

const ANNOTATION = 'kubernetes.io/limit-ranger';

/** Adds the defaults a container lacks; returns the names that were added, sorted. */
function fill(container: Container, list: 'requests' | 'limits', defaults: Amounts): string[] {
  const present = container.resources?.[list] ?? {};
  const missing = Object.keys(defaults).filter((name) => present[name] === undefined);
  if (!missing.length) return [];
  const added = Object.fromEntries(missing.map((name) => [name, canonicalQuantity(defaults[name] ?? '0')]));
  container.resources = { ...container.resources, [list]: { ...present, ...added } };
  return missing.sort();
}

function describeFilled(container: Container, what: string, limits: Amounts, requests: Amounts): string[] {
  const setLimits = fill(container, 'limits', limits);
  const setRequests = fill(container, 'requests', requests);
  return [
    ...(setRequests.length ? [`${setRequests.join(', ')} request for ${what} ${container.name}`] : []),
    ...(setLimits.length ? [`${setLimits.join(', ')} limit for ${what} ${container.name}`] : []),
  ];
}

/** Gives every container the default requests and limits of one LimitRange, and notes in an annotation which. */
export function applyLimitDefaults({ metadata, spec }: Pod, { spec: range }: LimitRange): void {
  const items = (range?.limits ?? []).filter(({ type }) => type === 'Container');
  const limits: Amounts = Object.assign({}, ...items.map((item) => item.default ?? {}));
  const requests: Amounts = Object.assign({}, ...items.map((item) => item.defaultRequest ?? {}));
  const notes = [
    ...(spec?.containers ?? []).flatMap((container) => describeFilled(container, 'container', limits, requests)),
    ...(spec?.initContainers ?? []).flatMap((container) =>
      describeFilled(container, 'init container', limits, requests),
    ),
  ];
  if (!notes.length) return;
  metadata.annotations = { ...metadata.annotations, [ANNOTATION]: `LimitRanger plugin set: ${notes.join('; ')}` };
}

interface Asked {
  readonly requests: Amounts;
  readonly limits: Amounts;
}

const isLess = (left: QuantityText, right: QuantityText) => compareQuantities(left, right) < 0;

function belowMinimum(type: string, name: string, bound: QuantityText, { requests, limits }: Asked): string[] {
  const [request, limit] = [requests[name], limits[name]];
  const rule = `minimum ${name} usage per ${type} is ${bound}`;
  if (request === undefined) return [`${rule}.  No request is specified`];
  if (isLess(request, bound)) return [`${rule}, but request is ${request}`];
  return limit !== undefined && isLess(limit, bound) ? [`${rule}, but limit is ${limit}`] : [];
}

function aboveMaximum(type: string, name: string, bound: QuantityText, { requests, limits }: Asked): string[] {
  const [request, limit] = [requests[name], limits[name]];
  const rule = `maximum ${name} usage per ${type} is ${bound}`;
  // Claims have requests only.
  if (type === 'PersistentVolumeClaim') {
    if (request === undefined) return [`${rule}.  No request is specified`];
    return isLess(bound, request) ? [`${rule}, but request is ${request}`] : [];
  }
  if (limit === undefined) return [`${rule}.  No limit is specified`];
  if (isLess(bound, limit)) return [`${rule}, but limit is ${limit}`];
  return request !== undefined && isLess(bound, request) ? [`${rule}, but request is ${request}`] : [];
}

function aboveRatio(type: string, name: string, bound: QuantityText, { requests, limits }: Asked): string[] {
  const request = parseQuantity(requests[name] ?? '0');
  const limit = parseQuantity(limits[name] ?? '0');
  const rule = `${name} max limit to request ratio per ${type} is ${bound}`;
  if (request === 0n) return [`${rule}, but no request is specified or request is 0`];
  if (limit === 0n) return [`${rule}, but no limit is specified or limit is 0`];
  const ratio = Number(limit) / Number(request);
  return ratio * 1e9 > Number(parseQuantity(bound)) ? [`${rule}, but provided ratio is ${ratio.toFixed(6)}`] : [];
}

type Rule = typeof belowMinimum;

function checkAll(rule: Rule, type: string, bounds: Amounts | undefined, asked: Asked): string[] {
  const entries = Object.entries(bounds ?? {}).sort(([left], [right]) => (left < right ? -1 : 1));
  return entries.flatMap(([name, bound]) => (isQuantity(bound) ? rule(type, name, bound, asked) : []));
}

function checkItem({ type, min, max, maxLimitRequestRatio }: LimitRangeItem, asked: Asked): string[] {
  return [
    ...checkAll(belowMinimum, type, min, asked),
    ...checkAll(aboveMaximum, type, max, asked),
    ...(type === 'PersistentVolumeClaim' ? [] : checkAll(aboveRatio, type, maxLimitRequestRatio, asked)),
  ];
}

const askedBy = ({ resources }: Container): Asked => ({
  requests: resources?.requests ?? {},
  limits: resources?.limits ?? {},
});

/** How the pod breaks one LimitRange; empty when it does not. */
export function podLimitViolations({ spec }: Pod, { spec: range }: LimitRange): string[] {
  if (!spec) return [];
  const problems = (range?.limits ?? []).flatMap((item) => {
    if (item.type === 'Pod') return checkItem(item, podAmounts(spec));
    if (item.type !== 'Container') return [];
    return [...spec.containers, ...(spec.initContainers ?? [])].flatMap((container) =>
      checkItem(item, askedBy(container)),
    );
  });
  return [...new Set(problems)];
}

/** How the claim breaks one LimitRange; empty when it does not. */
export function claimLimitViolations({ spec }: PersistentVolumeClaim, { spec: range }: LimitRange): string[] {
  const asked = { requests: spec?.resources?.requests ?? {}, limits: {} };
  const items = (range?.limits ?? []).filter(({ type }) => type === 'PersistentVolumeClaim');
  return items.flatMap((item) => checkItem(item, asked));
}
