/**
 * One webhook and one request: is it meant, may it be asked, and what does it say.
 *
 * A webhook that cannot be asked, or answers nonsense, fails the request (failurePolicy Fail) or is passed over (Ignore). A denial is
 * always a denial.
 * https://kubernetes.io/docs/reference/access-authn-authz/extensible-admission-controllers/#failure-policy
 */
import type { KubeObject } from '../../../helper/api/meta';
import { badRequest, forbiddenError, internalError, type Status, StatusError } from '../../../helper/api/status-error';
import { annotate } from '../request-trace';
import {
  type AdmissionResponse,
  admissionRequest,
  readResponse,
  reviewBody,
  type ShownObjects,
} from './admission-request';
import type { Attributes, InterceptedRequest } from './attributes';
import { callWebhook } from './call-webhook';
import { convertObject, matchedKind } from './equivalents';
import { loadCel, matchesConditions } from './match-conditions';
import { matchesSelectors } from './match-selectors';
import type { Webhook } from './webhooks';

const REVIEW_VERSIONS = ['v1', 'v1beta1'];
const DEFAULT_TIMEOUT_SECONDS = 10;

/** What the webhook is shown; undefined when the request is not its business. Throws Forbidden when its conditions cannot say. */
export async function shownTo(
  webhook: Webhook,
  request: InterceptedRequest,
  attributes: Attributes,
): Promise<ShownObjects | undefined> {
  const { kind: own, registry } = request;
  const kind = matchedKind(webhook.rules, webhook.matchPolicy, attributes, own, registry);
  if (!kind || !matchesSelectors(webhook, attributes, registry)) return undefined;
  // Bodies of subresources of other kinds are the same in every version.
  const isOwnKind = attributes.kind.kind === own.kind;
  const show = (object: KubeObject | undefined) => (object && isOwnKind ? convertObject(object, own, kind) : object);
  const shown = { kind, object: await show(attributes.object), oldObject: await show(attributes.oldObject) };
  const { matchConditions = [] } = webhook;
  if (matchConditions.length === 0) return shown;
  try {
    return (await meetsConditions(webhook, request, attributes, shown)) ? shown : undefined;
  } catch (error) {
    if (webhook.failurePolicy === 'Ignore') return undefined;
    throw forbiddenError(own, attributes.name, error instanceof Error ? error.message : String(error));
  }
}

async function meetsConditions(
  webhook: Webhook,
  request: InterceptedRequest,
  attributes: Attributes,
  shown: ShownObjects,
) {
  const cel = await loadCel();
  return matchesConditions(webhook.matchConditions ?? [], {
    object: shown.object ?? null,
    oldObject: shown.oldObject ?? null,
    request: admissionRequest(attributes, request.user, { ...shown, object: undefined, oldObject: undefined }),
    authorizer: cel.authorizer(request),
  });
}

/** The answer of a webhook that allows; undefined when it could not be asked and that does not matter. Throws otherwise. */
export async function askWebhook(
  webhook: Webhook,
  request: InterceptedRequest,
  attributes: Attributes,
  shown: ShownObjects,
  isMutating: boolean,
): Promise<AdmissionResponse | undefined> {
  const { name, sideEffects, failurePolicy } = webhook;
  if (attributes.dryRun && sideEffects !== 'None' && sideEffects !== 'NoneOnDryRun') {
    throw badRequest(`admission webhook ${JSON.stringify(name)} does not support dry run`);
  }
  let response: AdmissionResponse;
  try {
    response = await call(webhook, request, attributes, shown, isMutating);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const message = `failed calling webhook ${JSON.stringify(name)}: ${reason}`;
    if (failurePolicy !== 'Ignore') throw internalError(message);
    request.registry.log.warn({ webhook: name, reason }, 'a webhook that may be ignored could not be asked');
    const phase = isMutating ? 'mutation' : 'validation';
    annotate(request.trace, `failed-open.${phase}.webhook.admission.k8s.io/${name}`, name);
    return undefined;
  }
  request.warnings.push(...(response.warnings ?? []));
  for (const [key, value] of Object.entries(response.auditAnnotations ?? {})) {
    annotate(request.trace, `${name}/${key}`, value);
  }
  if (!response.allowed) throw denial(name, response.status ?? {});
  return response;
}

async function call(
  webhook: Webhook,
  { registry, user }: InterceptedRequest,
  attributes: Attributes,
  shown: ShownObjects,
  isMutating: boolean,
): Promise<AdmissionResponse> {
  const { clientConfig = {}, timeoutSeconds = DEFAULT_TIMEOUT_SECONDS, admissionReviewVersions = [] } = webhook;
  const version = admissionReviewVersions.find((known) => REVIEW_VERSIONS.includes(known)) ?? 'v1';
  const question = admissionRequest(attributes, user, shown);
  let answer: unknown;
  try {
    answer = await callWebhook(clientConfig, registry, reviewBody(question, version), timeoutSeconds);
  } catch (error) {
    throw new Error(`failed to call webhook: ${error instanceof Error ? error.message : String(error)}`);
  }
  try {
    return readResponse(answer, question, version, isMutating);
  } catch (error) {
    throw new Error(`received invalid webhook response: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** The error of a denial: the webhook's own code and words, under its name. */
function denial(name: string, { code = 0, reason = '', message = '', details }: Partial<Status>): StatusError {
  const text = `admission webhook ${JSON.stringify(name)} denied the request`;
  const why = message || reason ? `${text}: ${message || reason}` : `${text} without explanation`;
  return new StatusError(reason, why, details, code < 400 ? 400 : code);
}
