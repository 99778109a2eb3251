/**
 * ValidatingAdmissionWebhook: asks all webhooks at once; what they see is what will be stored. The first in order that refuses is heard.
 * https://kubernetes.io/docs/reference/access-authn-authz/admission-controllers/#validatingadmissionwebhook
 */
import { askWebhook, shownTo } from './ask-webhook';
import { attributesOf, type InterceptedRequest, type InterceptedReview, type ObjectKind } from './attributes';

/** Throws what a webhook refuses with. */
export async function askValidating(
  request: InterceptedRequest,
  review: InterceptedReview,
  bodyKind?: ObjectKind,
): Promise<void> {
  const attributes = attributesOf(request, review, bodyKind);
  const answers = await Promise.allSettled(
    request.services.webhooks.validating().map(async (webhook) => {
      const shown = await shownTo(webhook, request, attributes);
      if (shown) await askWebhook(webhook, request, attributes, shown, false);
    }),
  );
  for (const answer of answers) if (answer.status === 'rejected') throw answer.reason;
}
