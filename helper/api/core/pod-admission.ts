/**
 * What admission adds to every new pod, beyond defaults: kept apart because templates and stored pods do not get it.
 *
 * Called by the api-server's admission between defaults and validation.
 * https://kubernetes.io/docs/reference/access-authn-authz/admission-controllers/
 */
import type { Pod } from './pod-object';

const NODE_TROUBLE_TAINTS = ['node.kubernetes.io/not-ready', 'node.kubernetes.io/unreachable'];

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
