/**
 * Rules of Services.
 * https://kubernetes.io/docs/concepts/services-networking/service/
 */
import { isIP } from 'node:net';
import type { ServicePort, ServiceSpec } from 'kubernetes-types/core/v1';
import { duplicate, type FieldError, forbidden, invalid, notSupported, required } from '../field-error';
import { validateCidr, validateIp, validateNonSpecialIp } from '../ip-address';
import { dnsLabel, dnsSubdomain, portNumber, qualifiedNameRule } from '../names';
import { sameValue, validateLabels } from '../validate-metadata';
import { PROTOCOLS } from './endpoints';
import { validatePortReference } from './probe-validation';
import { hasClusterIp, hasNodePorts, isExternallyAccessible, needsHealthCheckPort } from './service-defaults';

const TYPES = ['ClusterIP', 'ExternalName', 'LoadBalancer', 'NodePort'];
const TRAFFIC_POLICIES = ['Cluster', 'Local'];
const AFFINITIES = ['ClientIP', 'None'];
const FAMILIES = ['IPv4', 'IPv6'];
const FAMILY_POLICIES = ['PreferDualStack', 'RequireDualStack', 'SingleStack'];
const MAXIMUM_STICKY_SECONDS = 86400;
const HEADLESS = 'None';
/** Kubernetes spells the field so in these messages. */
const SOURCE_RANGES = 'spec.LoadBalancerSourceRanges';

function oneOf(value: string | undefined, allowed: readonly string[], field: string): FieldError[] {
  if (!value) return [required(field)];
  return allowed.includes(value) ? [] : [notSupported(field, value, allowed)];
}

const optionalOneOf = (value: string | undefined, allowed: readonly string[], field: string) =>
  value === undefined ? [] : oneOf(value, allowed, field);

function validatePort(port: ServicePort, needsName: boolean, path: string): FieldError[] {
  const errors: FieldError[] = [];
  if (needsName && !port.name) errors.push(required(`${path}.name`));
  if (port.name) errors.push(...dnsLabel(port.name).map((reason) => invalid(`${path}.name`, port.name, reason)));
  errors.push(...portNumber(port.port).map((reason) => invalid(`${path}.port`, port.port, reason)));
  errors.push(...oneOf(port.protocol, PROTOCOLS, `${path}.protocol`));
  errors.push(...validatePortReference(port.targetPort, `${path}.targetPort`));
  if (port.appProtocol) {
    const reasons = qualifiedNameRule(port.appProtocol);
    errors.push(...reasons.map((reason) => invalid(`${path}.appProtocol`, port.appProtocol, reason)));
  }
  return errors;
}

function validatePorts(spec: ServiceSpec): FieldError[] {
  const ports = spec.ports ?? [];
  const names = new Set<string>();
  const numbers = new Set<string>();
  const nodePorts = new Set<string>();
  const errors = ports.flatMap((port, index) => {
    const path = `spec.ports[${index}]`;
    const repeated: FieldError[] = [];
    const number = `${port.protocol}/${port.port}`;
    const nodePort = `${port.protocol}/${port.nodePort}`;
    if (port.name && names.has(port.name)) repeated.push(duplicate(`${path}.name`, port.name));
    if (numbers.has(number)) repeated.push(duplicate(path, { protocol: port.protocol, port: port.port }));
    if (port.nodePort && nodePorts.has(nodePort)) repeated.push(duplicate(`${path}.nodePort`, port.nodePort));
    names.add(port.name ?? '');
    numbers.add(number);
    nodePorts.add(nodePort);
    return [...validatePort(port, ports.length > 1, path), ...repeated, ...validateNodePort(port, spec, path)];
  });
  const needsPorts = spec.type !== 'ExternalName' && spec.clusterIP !== HEADLESS;
  return needsPorts && !ports.length ? [required('spec.ports'), ...errors] : errors;
}

function validateNodePort(port: ServicePort, spec: ServiceSpec, path: string): FieldError[] {
  if (!port.nodePort) return [];
  if (spec.type === 'ClusterIP') {
    return [forbidden(`${path}.nodePort`, "may not be used when `type` is 'ClusterIP'")];
  }
  return hasNodePorts(spec)
    ? portNumber(port.nodePort).map((reason) => invalid(`${path}.nodePort`, port.nodePort, reason))
    : [];
}

function validateClusterIps(spec: ServiceSpec): FieldError[] {
  const addresses = spec.clusterIPs ?? [];
  const path = 'spec.clusterIPs';
  if (!hasClusterIp(spec)) {
    const message = 'may not be set for ExternalName services';
    return addresses.length ? [forbidden(path, message)] : [];
  }
  const errors: FieldError[] = [];
  if (spec.clusterIP && addresses[0] !== spec.clusterIP) {
    errors.push(invalid(path, addresses, 'first value must match `clusterIP`'));
  }
  if (addresses.length > 2) errors.push(invalid(path, addresses, 'may only hold up to 2 values'));
  addresses.forEach((address, index) => {
    if (address === HEADLESS) {
      if (addresses.length > 1) {
        errors.push(invalid(`${path}[${index}]`, address, "'None' must be the first and only value"));
      } else if (spec.type !== 'ClusterIP') {
        errors.push(invalid(`${path}[0]`, address, `may not be set to 'None' for ${spec.type} services`));
      }
    } else if (!isIP(address)) errors.push(...validateIp(address, `${path}[${index}]`));
  });
  return [
    ...errors,
    ...optionalOneOf(spec.ipFamilyPolicy, FAMILY_POLICIES, 'spec.ipFamilyPolicy'),
    ...(spec.ipFamilies ?? []).flatMap((family, index) => oneOf(family, FAMILIES, `spec.ipFamilies[${index}]`)),
  ];
}

