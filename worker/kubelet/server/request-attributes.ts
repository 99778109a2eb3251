/**
 * What a request to the kubelet is, in the words of authorization: a verb on a part of this Node. Pure.
 *
 * Logs of the node, metrics and statistics have names of their own, so that they can be given alone; everything else (exec, container
 * logs, port forwarding, pods) is `nodes/proxy`, which is as much as root on the node.
 * https://kubernetes.io/docs/reference/access-authn-authz/kubelet-authn-authz/#kubelet-authorization
 */
export interface NodeAccess {
  readonly verb: string;
  readonly subresource: string;
}

const VERBS: Readonly<Record<string, string>> = {
  POST: 'create',
  GET: 'get',
  PUT: 'update',
  PATCH: 'patch',
  DELETE: 'delete',
};
const PARTS: Readonly<Record<string, string>> = {
  stats: 'stats',
  metrics: 'metrics',
  logs: 'log',
  checkpoint: 'checkpoint',
};

/** The access a request is; a method without a verb has '', which nobody is allowed. */
export function accessToNode(method: string, path: string): NodeAccess {
  const first = path.split('/', 2)[1] ?? '';
  return { verb: VERBS[method] ?? '', subresource: Object.hasOwn(PARTS, first) ? (PARTS[first] ?? '') : 'proxy' };
}
