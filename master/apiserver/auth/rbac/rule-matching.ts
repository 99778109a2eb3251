/**
 * Whether one rule of a role allows an access: the smallest question of RBAC. Rules only ever add; there is no rule that forbids.
 *
 * A rule names verbs, API groups, resources (`pods`, `pods/log`, a star before `/scale`) and perhaps object names, or it names paths
 * that are no resources. `*` stands for all. A rule with object names never matches a request without a name: nobody can list "only x".
 * https://kubernetes.io/docs/reference/access-authn-authz/rbac/#referring-to-resources
 */
import type { PolicyRule } from 'kubernetes-types/rbac/v1';
import type { Access } from '../access';

export const ALL = '*';
const NONE: readonly string[] = [];

const includesOrAll = (list: readonly string[], value: string) => list.includes(value) || list.includes(ALL);

function resourceMatches(listed: readonly string[], { resource, subresource }: Access): boolean {
  const wanted = subresource ? `${resource}/${subresource}` : resource;
  // `*/scale` is that subresource of every resource; `*` alone covers subresources too.
  return includesOrAll(listed, wanted) || (subresource !== '' && listed.includes(`*/${subresource}`));
}

/** `*` only counts at the end: `/healthz/*`. */
export function urlMatches(listed: string, path: string): boolean {
  return listed === ALL || listed === path || (listed.endsWith(ALL) && path.startsWith(listed.replace(/\*+$/, '')));
}

/** True when the rule allows the access. */
export function ruleAllows(rule: PolicyRule, access: Access): boolean {
  if (!includesOrAll(rule.verbs ?? NONE, access.verb)) return false;
  if (!access.isResource) return (rule.nonResourceURLs ?? NONE).some((url) => urlMatches(url, access.path));
  return (
    includesOrAll(rule.apiGroups ?? NONE, access.group) &&
    resourceMatches(rule.resources ?? NONE, access) &&
    (!rule.resourceNames?.length || rule.resourceNames.includes(access.name))
  );
}
