/**
 * ValidatingAdmissionPolicy: rules about objects as CEL expressions, judged in the api-server itself. A binding puts them in force.
 * https://kubernetes.io/docs/reference/access-authn-authz/validating-admission-policy/
 */
import type {
  AuditAnnotation,
  ParamKind,
  ValidatingAdmissionPolicy as PublishedPolicy,
  ValidatingAdmissionPolicySpec,
  Validation,
  Variable,
} from 'kubernetes-types/admissionregistration/v1';
import { ageColumn, column, nameColumn } from '../columns';
import { defineKind } from '../define-kind';
import { duplicate, type FieldError, invalid, required, tooMany } from '../field-error';
import { each, follows, oneOf, optionalOneOf } from '../field-rules';
import type { ApiObject } from '../meta';
import { dns1035Label, dnsSubdomain, qualifiedNameRule } from '../names';
import type { Resource } from '../resource';
import { FAILURE_POLICIES } from './match-rules';
import { defaultMatchResources, validateMatchResources } from './policy-rules';
import { validateMatchConditions } from './webhook-rules';

export type ValidatingAdmissionPolicy = ApiObject<PublishedPolicy>;

export const validatingAdmissionPolicyResource: Resource<ValidatingAdmissionPolicy> = {
  group: 'admissionregistration.k8s.io',
  version: 'v1',
  kind: 'ValidatingAdmissionPolicy',
  plural: 'validatingadmissionpolicies',
  singular: 'validatingadmissionpolicy',
  shortNames: [],
  categories: ['api-extensions'],
  namespaced: false,
};

const REASONS = ['Forbidden', 'Invalid', 'RequestEntityTooLarge', 'Unauthorized'];
const MAX_AUDIT_ANNOTATIONS = 20;
const VARIABLE_NAME = /^[_a-zA-Z][_a-zA-Z0-9]*$/;

function validateParamKind(paramKind: ParamKind | undefined): FieldError[] {
  if (!paramKind) return [];
  const { apiVersion = '', kind = '' } = paramKind;
  const path = 'spec.paramKind';
  const [version = '', group = ''] = apiVersion.split('/').reverse();
  const isMalformed = apiVersion.split('/').length > 2;
  return [
    ...(apiVersion ? [] : [required(`${path}.apiVersion`)]),
    ...(isMalformed
      ? [invalid(`${path}.apiVersion`, apiVersion, `unexpected GroupVersion string: ${apiVersion}`)]
      : []),
    ...(apiVersion && !isMalformed && group
      ? dnsSubdomain(group).map((reason) => invalid(`${path}.apiVersion`, group, reason))
      : []),
    ...(apiVersion && !isMalformed
      ? dns1035Label(version).map((reason) => invalid(`${path}.apiVersion`, version, reason))
      : []),
    ...(kind ? follows(dns1035Label, kind.toLowerCase(), `${path}.kind`) : [required(`${path}.kind`)]),
  ];
}

function validateValidation(
  { expression, message, messageExpression, reason }: Validation,
  path: string,
): FieldError[] {
  const errors: FieldError[] = [];
  if (!expression?.trim()) errors.push(required(`${path}.expression`, 'expression is not specified'));
  else if (message === undefined && expression.includes('\n')) {
    errors.push(required(`${path}.message`, 'message must be specified if expression contains line breaks'));
  }
  if (message !== undefined && !message.trim()) {
    errors.push(invalid(`${path}.message`, message, 'message must be non-empty if specified'));
  } else if (message?.includes('\n')) {
    errors.push(invalid(`${path}.message`, message, 'message must not contain line breaks'));
  }
  if (messageExpression !== undefined && messageExpression !== '' && !messageExpression.trim()) {
    errors.push(invalid(`${path}.messageExpression`, messageExpression, 'must be non-empty if specified'));
  }
  return [...errors, ...optionalOneOf(reason, REASONS, `${path}.reason`)];
}

