/**
 * ResourceQuota: refuses what would use more than its namespace may, and books what is admitted. The last plugin of all.
 *
 * A namespace without quotas costs one look into a map. What is charged and why it is refused is in `charge.ts`, how it is
 * booked so that it never oversteps in `quota-book.ts`; what is freed is counted by the resource quota controller.
 * https://kubernetes.io/docs/reference/access-authn-authz/admission-controllers/#resourcequota
 */
import type { Pod } from '../../../../helper/api/core/pod';
import type { Amounts } from '../../../../helper/api/core/pod-amounts';
import { type ResourceQuota, resourceQuotaResource } from '../../../../helper/api/core/resource-quota';
import type { Kind } from '../../../../helper/api/kind';
import { forbiddenError } from '../../../../helper/api/status-error';
import type { ApiRequest } from '../../api-request';
import type { CachedObject } from '../../watch/cached-object';
import { type AdmissionPlugin, type AdmissionReview, isOneOf, type Operation } from '../review';
import { chargeOf, excessOf, limitedResources, missingAmounts } from './charge';

/** Services and claims can grow; the others are only charged when they are made. */
const GROWING = ['Service', 'PersistentVolumeClaim'];
const FREE = ['Event', 'Event.events.k8s.io'];

function handles(kind: Kind, operation: Operation): boolean {
  if (!kind.namespaced || isOneOf(kind, FREE)) return false;
  return operation === 'create' || (operation === 'update' && isOneOf(kind, GROWING));
}

/** The quotas this object is charged to. Throws Forbidden when one of them asks for more than the object says. */
function quotasFor(request: ApiRequest, { object }: AdmissionReview, quotas: readonly CachedObject[]): ResourceQuota[] {
  const { kind } = request;
  const refuse = (reason: string) => forbiddenError(kind, object.metadata.name, reason);
  return quotas.flatMap((cached) => {
    const quota = cached.object as ResourceQuota;
    const limited = limitedResources(quota, kind, object);
    if (!limited.length) return [];
    const { name } = quota.metadata;
    const missing = kind.kind === 'Pod' ? missingAmounts(object as Pod, limited) : undefined;
    if (missing) throw refuse(`failed quota: ${name}: ${missing}`);
    const uncounted = limited.some((resource) => quota.status?.used?.[resource] === undefined);
    if (uncounted) throw refuse(`status unknown for quota: ${name}, resources: ${limited.sort().join(',')}`);
    return [quota];
  });
}

async function charge(
  request: ApiRequest,
  review: AdmissionReview,
  quotas: readonly ResourceQuota[],
  amounts: Amounts,
) {
  const { kind, services } = request;
  const { name, namespace = '' } = review.object.metadata;
  const check = (quota: ResourceQuota) => {
    const excess = excessOf(quota, amounts);
    if (excess) throw forbiddenError(kind, name, excess);
  };
  // Most refusals need no write that would have to be taken back.
  quotas.forEach(check);
  if (review.dryRun) return;
  const booked: string[] = [];
  const settle = async (isStored: boolean) => {
    for (const quota of booked) await services.quotas.settle(namespace, quota, amounts, isStored);
  };
  try {
    for (const quota of quotas) {
      await services.quotas.book(namespace, quota.metadata.name, amounts, check);
      booked.push(quota.metadata.name);
    }
  } catch (error) {
    await settle(false);
    throw error;
  }
  review.settle = settle;
}

export const resourceQuota: AdmissionPlugin = {
  name: 'ResourceQuota',
  handles,
  validate(request, review) {
    const { object, old } = review;
    const present = request.registry.cacheOf(resourceQuotaResource).table.list(object.metadata.namespace ?? '');
    if (!present.length) return;
    const quotas = quotasFor(request, review, present);
    if (!quotas.length) return;
    const amounts = chargeOf(request.kind, object, old, new Date());
    if (Object.keys(amounts).length) return charge(request, review, quotas, amounts);
  },
};
