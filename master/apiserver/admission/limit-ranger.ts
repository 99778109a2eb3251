/**
 * LimitRanger: applies the limit ranges of a namespace to its new pods, and to its claims.
 *
 * The rules are the kind's (`helper/api/core/limit-range-rules.ts`); here is when they run. Resources of a pod cannot change
 * later, so an update is not looked at; the size of a claim can.
 * https://kubernetes.io/docs/reference/access-authn-authz/admission-controllers/#limitranger
 */
import { type LimitRange, limitRangeResource } from '../../../helper/api/core/limit-range';
import {
  applyLimitDefaults,
  claimLimitViolations,
  podLimitViolations,
} from '../../../helper/api/core/limit-range-rules';
import type { PersistentVolumeClaim } from '../../../helper/api/core/persistent-volume-claim';
import type { Pod } from '../../../helper/api/core/pod';
import { forbiddenError } from '../../../helper/api/status-error';
import type { ApiRequest } from '../api-request';
import type { CachedObject } from '../watch/cached-object';
import { type AdmissionPlugin, isOneOf } from './review';

const rangesIn = ({ registry }: ApiRequest, namespace = ''): readonly CachedObject[] =>
  registry.cacheOf(limitRangeResource).table.list(namespace);

export const limitRanger: AdmissionPlugin = {
  name: 'LimitRanger',
  handles: (kind, operation) =>
    (operation === 'create' && isOneOf(kind, ['Pod'])) ||
    (operation !== 'delete' && isOneOf(kind, ['PersistentVolumeClaim'])),
  mutate(request, { object }) {
    if (request.kind.kind !== 'Pod') return;
    for (const range of rangesIn(request, object.metadata.namespace)) {
      applyLimitDefaults(object as Pod, range.object as LimitRange);
    }
  },
  validate(request, { object, old }) {
    if (old?.metadata.deletionTimestamp) return;
    const violations = request.kind.kind === 'Pod' ? podLimitViolations : claimLimitViolations;
    for (const range of rangesIn(request, object.metadata.namespace)) {
      const problems = violations(object as Pod & PersistentVolumeClaim, range.object as LimitRange);
      if (!problems.length) continue;
      const reason = problems.length === 1 ? problems[0] : `[${problems.join(', ')}]`;
      throw forbiddenError(request.kind, object.metadata.name, reason ?? '');
    }
  },
};
