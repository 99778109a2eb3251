/**
 * What the status of a quota should say: pure.
 * https://kubernetes.io/docs/concepts/policy/resource-quotas/
 */
import type { Amounts } from '../../../helper/api/core/pod-amounts';
import { addAmounts, isInScopes, only, usageOf } from '../../../helper/api/core/quota-usage';
import type { ResourceQuota } from '../../../helper/api/core/resource-quota';
import type { KubeObject } from '../../../helper/api/meta';
import { compareQuantities } from '../../../helper/api/quantity';
import type { Resource } from '../../../helper/api/resource';

/** Objects of one kind, or only how many there are. */
export type Found =
  | { readonly type: Resource; readonly objects: readonly KubeObject[] }
  | { readonly type: Resource; readonly count: number };

const NO_OBJECT: KubeObject = { apiVersion: '', kind: '', metadata: { name: '' } };

/** What they use together, in the scopes of the quota. */
function useOf({ spec }: ResourceQuota, found: Found, now: Date): Amounts {
  if ('objects' in found) {
    const { type, objects } = found;
    const counted = objects.filter((object) => isInScopes(spec, type, object));
    return counted.map((object) => usageOf(type, object, now)).reduce(addAmounts, {});
  }
  const names = isInScopes(spec, found.type, NO_OBJECT) ? Object.keys(usageOf(found.type, NO_OBJECT, now)) : [];
  return Object.fromEntries(names.map((name) => [name, String(found.count)]));
}

function isSame(left: Amounts, right: Amounts): boolean {
  const names = Object.keys(left);
  return (
    names.length === Object.keys(right).length &&
    names.every((name) => right[name] !== undefined && compareQuantities(left[name] ?? '0', right[name] ?? '0') === 0)
  );
}

/** Does the status speak of the limits there are? Admission judges by the status, so it has to, soon. */
export function isCurrent({ spec, status }: ResourceQuota): boolean {
  return status?.hard !== undefined && isSame(spec?.hard ?? {}, status.hard);
}

/** The quota with the status it should have; undefined when it has it. A limited resource nobody uses is 0. */
export function reconcileQuota(quota: ResourceQuota, found: readonly Found[], now: Date): ResourceQuota | undefined {
  const hard = quota.spec?.hard ?? {};
  const names = Object.keys(hard);
  const nothing: Amounts = Object.fromEntries(names.map((name) => [name, '0']));
  const total = found.map((each) => useOf(quota, each, now)).reduce(addAmounts, {});
  const used = { ...nothing, ...only(total, names) };
  if (isCurrent(quota) && isSame(used, quota.status?.used ?? {})) return undefined;
  return { ...quota, status: { hard: { ...hard }, used: used as Record<string, string> } };
}
