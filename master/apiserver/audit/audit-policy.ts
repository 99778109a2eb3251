/**
 * The audit policy: which requests leave a line, at which stages, and how much it holds. The first rule that fits decides.
 *
 * Read once at start from the file the setting `auditPolicyFile` names (audit.k8s.io/v1 Policy, YAML or JSON); a mistake in it stops the server,
 * as in Kubernetes. Without a file there is no policy, and what is written down is said in `auditor.ts`.
 * https://kubernetes.io/docs/tasks/debug/debug-cluster/audit/#audit-policy
 */
import { readFileSync } from 'node:fs';
import type { User } from '../auth/user';
import type { RequestInfo } from '../request-info';
import type { Level, Stage } from './audit-event';

interface GroupResources {
  readonly group?: string;
  readonly resources?: readonly string[];
  readonly resourceNames?: readonly string[];
}

export interface PolicyRule {
  readonly level: Level;
  readonly users?: readonly string[];
  readonly userGroups?: readonly string[];
  readonly verbs?: readonly string[];
  readonly resources?: readonly GroupResources[];
  readonly namespaces?: readonly string[];
  readonly nonResourceURLs?: readonly string[];
  readonly omitStages?: readonly Stage[];
  readonly omitManagedFields?: boolean;
}

export interface AuditPolicy {
  readonly rules: readonly PolicyRule[];
  readonly omitStages?: readonly Stage[];
  readonly omitManagedFields?: boolean;
}

/** What is to be written down of one request. */
export interface AuditChoice {
  readonly level: Level;
  readonly omitStages: ReadonlySet<Stage>;
  readonly omitManagedFields: boolean;
}

const LEVELS: readonly string[] = ['None', 'Metadata', 'Request', 'RequestResponse'];
const STAGES: readonly string[] = ['RequestReceived', 'ResponseStarted', 'ResponseComplete', 'Panic'];
const NOTHING: AuditChoice = { level: 'None', omitStages: new Set(), omitManagedFields: false };

function matchesResource({ namespaces, resources }: PolicyRule, info: RequestInfo): boolean {
  if (!info.isResource) return false;
  if (namespaces?.length && !namespaces.includes(info.namespace)) return false;
  return !resources?.length || resources.some((some) => isAmong(some, info));
}

function isAmong({ group = '', resources = [], resourceNames = [] }: GroupResources, info: RequestInfo): boolean {
  if (group !== info.group) return false;
  if (resources.length === 0) return true;
  if (resourceNames.length > 0 && !resourceNames.includes(info.name)) return false;
  const { resource, subresource } = info;
  const whole = subresource ? `${resource}/${subresource}` : resource;
  return resources.some(
    (text) =>
      text === '*' || text === whole || text === `${resource}/*` || (subresource !== '' && text === `*/${subresource}`),
  );
}

const matchesPath = (pattern: string, path: string) =>
  pattern === path || (pattern.endsWith('*') && path.startsWith(pattern.slice(0, -1)));

function matches(rule: PolicyRule, info: RequestInfo, user: User): boolean {
  const { users, userGroups, verbs, namespaces, resources, nonResourceURLs } = rule;
  if (users?.length && !users.includes(user.name)) return false;
  if (userGroups?.length && !userGroups.some((group) => user.groups.includes(group))) return false;
  if (verbs?.length && !verbs.includes(info.verb)) return false;
  if (namespaces?.length || resources?.length) return matchesResource(rule, info);
  if (!nonResourceURLs?.length) return true;
  return !info.isResource && nonResourceURLs.some((pattern) => matchesPath(pattern, info.path));
}

/** What the policy says of a request; a request no rule fits leaves no line. */
export function chooseAudit(policy: AuditPolicy, info: RequestInfo, user: User): AuditChoice {
  const rule = policy.rules.find((candidate) => matches(candidate, info, user));
  if (!rule) return NOTHING;
  return {
    level: rule.level,
    omitStages: new Set([...(policy.omitStages ?? []), ...(rule.omitStages ?? [])]),
    omitManagedFields: rule.omitManagedFields ?? policy.omitManagedFields ?? false,
  };
}

function problemsOfRule(rule: PolicyRule, path: string): string[] {
  const { level, nonResourceURLs, resources, namespaces, omitStages = [] } = rule;
  const quoted = JSON.stringify;
  const problems: string[] = [];
  if (!LEVELS.includes(level)) problems.push(`${path}.level: ${quoted(level ?? '')} is none of ${LEVELS.join(', ')}`);
  if (nonResourceURLs?.length && (resources?.length || namespaces?.length)) {
    problems.push(`${path}.nonResourceURLs: rules cannot apply to both regular resources and non-resource URLs`);
  }
  for (const url of nonResourceURLs ?? []) {
    if (url !== '*' && !url.startsWith('/'))
      problems.push(`${path}.nonResourceURLs: ${quoted(url)} must begin with a '/'`);
    if (url.slice(0, -1).includes('*'))
      problems.push(`${path}.nonResourceURLs: ${quoted(url)} may have '*' only at its end`);
  }
  for (const stage of omitStages) {
    if (!STAGES.includes(stage)) problems.push(`${path}.omitStages: ${quoted(stage)} is none of ${STAGES.join(', ')}`);
  }
  for (const { resources: names, resourceNames } of resources ?? []) {
    if (resourceNames?.length && !names?.length) {
      problems.push(`${path}.resources.resourceNames: resourceNames needs resources beside it`);
    }
  }
  return problems;
}

/** A policy from its document. Throws an Error that names everything wrong with it. */
export function parsePolicy(document: unknown, name: string): AuditPolicy {
  const policy = (document ?? {}) as Partial<AuditPolicy> & { readonly apiVersion?: unknown; readonly kind?: unknown };
  const problems: string[] = [];
  if (policy.apiVersion !== 'audit.k8s.io/v1' || policy.kind !== 'Policy') {
    problems.push('expected apiVersion audit.k8s.io/v1 and kind Policy');
  }
  const rules = Array.isArray(policy.rules) ? (policy.rules as readonly PolicyRule[]) : [];
  if (rules.length === 0) problems.push('rules: at least one is needed');
  problems.push(...rules.flatMap((rule, index) => problemsOfRule(rule ?? {}, `rules[${index}]`)));
  for (const stage of policy.omitStages ?? []) {
    if (!STAGES.includes(stage)) problems.push(`omitStages: ${JSON.stringify(stage)} is none of ${STAGES.join(', ')}`);
  }
  if (problems.length > 0) throw new Error(`the audit policy ${name} cannot be used: ${problems.join('; ')}`);
  return { ...(policy as AuditPolicy), rules };
}

/** The policy in a file; undefined when no file is named. Throws when it cannot be read or used. */
export function readPolicy(file: string): AuditPolicy | undefined {
  if (!file) return undefined;
  const { parse } = require('yaml') as typeof import('yaml');
  return parsePolicy(parse(readFileSync(file, 'utf8')), file);
}
