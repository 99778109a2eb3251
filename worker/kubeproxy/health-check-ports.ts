/**
 * The health check port of Services whose external traffic stays on its node: a load balancer asks there whether this node
 * has an endpoint, and sends traffic only to nodes that have.
 *
 * 200 with an endpoint, 503 without, and the number of local endpoints as JSON, as kube-proxy answers.
 * https://kubernetes.io/docs/tutorials/services/source-ip/#source-ip-for-services-with-type-loadbalancer
 */
import { createServer, type Server } from 'node:http';
import type { Logger } from '../../helper/process/component';
import type { ServicePort } from './service-ports';

interface Health {
  readonly namespace: string;
  readonly name: string;
  readonly localEndpoints: number;
}

/** port -> what it answers; the endpoints of a Service are counted once, whatever its ports. Pure. */
export function healthChecks(ports: readonly ServicePort[]): Map<number, Health> {
  const checks = new Map<number, Health>();
  for (const { name: portName, healthCheckNodePort, localEndpoints } of ports) {
    if (healthCheckNodePort === 0) continue;
    const [namespace = '', name = ''] = (portName.split(':')[0] ?? '').split('/');
    const count = new Set(localEndpoints.map(({ ip }) => ip)).size;
    const other = checks.get(healthCheckNodePort)?.localEndpoints ?? 0;
    checks.set(healthCheckNodePort, { namespace, name, localEndpoints: Math.max(count, other) });
  }
  return checks;
}

export class HealthCheckPorts {
  private readonly servers = new Map<number, Server>();
  private checks = new Map<number, Health>();

  constructor(private readonly log: Logger) {}

  set(ports: readonly ServicePort[]): void {
    this.checks = healthChecks(ports);
    for (const [port, server] of this.servers) {
      if (this.checks.has(port)) continue;
      server.close();
      this.servers.delete(port);
    }
    for (const port of this.checks.keys()) if (!this.servers.has(port)) this.listen(port);
  }

  stop(): void {
    for (const server of this.servers.values()) server.close();
    this.servers.clear();
  }

  private listen(port: number): void {
    const server = createServer((_request, response) => {
      const health = this.checks.get(port);
      const { namespace = '', name = '', localEndpoints = 0 } = health ?? {};
      const body = { service: { namespace, name }, localEndpoints, serviceProxyHealthy: true };
      response.writeHead(localEndpoints > 0 ? 200 : 503, { 'content-type': 'application/json' });
      response.end(JSON.stringify(body));
    });
    server.on('error', (error) => {
      this.log.warn({ port, error: error.message }, 'a health check port cannot be had');
      this.servers.delete(port);
    });
    this.servers.set(port, server);
    server.listen(port);
  }
}
