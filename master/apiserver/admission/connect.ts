/**
 * Admission of connections: exec, attach, port-forward and the proxies. There is nothing to store; a webhook can only say no.
 * https://kubernetes.io/docs/reference/access-authn-authz/extensible-admission-controllers/#request
 */
import type { KubeObject } from '../../../helper/api/meta';
import { isTrue } from '../request-info';
import type { InterceptedRequest } from '../webhooks/attributes';
import { admitBody } from './subresource';

const OPTION_KINDS: Readonly<Record<string, string>> = {
  exec: 'PodExecOptions',
  attach: 'PodAttachOptions',
  portforward: 'PodPortForwardOptions',
};
const PROXY_KINDS: Readonly<Record<string, string>> = {
  pods: 'PodProxyOptions',
  services: 'ServiceProxyOptions',
  nodes: 'NodeProxyOptions',
};
const LISTS: ReadonlySet<string> = new Set(['command', 'ports']);

/** The query of the request as the object Kubernetes makes of it. */
function connectOptions(query: URLSearchParams, kind: string, path: string): KubeObject {
  const options: Record<string, unknown> = { kind, apiVersion: 'v1' };
  for (const name of new Set(query.keys())) {
    const values = query.getAll(name);
    const [first = ''] = values;
    const isFlag = ['stdin', 'stdout', 'stderr', 'tty'].includes(name);
    options[name] = LISTS.has(name) ? values : isFlag ? isTrue(query, name) : first;
  }
  if (kind.endsWith('ProxyOptions')) options.path = path;
  return options as unknown as KubeObject;
}

/** Throws what a webhook refuses the connection with. Returns nothing at once when there is nobody to ask. */
export function admitConnection(request: InterceptedRequest): void | Promise<void> {
  const { info, services } = request;
  const { webhooks, policies } = services;
  if (webhooks.mutating().length + webhooks.validating().length + policies.inForce().length === 0) return;
  const [subresource = '', ...rest] = info.subresource.split('/');
  const kind = subresource === 'proxy' ? PROXY_KINDS[info.resource] : OPTION_KINDS[subresource];
  if (!kind) return;
  const object = connectOptions(info.query, kind, rest.join('/'));
  const bodyKind = { group: '', version: 'v1', kind };
  return admitBody(
    { ...request, info: { ...info, subresource } },
    { operation: 'connect', object, dryRun: false },
    bodyKind,
  );
}
