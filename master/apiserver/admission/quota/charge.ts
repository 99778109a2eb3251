/**
 * What a write is charged to a quota, and when it is refused: pure, with Kubernetes' sentences.
 * https://kubernetes.io/docs/concepts/policy/resource-quotas/
 */
import type { Container } from 'kubernetes-types/core/v1';
import type { Pod } from '../../../../helper/api/core/pod';
import type { Amounts } from '../../../../helper/api/core/pod-amounts';
import {
  addAmounts,
  computeUsage,
  isInScopes,
  only,
  usageOf,
  usesResource,
} from '../../../../helper/api/core/quota-usage';
import type { ResourceQuota } from '../../../../helper/api/core/resource-quota';
import type { KubeObject } from '../../../../helper/api/meta';
import { compareQuantities, parseQuantity, subtractQuantities } from '../../../../helper/api/quantity';
import type { Resource } from '../../../../helper/api/resource';

type Type = Pick<Resource, 'group' | 'plural'>;

/** Where a quota limits one of these, every container has to say how much it wants. */
const MUST_BE_NAMED: readonly string[] = [
  'cpu',
  'memory',
  'requests.cpu',
  'requests.memory',
  'limits.cpu',
  'limits.memory',
];

const isPositive = (amount: string | number | undefined) => amount !== undefined && parseQuantity(amount) > 0n;

/** What the write uses more than before; empty when nothing. */
export function chargeOf(type: Type, object: KubeObject, old: KubeObject | undefined, now: Date): Amounts {
  const usage = usageOf(type, object, now);
  const before = old ? usageOf(type, old, now) : {};
  const more = Object.entries(usage).map(([name, amount]) => {
    const present = before[name];
    return [name, present === undefined ? amount : subtractQuantities(amount, present)] as const;
  });
  return Object.fromEntries(more.filter(([, amount]) => isPositive(amount)));
}

/** Resources of the quota this type of object can use, by what the quota's status says; none when its scopes are about others. */
export function limitedResources({ spec, status }: ResourceQuota, type: Type, object: KubeObject): string[] {
  const names = Object.keys(status?.hard ?? {}).filter((name) => usesResource(type, name));
  return names.length && isInScopes(spec, type, object) ? names : [];
}

function missingIn(container: Container, required: readonly string[]): string[] {
  const named = computeUsage(container.resources?.requests ?? {}, container.resources?.limits ?? {});
  return required.filter((name) => named[name] === undefined);
}

/** Which containers lack which amounts that the quota limits; undefined when none does. */
export function missingAmounts({ spec }: Pod, limited: readonly string[]): string | undefined {
  const required = limited.filter((name) => MUST_BE_NAMED.includes(name)).sort();
  const containers = [...(spec?.containers ?? []), ...(spec?.initContainers ?? [])];
  const texts = required.flatMap((resource) => {
    const names = containers.filter((container) => missingIn(container, [resource]).length).map(({ name }) => name);
    return names.length ? [`${resource} for: ${[...new Set(names)].sort().join(',')}`] : [];
  });
  return texts.length ? `must specify ${texts.join('; ')}` : undefined;
}

/** `cpu=1,pods=2` */
function printed(amounts: Amounts): string {
  const entries = Object.entries(amounts).sort(([left], [right]) => (left < right ? -1 : 1));
  return entries.map(([name, amount]) => `${name}=${amount}`).join(',');
}

/** Why the charge does not fit; undefined when it does. */
export function excessOf({ metadata, status }: ResourceQuota, charge: Amounts): string | undefined {
  const { hard = {}, used = {} } = status ?? {};
  const wanted = only(charge, Object.keys(hard));
  const after = addAmounts(used, wanted);
  const exceeded = Object.keys(wanted).filter((name) => compareQuantities(after[name] ?? '0', hard[name] ?? '0') > 0);
  if (!exceeded.length) return undefined;
  const [requested, present, limited] = [wanted, used, hard].map((amounts) => printed(only(amounts, exceeded)));
  return `exceeded quota: ${metadata.name}, requested: ${requested}, used: ${present}, limited: ${limited}`;
}

/** The quota with the charge added to what is used. */
export function withCharge(quota: ResourceQuota, charge: Amounts): ResourceQuota {
  const { hard = {}, used = {} } = quota.status ?? {};
  const after = addAmounts(used, only(charge, Object.keys(hard))) as Record<string, string>;
  return { ...quota, status: { ...quota.status, used: after } };
}

/** The quota with the charge taken back; never below zero, since somebody may have counted anew in between. */
export function withoutCharge(quota: ResourceQuota, charge: Amounts): ResourceQuota {
  const used: Record<string, string> = { ...(quota.status?.used as Record<string, string> | undefined) };
  for (const [name, amount] of Object.entries(charge)) {
    const present = used[name];
    if (present === undefined) continue;
    used[name] = compareQuantities(present, amount) > 0 ? subtractQuantities(present, amount) : '0';
  }
  return { ...quota, status: { ...quota.status, used } };
}
