/**
 * Policies in the admission chain: they judge what the mutating webhooks left, before the validating ones are asked. And whoever writes
 * an expression into a policy or a match condition is told at once when it is none.
 * https://kubernetes.io/docs/reference/access-authn-authz/admission-controllers/#validatingadmissionpolicy
 */
import type { AdmissionPlugin } from '../admission/review';
import { hasBodyOfItsOwn, isInterceptable } from '../webhooks/plugins';

export const validatingPolicies: AdmissionPlugin = {
  name: 'ValidatingAdmissionPolicy',
  handles: isInterceptable,
  validate(request, review) {
    if (request.services.policies.inForce().length === 0 || hasBodyOfItsOwn(request)) return;
    return import('./judge-policies').then(({ judgePolicies }) => judgePolicies(request, review));
  },
};

export const expressionsCompile: AdmissionPlugin = {
  name: 'ExpressionsCompile',
  handles: ({ group }, operation) => group === 'admissionregistration.k8s.io' && operation !== 'delete',
  validate({ kind }, { object }) {
    return import('./check-expressions').then(({ checkExpressions }) => checkExpressions(kind, object));
  },
};
