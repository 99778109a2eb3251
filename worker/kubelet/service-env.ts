/**
 * Variables that tell a container of the Services of its namespace: `WEB_SERVICE_HOST`, `WEB_SERVICE_PORT`, and the
 * older Docker-link style (`WEB_PORT_80_TCP_ADDR`).
 *
 * Pure. They show the Services that existed when the container started; DNS is the better way, but programs rely on these.
 * https://kubernetes.io/docs/concepts/services-networking/service/#environment-variables
 */
import type { Service } from '../../helper/api/core/service';

/** Where the API server is when there is no Service `default/kubernetes`. */
export interface ApiAddress {
  readonly host: string;
  readonly port: number;
}

/**
 * Variables for a pod of `namespace`. The `kubernetes` Service of `default` is always there; the others only with
 * `enableServiceLinks`.
 */
export function serviceVariables(
  services: readonly Service[],
  namespace: string,
  enableServiceLinks: boolean,
  apiServer: ApiAddress,
): Record<string, string> {
  const withAddress = services.filter(({ spec }) => spec?.clusterIP && spec.clusterIP !== 'None');
  const master = withAddress.find(({ metadata }) => metadata.namespace === 'default' && metadata.name === 'kubernetes');
  const variables: Record<string, string> = master
    ? variablesOf(master)
    : { KUBERNETES_SERVICE_HOST: apiServer.host, KUBERNETES_SERVICE_PORT: String(apiServer.port) };
  if (!enableServiceLinks) return variables;
  const own = withAddress.filter(({ metadata }) => metadata.namespace === namespace && metadata.name !== 'kubernetes');
  return Object.assign(variables, ...own.map(variablesOf));
}

function variablesOf(service: Service): Record<string, string> {
  const name = service.metadata.name.toUpperCase().replaceAll('-', '_');
  const host = service.spec?.clusterIP ?? '';
  const ports = service.spec?.ports ?? [];
  const [first] = ports;
  if (!first) return {};
  const variables: Record<string, string> = {
    [`${name}_SERVICE_HOST`]: host,
    [`${name}_SERVICE_PORT`]: String(first.port),
  };
  for (const port of ports) {
    if (port.name)
      variables[`${name}_SERVICE_PORT_${port.name.toUpperCase().replaceAll('-', '_')}`] = String(port.port);
  }
  variables[`${name}_PORT`] = linkUrl(first.protocol, host, first.port);
  for (const port of ports) {
    const prefix = `${name}_PORT_${port.port}_${(port.protocol ?? 'TCP').toUpperCase()}`;
    variables[prefix] = linkUrl(port.protocol, host, port.port);
    variables[`${prefix}_PROTO`] = (port.protocol ?? 'TCP').toLowerCase();
    variables[`${prefix}_PORT`] = String(port.port);
    variables[`${prefix}_ADDR`] = host;
  }
  return variables;
}

function linkUrl(protocol: string | undefined, host: string, port: number): string {
  return `${(protocol ?? 'TCP').toLowerCase()}://${host}:${port}`;
}
