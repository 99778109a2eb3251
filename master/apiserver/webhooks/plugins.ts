/**
 * Webhooks in the admission chain: the last that change an object, and the last but quota that judge it.
 *
 * Configurations of webhooks and admission policies are never judged by webhooks: a broken one could not be removed any more.
 * Subresources bring their own bodies and call `admission/subresource.ts`.
 * https://kubernetes.io/docs/reference/access-authn-authz/extensible-admission-controllers/
 */
import type { Kind } from '../../../helper/api/kind';
import type { AdmissionPlugin } from '../admission/review';
import type { ApiRequest } from '../api-request';

/** True for kinds webhooks and policies have a say in. */
export const isInterceptable = ({ group, stored }: Pick<Kind, 'group' | 'stored'>): boolean =>
  group !== 'admissionregistration.k8s.io' && stored !== false;

/** What these do to the object follows from a body that was judged already. */
const BODIES_OF_THEIR_OWN: ReadonlySet<string> = new Set(['scale', 'eviction']);

/** True for what is asked about by `admission/subresource.ts` instead. */
export const hasBodyOfItsOwn = ({ info }: ApiRequest): boolean => BODIES_OF_THEIR_OWN.has(info.subresource);

export const mutatingWebhooks: AdmissionPlugin = {
  name: 'MutatingAdmissionWebhook',
  handles: isInterceptable,
  mutate(request, review) {
    if (request.services.webhooks.mutating().length === 0 || hasBodyOfItsOwn(request)) return;
    return import('./mutating').then(async ({ askAgain, askMutating }) => {
      if (review.reinvocation) return askAgain(request, review, review.reinvocation);
      const reinvocation = await askMutating(request, review);
      if (reinvocation) review.reinvocation = reinvocation;
    });
  },
};

export const validatingWebhooks: AdmissionPlugin = {
  name: 'ValidatingAdmissionWebhook',
  handles: isInterceptable,
  validate(request, review) {
    if (request.services.webhooks.validating().length === 0 || hasBodyOfItsOwn(request)) return;
    return import('./validating').then(({ askValidating }) => askValidating(request, review));
  },
};
