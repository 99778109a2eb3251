/**
 * Admission of what is no whole object: the body of a subresource (a Scale, a Binding, an Eviction), a status, a connection.
 *
 * The built-in plugins look at whole objects only; webhooks and policies may ask for subresources by name (`pods/exec`). Without any of
 * them this costs a look at empty lists.
 * https://kubernetes.io/docs/reference/access-authn-authz/extensible-admission-controllers/#matching-requests-rules
 */
import type { InterceptedRequest, InterceptedReview, ObjectKind } from '../webhooks/attributes';

/** Lets mutating webhooks change the body, in place. */
export function changeBody(
  request: InterceptedRequest,
  review: InterceptedReview,
  bodyKind?: ObjectKind,
): void | Promise<void> {
  if (request.services.webhooks.mutating().length === 0) return;
  return import('../webhooks/mutating').then(async ({ askMutating }) => {
    await askMutating(request, review, bodyKind);
  });
}

/** Lets policies and webhooks refuse the body. */
export function judgeBody(
  request: InterceptedRequest,
  review: InterceptedReview,
  bodyKind?: ObjectKind,
): void | Promise<void> {
  const { webhooks, policies } = request.services;
  const isJudged = policies.inForce().length > 0;
  if (webhooks.validating().length === 0 && !isJudged) return;
  return (async () => {
    if (isJudged) await (await import('../policies/judge-policies')).judgePolicies(request, review, bodyKind);
    await (await import('../webhooks/validating')).askValidating(request, review, bodyKind);
  })();
}

/** Both, for bodies that are not stored. */
export async function admitBody(
  request: InterceptedRequest,
  review: InterceptedReview,
  bodyKind?: ObjectKind,
): Promise<void> {
  await changeBody(request, review, bodyKind);
  await judgeBody(request, review, bodyKind);
}
