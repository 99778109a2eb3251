/**
 * The name in a proxy path: `[scheme:]name[:port]`. Pure.
 *
 * https://kubernetes.io/docs/tasks/access-application-cluster/access-cluster-services/#manually-constructing-apiserver-proxy-urls
 */

export interface ProxyName {
  readonly scheme: 'http' | 'https';
  readonly name: string;
  /** number or name; '' when none is given */
  readonly port: string;
}

/** undefined when it is not of that form. With three parts the scheme comes first, and the port may be empty. */
export function parseProxyName(text: string): ProxyName | undefined {
  const parts = text.split(':');
  const [first = '', second = '', third = ''] = parts;
  if (parts.length === 1) return first ? { scheme: 'http', name: first, port: '' } : undefined;
  if (parts.length === 2) return first ? { scheme: 'http', name: first, port: second } : undefined;
  if (parts.length !== 3 || !second || (first !== 'http' && first !== 'https')) return undefined;
  return { scheme: first, name: second, port: third };
}

/** The part of a raw path that names the proxied object, and what comes after it: '' or `/...`, still encoded. */
export function splitProxyPath(rawPath: string): { prefix: string; rest: string } {
  const segments = rawPath.split('/');
  // /api/v1/namespaces/<ns>/pods/<name>/proxy, /api/v1/nodes/<name>/proxy
  const length = segments[3] === 'namespaces' ? 8 : 6;
  const rest = segments.slice(length);
  return { prefix: segments.slice(0, length).join('/'), rest: rest.length > 0 ? `/${rest.join('/')}` : '' };
}