function validateExternalName(spec: ServiceSpec): FieldError[] {
  if (spec.type !== 'ExternalName') return [];
  const name = (spec.externalName ?? '').replace(/\.$/, '');
  if (!name) return [required('spec.externalName')];
  return dnsSubdomain(name).map((reason) => invalid('spec.externalName', spec.externalName, reason));
}

function validateAffinity({ sessionAffinity, sessionAffinityConfig }: ServiceSpec): FieldError[] {
  const errors = oneOf(sessionAffinity, AFFINITIES, 'spec.sessionAffinity');
  const seconds = sessionAffinityConfig?.clientIP?.timeoutSeconds;
  if (sessionAffinity !== 'ClientIP' || seconds === undefined) return errors;
  if (seconds > 0 && seconds <= MAXIMUM_STICKY_SECONDS) return errors;
  const field = 'spec.sessionAffinityConfig.clientIP.timeoutSeconds';
  return [...errors, invalid(field, seconds, `must be greater than 0 and less than ${MAXIMUM_STICKY_SECONDS}`)];
}

function validateTraffic(spec: ServiceSpec): FieldError[] {
  const errors: FieldError[] = [];
  const external = 'spec.externalTrafficPolicy';
  if (isExternallyAccessible(spec)) errors.push(...oneOf(spec.externalTrafficPolicy, TRAFFIC_POLICIES, external));
  else if (spec.externalTrafficPolicy) {
    errors.push(invalid(external, spec.externalTrafficPolicy, 'may only be set for externally-accessible services'));
  }
  if (spec.healthCheckNodePort && !needsHealthCheckPort(spec)) {
    const when = "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'";
    errors.push(invalid('spec.healthCheckNodePort', spec.healthCheckNodePort, when));
  }
  errors.push(...optionalOneOf(spec.internalTrafficPolicy, TRAFFIC_POLICIES, 'spec.internalTrafficPolicy'));
  if (spec.type !== 'LoadBalancer') {
    const onlyLoadBalancer = "may only be used when `type` is 'LoadBalancer'";
    for (const key of ['loadBalancerClass', 'allocateLoadBalancerNodePorts'] as const) {
      if (spec[key] !== undefined) errors.push(forbidden(`spec.${key}`, onlyLoadBalancer));
    }
    if (spec.loadBalancerSourceRanges?.length) errors.push(forbidden(SOURCE_RANGES, onlyLoadBalancer));
  }
  const ranges = spec.loadBalancerSourceRanges ?? [];
  if (ranges.some((range) => validateCidr(range.trim(), SOURCE_RANGES).length > 0)) {
    const expected = 'must be a list of IP ranges. For example, 10.240.0.0/24,10.250.0.0/24 ';
    errors.push(invalid(SOURCE_RANGES, `[${ranges.join(' ')}]`, expected));
  }
  return [...errors, ...optionalOneOf(spec.trafficDistribution, ['PreferClose'], 'spec.trafficDistribution')];
}

/** All that is wrong with the spec of a Service. */
export function validateServiceSpec(spec: ServiceSpec): FieldError[] {
  return [
    ...validateExternalName(spec),
    ...validatePorts(spec),
    ...validateLabels(spec.selector, 'spec.selector'),
    ...validateAffinity(spec),
    ...oneOf(spec.type, TYPES, 'spec.type'),
    ...(spec.externalIPs ?? []).flatMap((ip, index) => {
      const wrong = validateIp(ip, `spec.externalIPs[${index}]`);
      return wrong.length ? wrong : validateNonSpecialIp(ip, `spec.externalIPs[${index}]`);
    }),
    ...validateClusterIps(spec),
    ...validateTraffic(spec),
  ];
}

/** What an update did to a Service that it may not do: its address is for life. */
export function validateServiceUpdate(spec: ServiceSpec, old: ServiceSpec): FieldError[] {
  if (!hasClusterIp(spec) || !hasClusterIp(old)) return [];
  const errors: FieldError[] = [];
  if (needsHealthCheckPort(spec) && needsHealthCheckPort(old)) {
    const path = 'spec.healthCheckNodePort';
    if (spec.healthCheckNodePort !== old.healthCheckNodePort)
      errors.push(invalid(path, spec.healthCheckNodePort ?? 0, 'field is immutable'));
  }
  const [first] = old.clusterIPs ?? [];
  if (first && spec.clusterIPs?.[0] !== first) {
    errors.push(invalid('spec.clusterIPs[0]', spec.clusterIPs ?? [], 'may not change once set'));
  }
  const [family] = old.ipFamilies ?? [];
  if (family && !sameValue(spec.ipFamilies?.[0], family)) {
    errors.push(invalid('spec.ipFamilies[0]', spec.ipFamilies ?? [], 'may not change once set'));
  }
  return errors;
}
