/**
 * The token subresource of a ServiceAccount: signs a token for it, bound to a pod or secret when asked, for some audiences and time.
 * https://kubernetes.io/docs/reference/kubernetes-api/authentication-resources/token-request-v1/
 */
import type { TokenRequest as PublishedTokenRequest } from 'kubernetes-types/authentication/v1';
import { nodeResource } from '../../../../helper/api/core/node';
import { type Pod, podResource } from '../../../../helper/api/core/pod';
import { secretResource } from '../../../../helper/api/core/secret';
import { invalid } from '../../../../helper/api/field-error';
import type { ApiObject } from '../../../../helper/api/meta';
import { badRequest, conflict, invalidObject, notFound } from '../../../../helper/api/status-error';
import type { ApiRequest } from '../../api-request';
import { refuseNodeWrite } from '../../auth/node/admit-node-write';
import type { TokenOrder } from '../../auth/service-account-claims';
import { DEFAULT_EXPIRATION_SECONDS } from '../../auth/service-account-tokens';
import { decodeObject } from '../decode-body';
import { foundObject, waitUntilFresh } from '../get';
import { apiTime } from '../object-identity';
import { parseWriteOptions } from '../query-options';
import { readBody } from '../read-body';
import { sendValue } from '../respond';

type TokenRequest = ApiObject<PublishedTokenRequest>;
type Bound = Pick<TokenOrder, 'boundTo' | 'node'>;

const BINDABLE = { Pod: podResource, Secret: secretResource, Node: nodeResource };

const TOKEN_REQUEST_TYPE = {
  group: 'authentication.k8s.io',
  version: 'v1',
  kind: 'TokenRequest',
  schema: 'io.k8s.api.authentication.v1.TokenRequest',
};
const MIN_EXPIRATION_SECONDS = 600;
const MAX_EXPIRATION_SECONDS = 2 ** 32;

function checkExpiration(name: string, seconds: number): void {
  const reason =
    seconds < MIN_EXPIRATION_SECONDS
      ? 'may not specify a duration less than 10 minutes'
      : seconds > MAX_EXPIRATION_SECONDS
        ? 'may not specify a duration larger than 2^32 seconds'
        : undefined;
  if (reason) throw invalidObject(TOKEN_REQUEST_TYPE, name, [invalid('spec.expirationSeconds', seconds, reason)]);
}

function assertSamePodAccount(account: string, pod: Pod): void {
  if (pod.spec?.serviceAccountName === account) return;
  throw badRequest(
    `cannot bind token for serviceaccount ${JSON.stringify(account)} to pod running with different serviceaccount name.`,
  );
}

/** What the token is to end with, and for a pod the node it runs on. Throws NotFound, Conflict, BadRequest. */
async function findBound(
  { registry, info }: ApiRequest,
  reference: TokenRequest['spec']['boundObjectRef'],
): Promise<Bound> {
  if (!reference) return {};
  const { kind = '', name = '', uid } = reference;
  if (kind !== 'Pod' && kind !== 'Secret' && kind !== 'Node') {
    throw badRequest(`cannot bind token to object of type ${JSON.stringify(kind)}: expected "Pod", "Secret" or "Node"`);
  }
  const resource = BINDABLE[kind];
  const cache = registry.cacheOf(resource);
  await cache.waitUntilCurrent();
  const object = cache.get(resource.namespaced ? info.namespace : '', name)?.object;
  if (!object) throw notFound(resource, name);
  if (kind === 'Pod') assertSamePodAccount(info.name, object as Pod);
  if (uid && uid !== object.metadata.uid) {
    const message = `the UID in the bound object reference (${uid}) does not match the UID in record. The object might have been deleted and then recreated`;
    throw conflict({ group: '', plural: kind }, name, message);
  }
  const nodeName = kind === 'Pod' ? ((object as Pod).spec?.nodeName ?? '') : '';
  const node = nodeName ? registry.cacheOf(nodeResource).get('', nodeName)?.object : undefined;
  return { boundTo: { kind, object }, node };
}

/** Answers 201 with the TokenRequest, its status holding the token. */
export async function handleTokenRequest(request: ApiRequest): Promise<void> {
  const { req, info, warnings, services } = request;
  const options = parseWriteOptions(info.query, 'CreateOptions');
  const body = await readBody(req);
  const type = req.headers['content-type'];
  const order = await decodeObject<TokenRequest>(body, type, TOKEN_REQUEST_TYPE, options.fieldValidation, warnings);
  await waitUntilFresh(request, undefined);
  refuseNodeWrite(request, { operation: 'create', object: order });
  const account = foundObject(request).object;
  const { audiences = [], expirationSeconds = DEFAULT_EXPIRATION_SECONDS, boundObjectRef } = order.spec ?? {};
  checkExpiration(info.name, expirationSeconds);
  const bound = await findBound(request, boundObjectRef);
  const issued = services.tokens.issue({ serviceAccount: account, audiences, expirationSeconds, ...bound }, new Date());
  sendValue(request, 201, {
    ...order,
    metadata: { name: info.name, namespace: info.namespace, creationTimestamp: apiTime(new Date()) },
    spec: { ...order.spec, audiences: issued.audiences, expirationSeconds },
    status: { token: issued.token, expirationTimestamp: apiTime(new Date(issued.expiresAtSeconds * 1000)) },
  });
}
