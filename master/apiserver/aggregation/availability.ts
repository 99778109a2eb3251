/**
 * Whether an extension server can be asked, as the condition `Available` of its APIService: reasons and words are Kubernetes'.
 *
 * First what the objects say (Service, port, endpoints), then one look at the discovery document, several times at once: one answer
 * is enough. The certificate is not checked for that look; a wrong one shows when the first request is passed on.
 * https://kubernetes.io/docs/tasks/extend-kubernetes/setup-extension-api-server/
 */
import type { Condition } from 'kubernetes-types/meta/v1';
import type { APIService } from '../../../helper/api/apiregistration/api-service';
import type { Registry } from '../registry';
import { readyAddresses, type ServicePort, ServiceUnreachable } from '../webhooks/service-address';
import { askExtension, urlOf } from './ask-extension';
import type { Extension } from './extension';

const CHECKS_AT_ONCE = 5;
const CHECK_TIMEOUT_MS = 5_000;

export type Availability = Pick<Condition, 'status' | 'reason' | 'message'>;

export const LOCAL: Availability = {
  status: 'True',
  reason: 'Local',
  message: 'Local APIServices are always available',
};
const PASSED: Availability = { status: 'True', reason: 'Passed', message: 'all checks passed' };

const unavailable = (reason: string, message: string): Availability => ({ status: 'False', reason, message });

/** What is wrong with the Service, in the words of the condition. */
function ofService({ reason, portName }: ServiceUnreachable, { namespace, name, port }: ServicePort): Availability {
  const service = `service/${name} in ${JSON.stringify(namespace)}`;
  switch (reason) {
    case 'ServiceNotFound':
      return unavailable(reason, `${service} is not present`);
    case 'ServicePortError':
      return unavailable(reason, `${service} is not listening on port ${port}`);
    case 'EndpointsNotFound':
      return unavailable(reason, `cannot find endpoints for ${service}`);
    case 'MissingEndpoints':
      return unavailable(
        reason,
        `endpoints for ${service} have no addresses with port name ${JSON.stringify(portName)}`,
      );
  }
}

async function lookOnce(extension: Extension): Promise<void> {
  const options = extension.ownConnectionOptions(false);
  const url = urlOf(options, extension.root);
  const fail = (reason: string) => {
    throw new Error(`failing or missing response from ${url}: ${reason}`);
  };
  const asked = askExtension(options, { path: extension.root, timeoutMs: CHECK_TIMEOUT_MS });
  const { code } = await asked.catch((error: Error) => fail(`Get ${JSON.stringify(url)}: ${error.message}`));
  if (code < 200 || code >= 300) fail(`bad status from ${url}: ${code}`);
}

/** Looks now. Never rejects. */
export async function availabilityOf(registry: Registry, extension: Extension): Promise<Availability> {
  try {
    readyAddresses(registry, extension.service);
    await Promise.any(Array.from({ length: CHECKS_AT_ONCE }, () => lookOnce(extension)));
    return PASSED;
  } catch (error) {
    if (error instanceof ServiceUnreachable) return ofService(error, extension.service);
    const [first] = error instanceof AggregateError ? (error.errors as Error[]) : [error as Error];
    return unavailable('FailedDiscoveryCheck', first?.message ?? '');
  }
}

/** The APIService with this condition; the time is that of the last change between True and False. */
export function withAvailability(service: APIService, availability: Availability, now: Date): APIService {
  const conditions = service.status?.conditions ?? [];
  const before = conditions.find(({ type }) => type === 'Available');
  const { status, reason, message } = before ?? {};
  if (status === availability.status && reason === availability.reason && message === availability.message)
    return service;
  const lastTransitionTime =
    before?.status === availability.status && before.lastTransitionTime
      ? before.lastTransitionTime
      : now.toISOString().replace(/\.\d+Z$/, 'Z');
  const condition = { type: 'Available', ...availability, lastTransitionTime };
  const others = conditions.filter((candidate) => candidate !== before);
  return { ...service, status: { ...service.status, conditions: [...others, condition] } };
}
