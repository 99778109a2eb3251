/**
 * The objects of priority and fairness without which the server could not protect itself: what they say cannot be changed.
 *
 * `exempt` lets administrators in whatever happens, `catch-all` is where every request ends that nothing else is about.
 * https://kubernetes.io/docs/concepts/cluster-administration/flow-control/#mandatory-configuration-objects
 */
import type { FlowSchemaSpec, PriorityLevelConfigurationSpec } from 'kubernetes-types/flowcontrol/v1';
import { duplicate, type FieldError, invalid, required } from '../field-error';
import { each } from '../field-rules';
import { sameValue } from '../validate-metadata';

const EVERYTHING = {
  resourceRules: [{ verbs: ['*'], apiGroups: ['*'], resources: ['*'], clusterScope: true, namespaces: ['*'] }],
  nonResourceRules: [{ verbs: ['*'], nonResourceURLs: ['*'] }],
};
const group = (name: string) => ({ kind: 'Group', group: { name } });

/** Specs of FlowSchemas by name. */
export const FIXED_FLOW_SCHEMAS: Readonly<Record<'exempt' | 'catch-all', FlowSchemaSpec>> = {
  exempt: {
    matchingPrecedence: 1,
    priorityLevelConfiguration: { name: 'exempt' },
    rules: [{ subjects: [group('system:masters')], ...EVERYTHING }],
  },
  'catch-all': {
    matchingPrecedence: 10000,
    priorityLevelConfiguration: { name: 'catch-all' },
    distinguisherMethod: { type: 'ByUser' },
    rules: [{ subjects: [group('system:unauthenticated'), group('system:authenticated')], ...EVERYTHING }],
  },
};

/** Specs of PriorityLevelConfigurations by name; `exempt` of the first is free. */
export const FIXED_PRIORITY_LEVELS: Readonly<Record<'exempt' | 'catch-all', PriorityLevelConfigurationSpec>> = {
  exempt: { type: 'Exempt', exempt: { nominalConcurrencyShares: 0, lendablePercent: 0 } },
  'catch-all': {
    type: 'Limited',
    limited: { nominalConcurrencyShares: 5, lendablePercent: 0, limitResponse: { type: 'Reject' } },
  },
};

const isFixed = (name: string): name is 'exempt' | 'catch-all' => name === 'exempt' || name === 'catch-all';

/** A problem when the FlowSchema of that name is fixed and the spec is another. */
export function keepsFixedSchema(name: string, spec: FlowSchemaSpec | undefined): FieldError[] {
  if (!isFixed(name) || sameValue(spec, FIXED_FLOW_SCHEMAS[name])) return [];
  return [invalid('spec', spec, `spec of '${name}' must equal the fixed value`)];
}

/** The same of a PriorityLevelConfiguration. */
export function keepsFixedLevel(name: string, spec: PriorityLevelConfigurationSpec | undefined): FieldError[] {
  if (!isFixed(name)) return [];
  if (name === 'catch-all') {
    if (sameValue(spec, FIXED_PRIORITY_LEVELS[name])) return [];
    return [invalid('spec', spec, `spec of '${name}' must equal the fixed value`)];
  }
  const { exempt: _free, ...rest } = spec ?? { type: '' };
  if (sameValue(rest, { type: FIXED_PRIORITY_LEVELS[name].type })) return [];
  return [invalid('spec', spec, `spec of '${name}' except the 'spec.exempt' field must equal the fixed value`)];
}

/** Every condition of a status has a type, and each type is there once. */
export function validateFlowConditions(conditions: readonly { readonly type?: string }[] | undefined): FieldError[] {
  const types = (conditions ?? []).map(({ type }) => type);
  return each(conditions, 'status.conditions', ({ type }, path, index) => [
    ...(types.indexOf(type) < index ? [duplicate(`${path}.type`, type)] : []),
    ...(type ? [] : [required(`${path}.type`, 'must not be empty')]),
  ]);
}
