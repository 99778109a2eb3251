/**
 * IngressClass: a sort of Ingresses, and the controller that serves them.
 * https://kubernetes.io/docs/concepts/services-networking/ingress/#ingress-class
 */
import type {
  IngressClassParametersReference,
  IngressClass as PublishedIngressClass,
} from 'kubernetes-types/networking/v1';
import { ageColumn, column, nameColumn } from '../columns';
import { defineKind } from '../define-kind';
import { type FieldError, forbidden, notSupported, required, tooLong } from '../field-error';
import { follows, requiredName } from '../field-rules';
import type { ApiObject } from '../meta';
import { dnsLabel, domainPrefixedPath } from '../names';
import type { Resource } from '../resource';
import { immutable } from '../validate-metadata';
import { validateObjectReference } from './ingress-validation';

export type IngressClass = ApiObject<PublishedIngressClass>;

export const ingressClassResource: Resource<IngressClass> = {
  group: 'networking.k8s.io',
  version: 'v1',
  kind: 'IngressClass',
  plural: 'ingressclasses',
  singular: 'ingressclass',
  shortNames: [],
  categories: [],
  namespaced: false,
};

const MAXIMUM_CONTROLLER_LENGTH = 250;
const SCOPES = ['Cluster', 'Namespace'];

function validateScope({ scope, namespace }: IngressClassParametersReference, path: string): FieldError[] {
  if (scope === undefined) return [required(`${path}.scope`)];
  if (!SCOPES.includes(scope)) return [notSupported(`${path}.scope`, scope, SCOPES)];
  const field = `${path}.namespace`;
  if (scope === 'Cluster') {
    return namespace === undefined ? [] : [forbidden(field, "`parameters.scope` is set to 'Cluster'")];
  }
  if (namespace === undefined) return [required(field, "`parameters.scope` is set to 'Namespace'")];
  return follows(dnsLabel, namespace, field);
}

function validateIngressClass({ spec }: IngressClass): FieldError[] {
  const { controller = '', parameters } = spec ?? {};
  const field = 'spec.controller';
  const errors = requiredName(domainPrefixedPath, controller, field);
  if (controller.length > MAXIMUM_CONTROLLER_LENGTH) errors.unshift(tooLong(field, MAXIMUM_CONTROLLER_LENGTH));
  if (!parameters) return errors;
  const path = 'spec.parameters';
  return [...errors, ...validateObjectReference(parameters, path), ...validateScope(parameters, path)];
}

/** `IngressParameters.example.com/name` */
function parametersText({ spec }: IngressClass): string {
  const { apiGroup, kind, name } = spec?.parameters ?? {};
  return kind ? `${apiGroup ? `${kind}.${apiGroup}` : kind}/${name ?? ''}` : '<none>';
}

/** Row of the table: IngressClass. */
export const ingressClassKind = /* @__PURE__ */ defineKind<IngressClass>({
  resource: ingressClassResource,
  schema: 'io.k8s.api.networking.v1.IngressClass',
  hasGeneration: true,
  columns: () => [
    nameColumn,
    column(
      'Controller',
      'string',
      'Controller that is responsible for handling this class',
      ({ spec }) => spec?.controller ?? '',
    ),
    column('Parameters', 'string', 'A reference to a resource with additional parameters', parametersText),
    ageColumn,
  ],
  applyDefaults({ spec }) {
    if (spec?.parameters) spec.parameters.scope ??= 'Cluster';
  },
  validate: validateIngressClass,
  validateUpdate: ({ spec }, old) => immutable(spec?.controller, old.spec?.controller, 'spec.controller'),
});
