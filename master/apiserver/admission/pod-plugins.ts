/**
 * What every new pod gets beyond its defaults: tolerations for nodes in trouble, and its priority.
 *
 * The rules are the kind's (`helper/api/core/pod-admission.ts`); here is when they run.
 * https://kubernetes.io/docs/reference/access-authn-authz/admission-controllers/#defaulttolerationseconds
 */
import type { Pod } from '../../../helper/api/core/pod';
import { addDefaultTolerations, resolvePriority } from '../../../helper/api/core/pod-admission';
import { StatusError } from '../../../helper/api/status-error';
import type { ApiRequest } from '../api-request';
import type { AdmissionReview } from './review';

export function admitPod({ kind, registry }: ApiRequest, { operation, object }: AdmissionReview): void {
  if (kind.kind !== 'Pod' || operation !== 'create') return;
  const pod = object as Pod;
  addDefaultTolerations(pod, registry.settings.podEvictionSeconds);
  const [problem] = resolvePriority(pod);
  if (!problem) return;
  const { name } = pod.metadata;
  const reason = problem.message.replace(/^Forbidden: /, '');
  throw new StatusError('Forbidden', `pods ${JSON.stringify(name)} is forbidden: ${reason}`, { name, kind: 'pods' });
}
