/**
 * What a Service gets when its author leaves it out, and what an update keeps of the values that were allocated for it.
 * https://kubernetes.io/docs/reference/kubernetes-api/service-resources/service-v1/
 */
import { isIPv6 } from 'node:net';
import type { ServicePort, ServiceSpec } from 'kubernetes-types/core/v1';

const STICKY_SECONDS = 10800;

/** True when the type gives the Service an address inside the cluster (or `None`). */
export function hasClusterIp(spec: ServiceSpec): boolean {
  return spec.type === 'ClusterIP' || spec.type === 'NodePort' || spec.type === 'LoadBalancer';
}

/** True when the Service opens a port on every node. */
export function hasNodePorts(spec: ServiceSpec): boolean {
  if (spec.type === 'NodePort') return true;
  return spec.type === 'LoadBalancer' && spec.allocateLoadBalancerNodePorts !== false;
}

/** True when traffic may come from outside the cluster. */
export function isExternallyAccessible(spec: ServiceSpec): boolean {
  if (spec.type === 'NodePort' || spec.type === 'LoadBalancer') return true;
  return spec.type === 'ClusterIP' && (spec.externalIPs?.length ?? 0) > 0;
}

/** True when a load balancer has to ask every node whether it has endpoints: traffic then goes only to nodes that have. */
export function needsHealthCheckPort(spec: ServiceSpec): boolean {
  return spec.type === 'LoadBalancer' && spec.externalTrafficPolicy === 'Local';
}

function defaultPort(port: ServicePort): void {
  port.protocol ||= 'TCP';
  port.targetPort ||= port.port;
}

/** clusterIP and clusterIPs[0] are the same thing under two names. */
function joinClusterIps(spec: ServiceSpec): void {
  if (spec.clusterIP && !spec.clusterIPs?.length) spec.clusterIPs = [spec.clusterIP];
  if (!spec.clusterIP && spec.clusterIPs?.[0]) spec.clusterIP = spec.clusterIPs[0];
}

/**
 * One address family a cluster: that of the address asked for, else IPv4.
 * Kubernetes also gives two; left out because the overlay carries one.
 */
function defaultFamilies(spec: ServiceSpec): void {
  spec.ipFamilyPolicy ||= 'SingleStack';
  if (!spec.ipFamilies?.length) spec.ipFamilies = [isIPv6(spec.clusterIP ?? '') ? 'IPv6' : 'IPv4'];
}

/** All defaults of a Service. Idempotent. */
export function defaultService(spec: ServiceSpec): void {
  spec.type ||= 'ClusterIP';
  spec.sessionAffinity ||= 'None';
  if (spec.sessionAffinity === 'None') delete spec.sessionAffinityConfig;
  if (spec.sessionAffinity === 'ClientIP') {
    spec.sessionAffinityConfig ??= {};
    spec.sessionAffinityConfig.clientIP ??= {};
    spec.sessionAffinityConfig.clientIP.timeoutSeconds ??= STICKY_SECONDS;
  }
  for (const port of spec.ports ?? []) defaultPort(port);
  if (isExternallyAccessible(spec)) spec.externalTrafficPolicy ||= 'Cluster';
  if (spec.type === 'LoadBalancer') spec.allocateLoadBalancerNodePorts ??= true;
  if (!hasClusterIp(spec)) return;
  spec.internalTrafficPolicy ||= 'Cluster';
  joinClusterIps(spec);
  defaultFamilies(spec);
}

/** A manifest does not repeat what was allocated: an update that leaves it out keeps it. */
function keepAllocated(spec: ServiceSpec, old: ServiceSpec): void {
  if (hasClusterIp(spec) && hasClusterIp(old)) {
    if (!spec.clusterIP && !spec.clusterIPs?.length) {
      if (old.clusterIP) spec.clusterIP = old.clusterIP;
      spec.clusterIPs = [...(old.clusterIPs ?? [])];
    } else if (spec.clusterIP && spec.clusterIP !== old.clusterIP && spec.clusterIPs?.[0] === old.clusterIPs?.[0]) {
      // Only the singular was edited: the list follows, and validation judges the change.
      spec.clusterIPs = [spec.clusterIP];
    }
  }
  if (needsHealthCheckPort(spec) && needsHealthCheckPort(old) && old.healthCheckNodePort) {
    spec.healthCheckNodePort ||= old.healthCheckNodePort;
  }
  if (!hasNodePorts(spec) || !hasNodePorts(old)) return;
  const taken = new Set((spec.ports ?? []).map(({ nodePort }) => nodePort));
  for (const port of spec.ports ?? []) {
    const before = (old.ports ?? []).find(
      (candidate) => candidate.port === port.port && (candidate.protocol ?? 'TCP') === (port.protocol ?? 'TCP'),
    );
    if (!port.nodePort && before?.nodePort && !taken.has(before.nodePort)) port.nodePort = before.nodePort;
  }
}

/** A change of type drops what only the old type had, unless the author changed it too. */
function dropFieldsOfOldType(spec: ServiceSpec, old: ServiceSpec): void {
  if (hasClusterIp(old) && !hasClusterIp(spec)) {
    for (const key of ['clusterIP', 'clusterIPs', 'ipFamilies', 'ipFamilyPolicy', 'internalTrafficPolicy'] as const) {
      delete spec[key];
    }
  }
  if (hasNodePorts(old) && !hasNodePorts(spec)) {
    const before = new Set((old.ports ?? []).map(({ nodePort }) => nodePort));
    for (const port of spec.ports ?? []) if (before.has(port.nodePort)) delete port.nodePort;
  }
  if (needsHealthCheckPort(old) && !needsHealthCheckPort(spec)) {
    if (spec.healthCheckNodePort === old.healthCheckNodePort) delete spec.healthCheckNodePort;
  }
  if (isExternallyAccessible(old) && !isExternallyAccessible(spec)) {
    if (spec.externalTrafficPolicy === old.externalTrafficPolicy) delete spec.externalTrafficPolicy;
  }
  if (old.type === 'LoadBalancer' && spec.type !== 'LoadBalancer') {
    delete spec.allocateLoadBalancerNodePorts;
    if (spec.loadBalancerClass === old.loadBalancerClass) delete spec.loadBalancerClass;
  }
}

/** Carries allocated values into an update and drops what a new type cannot have. */
export function carryOverAllocated(spec: ServiceSpec, old: ServiceSpec): void {
  // Before defaults: the author may have left the type out.
  spec.type ||= 'ClusterIP';
  keepAllocated(spec, old);
  dropFieldsOfOldType(spec, old);
}
