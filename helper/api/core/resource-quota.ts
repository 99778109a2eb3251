/**
 * ResourceQuota: how much a namespace may use of what, in all or of the pods in some scopes.
 *
 * Admission refuses what would exceed it; `status.used` is what is used now.
 * https://kubernetes.io/docs/concepts/policy/resource-quotas/
 */
import type {
  ResourceQuota as PublishedResourceQuota,
  ResourceQuotaSpec,
  ScopedResourceSelectorRequirement,
} from 'kubernetes-types/core/v1';
import { ageColumn, column, nameColumn } from '../columns';
import { defineKind } from '../define-kind';
import { type FieldError, invalid, required } from '../field-error';
import type { ApiObject } from '../meta';
import { canonicalizeResources } from '../quantity';
import type { Resource } from '../resource';
import { sameValue } from '../validate-metadata';
import { COMPUTE_RESOURCES, isQuotaResource, validateResourceAmount, validateResourceName } from './resource-names';

export type ResourceQuota = ApiObject<PublishedResourceQuota>;

export const resourceQuotaResource: Resource<ResourceQuota> = {
  group: '',
  version: 'v1',
  kind: 'ResourceQuota',
  plural: 'resourcequotas',
  singular: 'resourcequota',
  shortNames: ['quota'],
  categories: [],
  namespaced: true,
};

/** Scopes a pod is in or not; PriorityClass is the one with values. */
const EXISTING = ['Terminating', 'NotTerminating', 'BestEffort', 'NotBestEffort', 'CrossNamespacePodAffinity'];
const SCOPES = [...EXISTING, 'PriorityClass'];
const CONFLICTS = [
  ['BestEffort', 'NotBestEffort'],
  ['Terminating', 'NotTerminating'],
] as const;
const EXIST_MESSAGE =
  "must be 'Exist' when scope is any of ResourceQuotaScopeTerminating, ResourceQuotaScopeNotTerminating, ResourceQuotaScopeBestEffort, ResourceQuotaScopeNotBestEffort or ResourceQuotaScopeCrossNamespacePodAffinity";

/** Scopes are about pods; those of no request and no limit can only be counted. */
function suits(scope: string, resource: string): boolean {
  if (!isQuotaResource(resource)) return true;
  return resource === 'pods' || (scope !== 'BestEffort' && COMPUTE_RESOURCES.includes(resource));
}

function validateConflicts(scopes: readonly string[], value: unknown, field: string): FieldError[] {
  const conflicting = CONFLICTS.some(([one, other]) => scopes.includes(one) && scopes.includes(other));
  return conflicting ? [invalid(field, value, 'conflicting scopes')] : [];
}

function validateScopes({ scopes = [], hard = {} }: ResourceQuotaSpec): FieldError[] {
  const field = 'spec.scopes';
  const errors = scopes.flatMap((scope) => {
    if (!SCOPES.includes(scope)) return [invalid(field, scopes, 'unsupported scope')];
    const unsuited = Object.keys(hard).filter((resource) => !suits(scope, resource));
    return unsuited.map(() => invalid(field, scopes, 'unsupported scope applied to resource'));
  });
  return [...errors, ...validateConflicts(scopes, scopes, field)];
}

function validateRequirement(requirement: ScopedResourceSelectorRequirement, path: string): FieldError[] {
  const { scopeName, operator, values = [] } = requirement;
  const errors = SCOPES.includes(scopeName) ? [] : [invalid(`${path}.scopeName`, scopeName, 'unsupported scope')];
  if (EXISTING.includes(scopeName) && operator !== 'Exists') {
    errors.push(invalid(`${path}.operator`, operator, EXIST_MESSAGE));
  }
  const field = `${path}.values`;
  if (operator === 'In' || operator === 'NotIn') {
    const message = "must be at least one value when `operator` is 'In' or 'NotIn' for scope selector";
    if (!values.length) errors.push(required(field, message));
  } else if (operator === 'Exists' || operator === 'DoesNotExist') {
    const message = "must be no value when `operator` is 'Exist' or 'DoesNotExist' for scope selector";
    if (values.length) errors.push(invalid(field, values, message));
  } else errors.push(invalid(`${path}.operator`, operator, 'not a valid selector operator'));
  return errors;
}

function validateScopeSelector({ scopeSelector, hard = {} }: ResourceQuotaSpec): FieldError[] {
  const field = 'spec.scopeSelector.matchExpressions';
  const requirements = scopeSelector?.matchExpressions ?? [];
  const errors = requirements.flatMap((requirement) => {
    const unsuited = Object.keys(hard).filter((resource) => !suits(requirement.scopeName, resource));
    const message = 'unsupported scope applied to resource';
    return [...validateRequirement(requirement, field), ...unsuited.map(() => invalid(field, scopeSelector, message))];
  });
  const scopes = requirements.map(({ scopeName }) => scopeName);
  return [...errors, ...validateConflicts(scopes, scopeSelector, field)];
}

function validateAmounts(amounts: Readonly<Record<string, string>> | undefined, path: string): FieldError[] {
  return Object.entries(amounts ?? {}).flatMap(([name, value]) => {
    const field = `${path}[${name}]`;
    const errors = validateResourceName(name, field);
    if (!name.includes('/') && !isQuotaResource(name)) {
      errors.push(invalid(field, name, 'must be a standard resource for quotas'));
    }
    return [...errors, ...validateResourceAmount(name, value, field)];
  });
}

const validateQuota = ({ spec = {} }: ResourceQuota) => [
  ...validateAmounts(spec.hard, 'spec.hard'),
  ...validateScopes(spec),
  ...validateScopeSelector(spec),
];

/** `cpu: 1/2, pods: 3/10`: used and allowed amounts, either of limits or of all the rest. */
function usage({ status }: ResourceQuota, ofLimits: boolean): string {
  const { hard = {}, used = {} } = status ?? {};
  return Object.keys(hard)
    .filter((name) => name.startsWith('limits') === ofLimits)
    .sort()
    .map((name) => `${name}: ${used[name] ?? 0}/${hard[name]}`)
    .join(', ');
}

/** Row of the table: ResourceQuota. */
export const resourceQuotaKind = /* @__PURE__ */ defineKind<ResourceQuota>({
  resource: resourceQuotaResource,
  schema: 'io.k8s.api.core.v1.ResourceQuota',
  hasStatus: true,
  returnsDeleted: true,
  columns: () => [
    nameColumn,
    column(
      'Request',
      'string',
      'Request represents a minimum amount of cpu/memory that a container may consume.',
      (quota) => usage(quota, false),
    ),
    column(
      'Limit',
      'string',
      'Limits control the maximum amount of cpu/memory that a container may use independent of contention on the node.',
      (quota) => usage(quota, true),
    ),
    ageColumn,
  ],
  prepareForCreate(quota) {
    quota.status = {};
  },
  applyDefaults({ spec, status }) {
    canonicalizeResources(spec?.hard);
    canonicalizeResources(status?.hard);
    canonicalizeResources(status?.used);
  },
  validate: validateQuota,
  validateUpdate({ spec }, old) {
    const sorted = (scopes: readonly string[] | undefined) => [...(scopes ?? [])].sort();
    const isSame = sameValue(sorted(spec?.scopes), sorted(old.spec?.scopes));
    return isSame ? [] : [invalid('spec.scopes', spec?.scopes ?? [], 'field is immutable')];
  },
  validateStatusUpdate: ({ status }) => [
    ...validateAmounts(status?.hard, 'status.hard'),
    ...validateAmounts(status?.used, 'status.used'),
  ],
});
