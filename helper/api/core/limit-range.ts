/**
 * LimitRange: what a container of a namespace gets when it names no resources, and how much one may ask for.
 * https://kubernetes.io/docs/concepts/policy/limit-range/
 */
import type { LimitRangeItem, LimitRange as PublishedLimitRange } from 'kubernetes-types/core/v1';
import { createdAtColumn, nameColumn } from '../columns';
import { defineKind } from '../define-kind';
import type { ApiObject } from '../meta';
import { canonicalizeResources } from '../quantity';
import type { Resource } from '../resource';
import { LIMIT_LISTS, validateLimitRange } from './limit-range-validation';

export type LimitRange = ApiObject<PublishedLimitRange>;

export const limitRangeResource: Resource<LimitRange> = {
  group: '',
  version: 'v1',
  kind: 'LimitRange',
  plural: 'limitranges',
  singular: 'limitrange',
  shortNames: ['limits'],
  categories: [],
  namespaced: true,
};

/** A container gets the most that is allowed, and asks for as much, else for the least that is allowed. */
function defaultItem(item: LimitRangeItem): void {
  if (item.type === 'Container') {
    item.default = { ...item.max, ...item.default };
    item.defaultRequest = { ...item.min, ...item.default, ...item.defaultRequest };
  }
  for (const list of LIMIT_LISTS) canonicalizeResources(item[list]);
}

/** Row of the table: LimitRange. */
export const limitRangeKind = /* @__PURE__ */ defineKind<LimitRange>({
  resource: limitRangeResource,
  schema: 'io.k8s.api.core.v1.LimitRange',
  createdByUpdate: true,
  columns: () => [nameColumn, createdAtColumn],
  applyDefaults({ spec }) {
    for (const item of spec?.limits ?? []) defaultItem(item);
  },
  validate: ({ spec }) => validateLimitRange(spec?.limits, 'spec.limits'),
});
