/**
 * Dialect Dns -> Ingress of class nginx: one host, each path a Service, the path taken off before the Service sees the request.
 * https://kubernetes.io/docs/concepts/services-networking/ingress/
 */
import { type Ingress, ingressResource } from '../api/networking/ingress';
import { canonicalName } from './canonical-name';
import type { FieldReader } from './field-reader';
import { readName } from './read-metadata';

const MAX_PORT = 65_535;
const HOST = /^(\*\.)?[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/;
const PATH = /^[A-Za-z0-9._~/-]*$/;
/** The part of the address behind the path; with it alone the request goes on. */
const REWRITE = {
  'nginx.ingress.kubernetes.io/use-regex': 'true',
  'nginx.ingress.kubernetes.io/rewrite-target': '/$2',
};

type Path = NonNullable<
  NonNullable<NonNullable<NonNullable<Ingress['spec']>['rules']>[number]['http']>['paths']
>[number];

function readPath(fields: FieldReader): Path {
  const text = fields.requiredText('path');
  if (!PATH.test(text))
    throw fields.wrong('path', `${JSON.stringify(text)} is wrong, expected a path such as cart or /cart`);
  const service = fields.requiredText('service_name');
  const backend = canonicalName(service);
  if (!backend)
    throw fields.wrong('service_name', `${JSON.stringify(service)} is wrong, expected the name of a Service`);
  const port = fields.integer('service_port', 1, MAX_PORT);
  if (port === undefined) throw fields.wrong('service_port', 'is missing, expected a port number');
  fields.refuseUnknown();
  const trimmed = text.replace(/^\/+|\/+$/g, '').replaceAll('.', '\\.');
  return {
    // A root path has nothing to take off; `$2` is what follows the slash in both.
    path: trimmed === '' ? '/()(.*)' : `/${trimmed}(/|$)(.*)`,
    pathType: 'ImplementationSpecific',
    backend: { service: { name: backend, port: { number: port } } },
  };
}

export function convertDns(fields: FieldReader): Ingress {
  const { name, annotations } = readName(fields);
  const host = fields.requiredText('host').toLowerCase();
  if (!HOST.test(host))
    throw fields.wrong('host', `${JSON.stringify(host)} is wrong, expected a name such as shop.local`);
  const paths = fields.nestedList('paths').map(readPath);
  if (paths.length === 0)
    throw fields.wrong(
      'paths',
      'is missing, expected a list such as [{path: cart, service_name: cart-service, service_port: 88}]',
    );
  const metadata = fields.nested('metadata');
  const labels = metadata?.textMap('labels');
  metadata?.refuseUnknown();
  fields.refuseUnknown();
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: ingressResource.kind,
    metadata: { name, ...(labels ? { labels } : {}), annotations: { ...annotations, ...REWRITE } },
    spec: { ingressClassName: 'nginx', rules: [{ host, http: { paths } }] },
  };
}
