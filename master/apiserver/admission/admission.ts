/**
 * Admission: the last word on a write. A chain of small plugins in Kubernetes' order, each of which may change the object of the
 * request or refuse it by throwing.
 *
 * Two passes: plugins that change things run before the object is validated, plugins that only judge run after it. Mutating
 * webhooks end the first pass; validating ones come before ResourceQuota, which books what nobody refused and is always last.
 * Which plugins care for a kind and operation is found out once, so a kind nobody cares for costs one look into a map.
 * https://kubernetes.io/docs/reference/access-authn-authz/admission-controllers/
 */
import type { Kind } from '../../../helper/api/kind';
import type { ApiRequest } from '../api-request';
import { certificateSubjectRestriction } from '../auth/certificates/signer-rights';
import { nodeRestriction } from '../auth/node/admit-node-write';
import { privilegeEscalation } from '../auth/rbac/admit-rbac';
import { expressionsCompile, validatingPolicies } from '../policies/plugins';
import { mutatingWebhooks, validatingWebhooks } from '../webhooks/plugins';
import { defaultIngressClass } from './default-ingress-class';
import { defaultStorageClass } from './default-storage-class';
import { defaultTolerationSeconds } from './default-toleration-seconds';
import { limitRanger } from './limit-ranger';
import { namespaceLifecycle } from './namespace-lifecycle';
import { persistentVolumeClaimResize } from './persistent-volume-claim-resize';
import { podCidrOverlap } from './pod-cidr-overlap';
import { podSecurity } from './pod-security/plugin';
import { priority } from './priority';
import { resourceQuota } from './quota/plugin';
import type { AdmissionPlugin, AdmissionReview, AdmissionStep, Operation } from './review';
import { runtimeClass } from './runtime-class';
import { serviceAccount } from './service-account';
import { storageObjectInUseProtection } from './storage-object-in-use-protection';
import { taintNodesByCondition } from './taint-nodes-by-condition';

const PLUGINS: readonly AdmissionPlugin[] = [
  nodeRestriction,
  namespaceLifecycle,
  limitRanger,
  serviceAccount,
  taintNodesByCondition,
  podCidrOverlap,
  podSecurity,
  priority,
  defaultTolerationSeconds,
  defaultStorageClass,
  storageObjectInUseProtection,
  persistentVolumeClaimResize,
  runtimeClass,
  defaultIngressClass,
  mutatingWebhooks,
  // After the webhooks: what they grant is granted by the one who asked.
  privilegeEscalation,
  certificateSubjectRestriction,
  expressionsCompile,
  validatingPolicies,
  validatingWebhooks,
  resourceQuota,
];

/** The pass before validation or the one after it. */
export type AdmissionPass = 'mutate' | 'validate';

type Chains = Partial<Record<`${Operation} ${AdmissionPass}`, readonly AdmissionStep[]>>;
const chains = new WeakMap<Kind, Chains>();

function chainOf(kind: Kind, operation: Operation, pass: AdmissionPass): readonly AdmissionStep[] {
  let ofKind = chains.get(kind);
  if (!ofKind) {
    ofKind = {};
    chains.set(kind, ofKind);
  }
  ofKind[`${operation} ${pass}`] ??= PLUGINS.filter((plugin) => plugin.handles(kind, operation)).flatMap(
    (plugin) => plugin[pass] ?? [],
  );
  return ofKind[`${operation} ${pass}`] ?? [];
}

function run(
  steps: readonly AdmissionStep[],
  from: number,
  request: ApiRequest,
  review: AdmissionReview,
): void | Promise<void> {
  for (let index = from; index < steps.length; index++) {
    const done = steps[index]?.(request, review);
    // Most plugins look at memory only; a promise for each would cost every write.
    if (done) return done.then(() => run(steps, index + 1, request, review));
  }
}

/** Runs one pass. Returns a promise only when a plugin has to wait for something. */
export function admit(request: ApiRequest, review: AdmissionReview, pass: AdmissionPass): void | Promise<void> {
  const steps = chainOf(request.kind, review.operation, pass);
  const done = run(steps, 0, request, review);
  return done && pass === 'mutate' ? done.then(() => lookAgain(steps, request, review)) : done;
}

/** What a webhook changed is looked at by all plugins once more, and by the webhooks that want to be asked again. */
function lookAgain(
  steps: readonly AdmissionStep[],
  request: ApiRequest,
  review: AdmissionReview,
): void | Promise<void> {
  return review.reinvocation ? run(steps, 0, request, review) : undefined;
}