function validateVariable({ name, expression }: Variable, path: string): FieldError[] {
  return [
    ...(name ? [] : [required(`${path}.name`, 'name is not specified')]),
    ...(name && !VARIABLE_NAME.test(name) ? [invalid(`${path}.name`, name, 'name is not a valid CEL identifier')] : []),
    ...(expression?.trim() ? [] : [required(`${path}.expression`, 'expression is not specified')]),
  ];
}

function validateAuditAnnotations(annotations: readonly AuditAnnotation[] | undefined, policy: string): FieldError[] {
  const path = 'spec.auditAnnotations';
  const keys = (annotations ?? []).map(({ key }) => key);
  return [
    ...(keys.length > MAX_AUDIT_ANNOTATIONS ? [tooMany(path, keys.length, MAX_AUDIT_ANNOTATIONS)] : []),
    ...each(annotations, path, ({ key, valueExpression }, at, index) => [
      ...(key
        ? qualifiedNameRule(`${policy}/${key}`).map((reason) =>
            invalid(`${at}.key`, key, `not a valid audit annotation key: ${reason}`),
          )
        : [required(`${at}.key`)]),
      ...(valueExpression?.trim() ? [] : [required(`${at}.valueExpression`, 'valueExpression is not specified')]),
      ...(key && keys.indexOf(key) < index ? [duplicate(`${at}.key`, key)] : []),
    ]),
  ];
}

function validatePolicy({ metadata, spec }: ValidatingAdmissionPolicy): FieldError[] {
  const { failurePolicy, paramKind, matchConstraints, matchConditions, variables, validations, auditAnnotations } =
    spec ?? {};
  const names = (variables ?? []).map(({ name }) => name);
  const constraints = 'spec.matchConstraints';
  return [
    ...oneOf(failurePolicy, FAILURE_POLICIES, 'spec.failurePolicy'),
    ...validateParamKind(paramKind),
    ...(matchConstraints ? validateMatchResources(matchConstraints, constraints) : [required(constraints)]),
    ...(matchConstraints && !matchConstraints.resourceRules?.length ? [required(`${constraints}.resourceRules`)] : []),
    ...validateMatchConditions(matchConditions, 'spec.matchConditions'),
    ...each(variables, 'spec.variables', (variable, path, index) => [
      ...validateVariable(variable, path),
      ...(variable.name && names.indexOf(variable.name) < index ? [duplicate(`${path}.name`, variable.name)] : []),
    ]),
    ...(validations?.length || auditAnnotations?.length
      ? []
      : [
          required('spec.validations', 'validations or auditAnnotations must contain at least one item'),
          required('spec.auditAnnotations', 'validations or auditAnnotations must contain at least one item'),
        ]),
    ...each(validations, 'spec.validations', validateValidation),
    ...validateAuditAnnotations(auditAnnotations, metadata.name ?? ''),
  ];
}

function paramKindText({ paramKind }: ValidatingAdmissionPolicySpec): string {
  return paramKind ? `${paramKind.apiVersion}/${paramKind.kind}` : '<unset>';
}

/** Row of the table: ValidatingAdmissionPolicy. */
export const validatingAdmissionPolicyKind = /* @__PURE__ */ defineKind<ValidatingAdmissionPolicy>({
  resource: validatingAdmissionPolicyResource,
  schema: 'io.k8s.api.admissionregistration.v1.ValidatingAdmissionPolicy',
  updateNeedsVersion: true,
  hasStatus: true,
  hasGeneration: true,
  columns: () => [
    nameColumn,
    column(
      'Validations',
      'integer',
      'How many validations the policy has.',
      ({ spec }) => spec?.validations?.length ?? 0,
    ),
    column('ParamKind', 'string', 'The kind of the objects that give the policy its parameters.', ({ spec }) =>
      paramKindText(spec ?? {}),
    ),
    ageColumn,
  ],
  prepareForCreate(policy) {
    policy.status = {};
  },
  applyDefaults({ spec }) {
    if (!spec) return;
    spec.failurePolicy ??= 'Fail';
    defaultMatchResources(spec.matchConstraints);
  },
  validate: validatePolicy,
});
