/**
 * MutatingAdmissionWebhook: asks webhooks one after the other, each seeing what those before it made of the object.
 *
 * A change is a JSON patch; afterwards the object is checked and filled with defaults as if a client had sent it so. When one changed
 * the object, those before it with reinvocationPolicy IfNeeded are asked once more, after the built-in plugins have looked again.
 * https://kubernetes.io/docs/reference/access-authn-authz/extensible-admission-controllers/#reinvocation-policy
 */

import type { KubeObject } from '../../../helper/api/meta';
import { apiVersionOf } from '../../../helper/api/resource';
import { InexactNumber, requireExactNumbers } from '../../../helper/api/schema/exact-numbers';
import { internalError } from '../../../helper/api/status-error';
import { applyJsonPatch } from '../../../helper/patch/apply-json-patch';
import type { JsonObject } from '../../../helper/patch/json-object';
import { annotate } from '../request-trace';
import { bodyTypeOf, checkAndPrune } from '../rest/decode-body';
import type { ShownObjects } from './admission-request';
import { askWebhook, shownTo } from './ask-webhook';
import {
  type Attributes,
  attributesOf,
  type InterceptedRequest,
  type InterceptedReview,
  type ObjectKind,
} from './attributes';
import { convertObject } from './equivalents';
import type { Webhook } from './webhooks';

const idOf = ({ configuration, name }: Webhook): string => `${configuration}/${name}`;

/** What the first round leaves for the second. */
export interface Reinvocation {
  /** webhooks to ask again */
  readonly again: ReadonlySet<string>;
  /** the object as JSON when the first round was over */
  readonly outcome: string;
  /** webhooks that want to be asked again whenever anything changes */
  readonly willing: ReadonlySet<string>;
}

/** The first round. Returns what a second one needs to know; undefined when nothing changed. */
export async function askMutating(
  request: InterceptedRequest,
  review: InterceptedReview,
  bodyKind?: ObjectKind,
): Promise<Reinvocation | undefined> {
  const willing = new Set<string>();
  const again = new Set<string>();
  let hasChanged = false;
  for (const [index, webhook] of request.services.webhooks.mutating().entries()) {
    const outcome = await askOne(webhook, request, review, bodyKind);
    if (outcome !== 'skipped') noteMutation(request, webhook, `round_0_index_${index}`, outcome);
    if (outcome === 'changed') {
      hasChanged = true;
      for (const id of willing) again.add(id);
    }
    if (outcome !== 'skipped' && webhook.reinvocationPolicy === 'IfNeeded') willing.add(idOf(webhook));
  }
  return hasChanged ? { again, willing, outcome: JSON.stringify(review.object) } : undefined;
}

/** The second round. */
export async function askAgain(
  request: InterceptedRequest,
  review: InterceptedReview,
  { again, willing, outcome }: Reinvocation,
): Promise<void> {
  const isTouched = JSON.stringify(review.object) !== outcome;
  const chosen = isTouched ? willing : again;
  for (const [index, webhook] of request.services.webhooks.mutating().entries()) {
    if (!chosen.has(idOf(webhook))) continue;
    const outcome = await askOne(webhook, request, review);
    if (outcome !== 'skipped') noteMutation(request, webhook, `round_1_index_${index}`, outcome);
  }
}

/** Who was asked in which round, and whether he changed anything, for the audit trail. */
function noteMutation(
  { trace }: InterceptedRequest,
  { configuration, name: webhook }: Webhook,
  key: string,
  outcome: 'unchanged' | 'changed',
): void {
  const value = JSON.stringify({ configuration, webhook, mutated: outcome === 'changed' });
  annotate(trace, `mutation.webhook.admission.k8s.io/${key}`, value);
}

async function askOne(
  webhook: Webhook,
  request: InterceptedRequest,
  review: InterceptedReview,
  bodyKind?: ObjectKind,
): Promise<'skipped' | 'unchanged' | 'changed'> {
  const attributes = attributesOf(request, review, bodyKind);
  const shown = await shownTo(webhook, request, attributes);
  if (!shown) return 'skipped';
  const response = await askWebhook(webhook, request, attributes, shown, true);
  if (!response?.patch) return 'unchanged';
  const before = JSON.stringify(review.object);
  await applyAnswer(webhook, request, attributes, shown, response.patch);
  return JSON.stringify(review.object) === before ? 'unchanged' : 'changed';
}

function decodePatch(webhook: Webhook, base64: string): unknown[] {
  let reason = 'received undecodable patch in webhook response';
  try {
    const text = Buffer.from(base64, 'base64').toString();
    const patch: unknown = JSON.parse(text);
    requireExactNumbers(text);
    if (Array.isArray(patch)) return patch;
  } catch (error) {
    if (error instanceof InexactNumber) reason = error.message;
  }
  throw internalError(`failed calling webhook ${JSON.stringify(webhook.name)}: ${reason}`);
}

async function applyAnswer(
  webhook: Webhook,
  request: InterceptedRequest,
  { object, kind: bodyKind }: Attributes,
  shown: ShownObjects,
  text: string,
): Promise<void> {
  const patch = decodePatch(webhook, text);
  if (patch.length === 0) return;
  if (!object || !shown.object) {
    throw internalError(
      `admission webhook ${JSON.stringify(webhook.name)} attempted to modify the object, which is not supported for this operation`,
    );
  }
  let patched: JsonObject;
  try {
    patched = applyJsonPatch(structuredClone(shown.object) as unknown as JsonObject, patch);
  } catch (error) {
    throw internalError(error instanceof Error ? error.message : String(error));
  }
  const { kind } = request;
  if (bodyKind.kind !== kind.kind) return replaceContent(object, patched as unknown as KubeObject);
  checkAndPrune(bodyTypeOf(shown.kind), patched);
  const next = await convertObject(patched as unknown as KubeObject, shown.kind, kind);
  next.apiVersion = apiVersionOf(kind);
  next.kind = kind.kind;
  kind.strategy.applyDefaults?.(next);
  replaceContent(object, next);
}

/** Callers hold on to the object they are about to store: it changes in place. */
function replaceContent(object: KubeObject, next: KubeObject): void {
  if (object === next) return;
  for (const key of Object.keys(object)) if (!(key in next)) delete (object as unknown as JsonObject)[key];
  Object.assign(object, next);
}
