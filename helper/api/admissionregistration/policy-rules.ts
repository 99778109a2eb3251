/**
 * What admission policies and their bindings share: which objects they are about.
 * https://kubernetes.io/docs/reference/access-authn-authz/validating-admission-policy/
 */
import type { MatchResources } from 'kubernetes-types/admissionregistration/v1';
import type { FieldError } from '../field-error';
import { each, oneOf } from '../field-rules';
import { defaultRules, MATCH_POLICIES, type RequestRule, validateRule, validateSelectors } from './match-rules';

/** Fills what users leave out. */
export function defaultMatchResources(match: MatchResources | undefined): void {
  if (!match) return;
  match.matchPolicy ??= 'Equivalent';
  match.namespaceSelector ??= {};
  match.objectSelector ??= {};
  defaultRules(match.resourceRules as RequestRule[] | undefined);
  defaultRules(match.excludeResourceRules as RequestRule[] | undefined);
}

/** All that is wrong with it. */
export function validateMatchResources(match: MatchResources, path: string): FieldError[] {
  return [
    ...oneOf(match.matchPolicy, MATCH_POLICIES, `${path}.matchPolicy`),
    ...validateSelectors(match, path),
    ...each(match.resourceRules as RequestRule[] | undefined, `${path}.resourceRules`, validateRule),
    ...each(match.excludeResourceRules as RequestRule[] | undefined, `${path}.excludeResourceRules`, validateRule),
  ];
}
