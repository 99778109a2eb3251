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
import { duplicate, type FieldError, invalid, required } from '../field-error';
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

const REASONS = ['Forbidden', 'Invalid', 'RequestEntityTooLarge'];
const MAX_AUDIT_ANNOTATIONS = 20;
const LONGEST_ANNOTATION_BYTES = 5 * 1024;
const VARIABLE_NAME = /^[_a-zA-Z][_a-zA-Z0-9]*$/;
/** Words of the expression language that name nothing. */
const RESERVED_WORDS = new Set(
  'true false null in as break const continue else for function if import let loop package namespace return var void while'.split(
    ' ',
  ),
);

function validateParamKind(paramKind: ParamKind | undefined): FieldError[] {
  if (!paramKind) return [];
  const { apiVersion = '', kind = '' } = paramKind;
  const path = 'spec.paramKind';
  const mixedCase = (reason: string) => `may have mixed case, but should otherwise match: ${reason}`;
  return [
    ...(apiVersion ? validateGroupVersion(apiVersion, `${path}.apiVersion`) : [required(`${path}.apiVersion`)]),
    ...(kind
      ? together(dns1035Label(kind.toLowerCase()), `${path}.kind`, kind, mixedCase)
      : [required(`${path}.kind`)]),
  ];
}

/** All reasons as one problem. */
function together(
  reasons: readonly string[],
  field: string,
  value: string,
  detail = (reason: string) => reason,
): FieldError[] {
  return reasons.length > 0 ? [invalid(field, value, detail(reasons.join(',')))] : [];
}

function validateGroupVersion(apiVersion: string, field: string): FieldError[] {
  const [version = '', group = '', ...more] = apiVersion.split('/').reverse();
  if (more.length > 0) return [invalid(field, apiVersion, `unexpected GroupVersion string: ${apiVersion}`)];
  return [
    ...(group ? together(dnsSubdomain(group), field, group) : []),
    ...(version
      ? together(dns1035Label(version), field, version)
      : [invalid(field, apiVersion, 'version must be specified')]),
  ];
}

function validateValidation(
  { expression, message, messageExpression, reason }: Validation,
  path: string,
): FieldError[] {
  const errors: FieldError[] = [];
  if (!expression?.trim()) errors.push(required(`${path}.expression`, 'expression is not specified'));
  if (messageExpression && !messageExpression.trim()) {
    errors.push(invalid(`${path}.messageExpression`, messageExpression, 'must be non-empty if specified'));
  }
  if (message && !message.trim()) {
    errors.push(invalid(`${path}.message`, message, 'message must be non-empty if specified'));
  } else if (message && /[\n\r]/.test(message.trim())) {
    errors.push(invalid(`${path}.message`, message, 'message must not contain line breaks'));
  }
  return [...errors, ...optionalOneOf(reason, REASONS, `${path}.reason`)];
}

function validateVariable({ name, expression }: Variable, path: string): FieldError[] {
  const isName = VARIABLE_NAME.test(name) && !RESERVED_WORDS.has(name);
  return [
    ...(name?.trim() ? [] : [required(`${path}.name`, 'name is not specified')]),
    ...(name?.trim() && !isName ? [invalid(`${path}.name`, name, 'name is not a valid CEL identifier')] : []),
    ...(expression?.trim() ? [] : [required(`${path}.expression`, 'expression is not specified')]),
  ];
}

function validateAuditAnnotations(annotations: readonly AuditAnnotation[] | undefined, policy: string): FieldError[] {
  const path = 'spec.auditAnnotations';
  const keys = (annotations ?? []).map(({ key }) => key);
  const tooMuch = `must not have more than ${MAX_AUDIT_ANNOTATIONS} auditAnnotations`;
  return [
    ...(keys.length > MAX_AUDIT_ANNOTATIONS ? [invalid(path, annotations, tooMuch)] : []),
    ...each(annotations, path, ({ key = '', valueExpression }, at, index) => [
      ...follows(qualifiedNameRule, `${policy}/${key}`, `${at}.key`),
      ...validateValueExpression(valueExpression?.trim(), `${at}.valueExpression`),
      ...(keys.indexOf(key) < index ? [duplicate(`${at}.key`, key)] : []),
    ]),
  ];
}

function validateValueExpression(expression: string | undefined, field: string): FieldError[] {
  if (!expression) return [required(field, 'valueExpression is not specified')];
  const isTooLong = Buffer.byteLength(expression) > LONGEST_ANNOTATION_BYTES;
  return isTooLong ? [required(field, `must not exceed ${LONGEST_ANNOTATION_BYTES} bytes in length`)] : [];
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
