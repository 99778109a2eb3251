/**
 * `describe` of the objects that bound others: ResourceQuota, LimitRange, PodDisruptionBudget, PriorityClass.
 * https://kubernetes.io/docs/concepts/policy/
 */
import type { LimitRange } from '../../../helper/api/core/limit-range';
import type { ResourceQuota } from '../../../helper/api/core/resource-quota';
import type { PodDisruptionBudget } from '../../../helper/api/policy/pod-disruption-budget';
import type { PriorityClass } from '../../../helper/api/scheduling/priority-class';
import { inOneLine, selectorText } from './describe-head';
import type { DescribeText } from './describe-text';

/** What a scope means, for those who see one the first time. */
const SCOPE_HELP: Readonly<Record<string, string>> = {
  Terminating:
    'Matches all pods that have an active deadline. These pods have a limited lifespan on a node before being actively terminated by the system.',
  NotTerminating:
    'Matches all pods that do not have an active deadline. These pods usually include long running pods whose container command is not expected to terminate.',
  BestEffort:
    'Matches all pods that do not have resource requirements set. These pods have a best effort quality of service.',
  NotBestEffort:
    'Matches all pods that have at least one resource requirement set. These pods have a burstable or guaranteed quality of service.',
};

/** Scopes with their help; nothing without scopes. */
function describeScopes(text: DescribeText, quota: ResourceQuota, level: number): void {
  const scopes = [...(quota.spec?.scopes ?? [])].sort();
  if (scopes.length === 0) return;
  text.line(level, 'Scopes:', scopes.join(', '));
  for (const scope of scopes) if (SCOPE_HELP[scope]) text.line(0, `${level ? '  ' : ' '}* ${SCOPE_HELP[scope]}`);
}

function amountsOf({ status }: ResourceQuota): string[][] {
  return Object.entries(status?.hard ?? {})
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, hard]) => [name, String(status?.used?.[name] ?? '0'), String(hard)]);
}

export function describeQuota(text: DescribeText, quota: ResourceQuota): void {
  text.line(0, 'Name:', quota.metadata.name).line(0, 'Namespace:', quota.metadata.namespace ?? '');
  describeScopes(text, quota, 0);
  text.table(0, ['Resource', 'Used', 'Hard'], amountsOf(quota));
}

/** The quotas of a namespace, as its description shows them. */
export function describeQuotas(text: DescribeText, quotas: readonly ResourceQuota[]): void {
  text.line(0, 'Resource Quotas');
  for (const quota of quotas) {
    text.line(1, 'Name:', quota.metadata.name);
    describeScopes(text, quota, 1);
    text.line(1, 'Resource', 'Used', 'Hard').line(1, '--------', '---', '---');
    for (const row of amountsOf(quota)) text.line(1, ...row);
  }
}

const LIMIT_COLUMNS = ['Type', 'Resource', 'Min', 'Max', 'Default Request', 'Default Limit', 'Max Limit/Request Ratio'];

/** The table of a LimitRange, each line behind `indent`. */
export function describeLimits(text: DescribeText, ranges: readonly LimitRange[], indent: string): void {
  const line = (cells: readonly string[]) =>
    text.line(0, ...cells.map((cell, index) => (index ? cell : indent + cell)));
  line(LIMIT_COLUMNS);
  line(LIMIT_COLUMNS.map((name) => '-'.repeat(name.length)));
  for (const { spec } of ranges)
    for (const { type, min, max, default: limit, defaultRequest, maxLimitRequestRatio } of spec?.limits ?? []) {
      const all = [min, max, defaultRequest, limit, maxLimitRequestRatio];
      const names = new Set(all.flatMap((amounts) => Object.keys(amounts ?? {})));
      for (const name of [...names].sort()) line([type, name, ...all.map((amounts) => String(amounts?.[name] ?? '-'))]);
    }
}

export function describeLimitRange(text: DescribeText, range: LimitRange): void {
  text.line(0, 'Name:', range.metadata.name).line(0, 'Namespace:', range.metadata.namespace ?? '');
  describeLimits(text, [range], '');
}

export function describeDisruptionBudget(text: DescribeText, budget: PodDisruptionBudget): void {
  const { metadata, spec, status } = budget;
  text.line(0, 'Name:', metadata.name).line(0, 'Namespace:', metadata.namespace ?? '');
  if (spec?.minAvailable !== undefined) text.line(0, 'Min available:', String(spec.minAvailable));
  else if (spec?.maxUnavailable !== undefined) text.line(0, 'Max unavailable:', String(spec.maxUnavailable));
  text.line(0, 'Selector:', spec?.selector ? selectorText(spec.selector) : '<unset>').line(0, 'Status:');
  text.line(2, 'Allowed disruptions:', status?.disruptionsAllowed ?? 0);
  text.line(2, 'Current:', status?.currentHealthy ?? 0).line(2, 'Desired:', status?.desiredHealthy ?? 0);
  text.line(2, 'Total:', status?.expectedPods ?? 0);
}

export function describePriorityClass(text: DescribeText, priorityClass: PriorityClass): void {
  const { metadata, value, globalDefault = false, preemptionPolicy, description = '' } = priorityClass;
  text.line(0, 'Name:', metadata.name).line(0, 'Value:', value).line(0, 'GlobalDefault:', globalDefault);
  text.line(0, 'PreemptionPolicy:', preemptionPolicy ?? '').line(0, 'Description:', description);
  text.verbatim('Annotations', inOneLine(metadata.annotations));
}
