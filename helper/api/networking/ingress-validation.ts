/**
 * Rules of Ingresses: hosts, paths and what stands behind them.
 * https://kubernetes.io/docs/concepts/services-networking/ingress/#the-ingress-resource
 */
import { isIP } from 'node:net';
import type { TypedLocalObjectReference } from 'kubernetes-types/core/v1';
import type { HTTPIngressPath, IngressBackend, IngressRule, IngressTLS } from 'kubernetes-types/networking/v1';
import { type FieldError, invalid, notSupported, required } from '../field-error';
import { each, follows, requiredName } from '../field-rules';
import { validateIp } from '../ip-address';
import { dns1035Label, dnsSubdomain, pathSegment, portName, portNumber, wildcardDnsSubdomain } from '../names';
import type { Ingress } from './ingress';

const CLASS_ANNOTATION = 'kubernetes.io/ingress.class';
const PATH_TYPES = ['Exact', 'ImplementationSpecific', 'Prefix'];
const FORBIDDEN_SEQUENCES = ['//', '/./', '/../', '%2f', '%2F'];
const FORBIDDEN_ENDINGS = ['/..', '/.'];

/** A reference to an object of the same namespace, or of none. */
export function validateObjectReference(
  { apiGroup, kind, name }: Pick<TypedLocalObjectReference, 'apiGroup' | 'kind' | 'name'>,
  path: string,
): FieldError[] {
  return [
    ...(typeof apiGroup === 'string' ? follows(dnsSubdomain, apiGroup, `${path}.apiGroup`) : []),
    ...requiredName(pathSegment, kind, `${path}.kind`),
    ...requiredName(pathSegment, name, `${path}.name`),
  ];
}

function validateService({ service }: IngressBackend, path: string): FieldError[] {
  if (!service) return [];
  const { name = '', number = 0 } = service.port ?? {};
  const errors = requiredName(dns1035Label, service.name, `${path}.service.name`);
  if (name && number) errors.push(invalid(path, '', 'cannot set both port name & port number'));
  else if (name) errors.push(...follows(portName, name, `${path}.service.port.name`));
  else if (number) {
    errors.push(...portNumber(number).map((reason) => invalid(`${path}.service.port.number`, number, reason)));
  } else errors.push(required(path, 'port name or number is required'));
  return errors;
}

function validateBackend(backend: IngressBackend | undefined, path: string): FieldError[] {
  const { resource, service } = backend ?? {};
  if (resource && service) return [invalid(path, '', 'cannot set both resource and service backends')];
  if (resource) return validateObjectReference(resource, `${path}.resource`);
  if (service) return validateService({ service }, path);
  return [invalid(path, '', 'resource or service backend is required')];
}

function validatePathText(text: string, pathType: string, field: string): FieldError[] {
  const isFree = pathType === 'ImplementationSpecific';
  const errors: FieldError[] = [];
  if (!text.startsWith('/') && !(isFree && text === '')) errors.push(invalid(field, text, 'must be an absolute path'));
  if (isFree) return errors;
  const found = FORBIDDEN_SEQUENCES.filter((part) => text.includes(part));
  errors.push(...found.map((part) => invalid(field, text, `must not contain '${part}'`)));
  const ending = FORBIDDEN_ENDINGS.filter((part) => text.endsWith(part));
  return [...errors, ...ending.map((part) => invalid(field, text, `cannot end with '${part}'`))];
}

function validatePath({ path: text = '', pathType, backend }: HTTPIngressPath, path: string): FieldError[] {
  if (pathType === undefined || pathType === null) {
    return [required(`${path}.pathType`, 'pathType must be specified')];
  }
  const errors = PATH_TYPES.includes(pathType)
    ? validatePathText(text, pathType, `${path}.path`)
    : [notSupported(`${path}.pathType`, pathType, PATH_TYPES)];
  return [...errors, ...validateBackend(backend, `${path}.backend`)];
}

const hostRule = (host: string) => (host.includes('*') ? wildcardDnsSubdomain : dnsSubdomain);

function validateRule({ host, http }: IngressRule, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const field = `${path}.host`;
  if (host && isIP(host)) errors.push(invalid(field, host, 'must be a DNS name, not an IP address'));
  if (host) errors.push(...follows(hostRule(host), host, field));
  if (!http) return errors;
  if (!http.paths?.length) errors.push(required(`${path}.http.paths`));
  return [...errors, ...each(http.paths, `${path}.http.paths`, validatePath)];
}

function validateTls({ hosts, secretName }: IngressTLS, path: string): FieldError[] {
  return [
    ...each(hosts, `${path}.hosts`, (host, at) => follows(hostRule(host), host, at)),
    ...(secretName ? follows(dnsSubdomain, secretName, `${path}.secretName`) : []),
  ];
}

/** The class is written in one of two places; in both at creation only when they agree. */
function validateClass({ metadata, spec }: Ingress): FieldError[] {
  const annotation = metadata.annotations?.[CLASS_ANNOTATION];
  const className = spec?.ingressClassName;
  const errors = typeof className === 'string' ? follows(dnsSubdomain, className, 'spec.ingressClassName') : [];
  const isNew = !metadata.resourceVersion;
  if (isNew && annotation !== undefined && className !== undefined && annotation !== className) {
    const message = 'must match `ingressClassName` when both are specified';
    errors.push(invalid(`annotations.${CLASS_ANNOTATION}`, annotation, message));
  }
  return errors;
}

/** All that is wrong with an Ingress. */
export function validateIngress(ingress: Ingress): FieldError[] {
  const { rules = [], defaultBackend, tls } = ingress.spec ?? {};
  const errors: FieldError[] = [];
  if (!rules.length && !defaultBackend) {
    errors.push(invalid('spec', rules, 'either `defaultBackend` or `rules` must be specified'));
  }
  if (defaultBackend) errors.push(...validateBackend(defaultBackend, 'spec.defaultBackend'));
  errors.push(...each(rules, 'spec.rules', validateRule));
  errors.push(...each(tls, 'spec.tls', validateTls));
  return [...errors, ...validateClass(ingress)];
}

/** Where an Ingress can be reached: addresses or names. */
export function validateIngressStatus({ status }: Ingress): FieldError[] {
  return each(status?.loadBalancer?.ingress, 'status.loadBalancer.ingress', ({ ip, hostname }, path) => [
    ...(ip ? validateIp(ip, `${path}.ip`) : []),
    ...(hostname ? follows(dnsSubdomain, hostname, `${path}.hostname`) : []),
    ...(hostname && isIP(hostname)
      ? [invalid(`${path}.hostname`, hostname, 'must be a DNS name, not an IP address')]
      : []),
  ]);
}
