/**
 * What admission adds to every new pod, beyond defaults: kept apart because templates and stored pods do not get it.
 *
 * Called by the api-server's admission between defaults and validation.
 * https://kubernetes.io/docs/reference/access-authn-authz/admission-controllers/
 */
import { type FieldError, forbidden } from '../field-error';
import type { Pod } from './pod-object';

const NODE_TROUBLE_TAINTS = ['node.kubernetes.io/not-ready', 'node.kubernetes.io/unreachable'];
/** Classes that exist in every cluster, with their priorities. */
const SYSTEM_PRIORITIES: Readonly<Record<string, number>> = {
  'system-cluster-critical': 2_000_000_000,
  'system-node-critical': 2_000_001_000,
};

/**
 * Lets the pod stay `seconds` on a node that is not ready or unreachable, unless it says otherwise (admission plugin
 * DefaultTolerationSeconds; Kubernetes' default is 300). Idempotent.
 */
export function addDefaultTolerations(pod: Pod, seconds: number): void {
  if (!pod.spec) return;
  const tolerations = pod.spec.tolerations ?? [];
  const missing = NODE_TROUBLE_TAINTS.filter(
    (taint) => !tolerations.some(({ key, effect }) => (!key || key === taint) && (!effect || effect === 'NoExecute')),
  );
  if (!missing.length) return;
  const added = missing.map((key) => ({
    key,
    operator: 'Exists',
    effect: 'NoExecute',
    tolerationSeconds: seconds,
  }));
  pod.spec.tolerations = [...tolerations, ...added];
}

/**
 * Resolves the priority class (admission plugin Priority): no class is priority 0. Idempotent; returns the error for an
 * unknown class. Kubernetes also has PriorityClass objects; left out because that kind is not served yet.
 */
export function resolvePriority(pod: Pod): FieldError[] {
  if (!pod.spec) return [];
  const name = pod.spec.priorityClassName ?? '';
  if (name && !Object.hasOwn(SYSTEM_PRIORITIES, name)) {
    return [forbidden('spec.priorityClassName', `no PriorityClass with name ${name} was found`)];
  }
  pod.spec.priority = SYSTEM_PRIORITIES[name] ?? 0;
  pod.spec.preemptionPolicy ??= 'PreemptLowerPriority';
  return [];
}
