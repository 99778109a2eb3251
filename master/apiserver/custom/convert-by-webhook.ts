/**
 * Strategy Webhook: somebody else translates objects between the versions of a definition.
 *
 * All objects of a list are asked about at once. The answer is believed in everything but metadata: of that, a webhook may change
 * labels and annotations only.
 * https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definition-versioning/#webhook-request-and-response
 */
import { randomUUID } from 'node:crypto';
import type { CustomResourceConversion, WebhookClientConfig } from 'kubernetes-types/apiextensions/v1';
import { isJsonMap, type JsonMap } from '../../../helper/api/apiextensions/schema/json-schema';
import type { KubeObject, ObjectMeta } from '../../../helper/api/meta';
import { StatusError } from '../../../helper/api/status-error';
import type { ConvertObjects } from './convert-versions';

/** Sends one review to the address and returns the answer's JSON; throws an Error that says why there is none. */
export type AskWebhook = (config: WebhookClientConfig, review: object) => Promise<unknown>;

const GROUP = 'apiextensions.k8s.io';
const KNOWN_VERSIONS = ['v1', 'v1beta1'];

/** Converts by asking the webhook of a definition. */
export function convertByWebhook({ webhook }: CustomResourceConversion, ask: AskWebhook): ConvertObjects {
  const config = webhook?.clientConfig;
  const version = webhook?.conversionReviewVersions?.find((name) => KNOWN_VERSIONS.includes(name));
  return async (objects, desired) => {
    const sent = objects.filter(({ apiVersion }) => apiVersion !== desired);
    const [first] = sent;
    if (!first) return objects;
    const subject = `conversion webhook for ${first.apiVersion}, Kind=${first.kind}`;
    if (!config || !version) throw failed(`${subject} failed: no supported conversion review versions`);
    const uid = randomUUID();
    const request = { uid, desiredAPIVersion: desired, objects: sent };
    const review = { kind: 'ConversionReview', apiVersion: `${GROUP}/${version}`, request };
    const answer = await ask(config, review).catch((error: unknown) => {
      throw failed(`${subject} failed: ${error instanceof Error ? error.message : String(error)}`);
    });
    const converted = readAnswer(answer, version, uid, subject);
    if (converted.length !== sent.length) {
      throw failed(`${subject} returned ${converted.length} objects, expected ${sent.length}`);
    }
    let next = 0;
    return objects.map((object) => {
      if (object.apiVersion === desired) return object;
      const index = next++;
      return accept(
        object,
        converted[index],
        desired,
        `${subject} returned invalid converted object at index ${index}`,
      );
    });
  };
}

const failed = (message: string) => new StatusError('InternalError', message);

/** The converted objects of an answer; throws when it says no, or is none to our question. */
function readAnswer(answer: unknown, version: string, uid: string, subject: string): unknown[] {
  const review = isJsonMap(answer) ? answer : {};
  const expected = `${GROUP}/${version}`;
  if (version === 'v1' && (review.apiVersion !== expected || review.kind !== 'ConversionReview')) {
    const got = `${review.apiVersion}, Kind=${review.kind}`;
    throw failed(`${subject} failed: expected webhook response of ${expected}, Kind=ConversionReview, got ${got}`);
  }
  const { response } = review;
  if (!isJsonMap(response)) throw failed(`${subject} failed: no response provided`);
  if (version === 'v1' && response.uid !== uid) {
    throw failed(
      `${subject} failed: expected response.uid=${JSON.stringify(uid)}, got ${JSON.stringify(response.uid ?? '')}`,
    );
  }
  const result = isJsonMap(response.result) ? response.result : {};
  if (result.status !== 'Success') {
    const reason = result.message || `response.result.status was '${result.status ?? ''}', not 'Success'`;
    throw failed(`${subject} failed: ${reason}`);
  }
  return Array.isArray(response.convertedObjects) ? response.convertedObjects : [];
}

const IDENTITY = ['name', 'namespace', 'uid'] as const;

/** The converted object with the metadata only we may change put back; throws when it is another object or of another version. */
function accept(original: KubeObject, value: unknown, desired: string, problem: string): KubeObject {
  const converted: JsonMap = isJsonMap(value) ? value : {};
  if (converted.apiVersion !== desired) {
    throw failed(`${problem}: invalid groupVersion (expected ${desired}, received ${converted.apiVersion ?? ''})`);
  }
  if (converted.kind !== original.kind) {
    throw failed(`${problem}: invalid kind (expected ${original.kind}, received ${converted.kind ?? ''})`);
  }
  const metadata = (isJsonMap(converted.metadata) ? converted.metadata : {}) as Partial<ObjectMeta>;
  for (const name of IDENTITY) {
    const [before, after] = [original.metadata[name] ?? '', metadata[name] ?? ''];
    if (before !== after) throw failed(`${problem}: must have the same ${name}: ${before} != ${after}`);
  }
  const { labels: _labels, annotations: _annotations, ...kept } = original.metadata;
  const { labels, annotations } = metadata;
  const own = { ...(labels ? { labels } : {}), ...(annotations ? { annotations } : {}) };
  return { ...converted, metadata: { ...kept, ...own } } as unknown as KubeObject;
}
