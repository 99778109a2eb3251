/**
 * Rules of what Roles and ClusterRoles consist of: verbs on resources, or on paths that are none.
 * https://kubernetes.io/docs/reference/access-authn-authz/rbac/
 */
import type { PolicyRule } from 'kubernetes-types/rbac/v1';
import { type FieldError, invalid, required } from '../field-error';
import { each } from '../field-rules';

function validateRule(rule: PolicyRule, namespaced: boolean, path: string): FieldError[] {
  const { verbs = [], apiGroups = [], resources = [], resourceNames = [], nonResourceURLs = [] } = rule;
  const errors = verbs.length ? [] : [required(`${path}.verbs`, 'verbs must contain at least one value')];
  if (nonResourceURLs.length) {
    const field = `${path}.nonResourceURLs`;
    if (namespaced) {
      errors.push(invalid(field, nonResourceURLs, 'namespaced rules cannot apply to non-resource URLs'));
    }
    if (apiGroups.length || resources.length || resourceNames.length) {
      const message = 'rules cannot apply to both regular resources and non-resource URLs';
      errors.push(invalid(field, nonResourceURLs, message));
    }
    return errors;
  }
  if (!apiGroups.length) {
    errors.push(required(`${path}.apiGroups`, 'resource rules must supply at least one api group'));
  }
  if (!resources.length) errors.push(required(`${path}.resources`, 'resource rules must supply at least one resource'));
  return errors;
}

/** All that is wrong with the rules of a role. */
export function validatePolicyRules(
  rules: readonly PolicyRule[] | undefined,
  { namespaced }: { namespaced: boolean },
): FieldError[] {
  return each(rules, 'rules', (rule, path) => validateRule(rule, namespaced, path));
}
