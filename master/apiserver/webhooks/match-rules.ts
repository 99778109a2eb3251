/**
 * Does a rule mean this request? Rules name operations, groups, versions, resources and their subresources, and a scope.
 *
 * `pods` means pods alone, `pods/*` all their subresources, `*` all resources, a star before the slash any resource.
 * https://kubernetes.io/docs/reference/access-authn-authz/extensible-admission-controllers/#matching-requests-rules
 */
import type { RequestRule } from '../../../helper/api/admissionregistration/match-rules';
import type { Attributes, ObjectResource } from './attributes';

const includes = (values: readonly string[] | undefined, value: string): boolean =>
  values !== undefined && (values.includes('*') || values.includes(value));

function meansResource(pattern: string, resource: string, subresource: string): boolean {
  const slash = pattern.indexOf('/');
  const [wanted, wantedSub] = slash < 0 ? [pattern, ''] : [pattern.slice(0, slash), pattern.slice(slash + 1)];
  return (wanted === '*' || wanted === resource) && (wantedSub === '*' || wantedSub === subresource);
}

function meansScope(scope: string | undefined, { namespace, resource }: Attributes): boolean {
  if (scope === undefined || scope === '*') return true;
  const isNamespaced = namespace !== '' && !(resource.group === '' && resource.resource === 'namespaces');
  return (scope === 'Namespaced') === isNamespaced;
}

/** True when one of the rules means the request, seen as a request of `resource` (its own, or the same in another version). */
export function matchesRules(
  rules: readonly RequestRule[] | undefined,
  attributes: Attributes,
  { group, version, resource }: ObjectResource,
): boolean {
  return (rules ?? []).some(
    (rule) =>
      includes(rule.operations, attributes.operation) &&
      includes(rule.apiGroups, group) &&
      includes(rule.apiVersions, version) &&
      (rule.resources ?? []).some((pattern) => meansResource(pattern, resource, attributes.subresource)) &&
      (!rule.resourceNames?.length || rule.resourceNames.includes(attributes.name)) &&
      meansScope(rule.scope, attributes),
  );
}
