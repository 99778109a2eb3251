/**
 * ValidatingAdmissionPolicyBinding: puts a policy in force, says for which objects, with which parameters and to what effect.
 * https://kubernetes.io/docs/reference/access-authn-authz/validating-admission-policy/
 */
import type {
  ParamRef,
  ValidatingAdmissionPolicyBinding as PublishedBinding,
} from 'kubernetes-types/admissionregistration/v1';
import { ageColumn, column, nameColumn } from '../columns';
import { defineKind } from '../define-kind';
import { duplicate, type FieldError, forbidden, invalid, notSupported, required } from '../field-error';
import { each, follows, oneOf, requiredName } from '../field-rules';
import { formatLabelSelector, validateLabelSelector } from '../label-selector';
import type { ApiObject } from '../meta';
import { dnsSubdomain, pathSegment } from '../names';
import type { Resource } from '../resource';
import { defaultMatchResources, validateMatchResources } from './policy-rules';

export type ValidatingAdmissionPolicyBinding = ApiObject<PublishedBinding>;

export const validatingAdmissionPolicyBindingResource: Resource<ValidatingAdmissionPolicyBinding> = {
  group: 'admissionregistration.k8s.io',
  version: 'v1',
  kind: 'ValidatingAdmissionPolicyBinding',
  plural: 'validatingadmissionpolicybindings',
  singular: 'validatingadmissionpolicybinding',
  shortNames: [],
  categories: ['api-extensions'],
  namespaced: false,
};

const ACTIONS = ['Audit', 'Deny', 'Warn'];
const NOT_FOUND_ACTIONS = ['Deny', 'Allow'];
const BOTH =
  'must not contain both Deny and Warn (repeating the same validation failure information in the API response and headers serves no purpose)';

function validateParamRef(ref: ParamRef | undefined): FieldError[] {
  if (!ref) return [];
  const path = 'spec.paramRef';
  const { name, selector, parameterNotFoundAction } = ref;
  return [
    ...(name ? follows(pathSegment, name, `${path}.name`) : []),
    ...(name && selector ? [forbidden(`${path}.name`, 'name and selector are mutually exclusive')] : []),
    ...(name && selector ? [forbidden(`${path}.selector`, 'name and selector are mutually exclusive')] : []),
    ...(name || selector ? [] : [required(path, 'one of name or selector must be specified')]),
    ...(selector ? validateLabelSelector(selector, `${path}.selector`) : []),
    ...oneOf(parameterNotFoundAction, NOT_FOUND_ACTIONS, `${path}.parameterNotFoundAction`),
  ];
}

function validateActions(actions: readonly string[] | undefined): FieldError[] {
  const path = 'spec.validationActions';
  if (!actions?.length) return [required(path, 'at least one validation action is required')];
  return [
    ...each(actions, path, (action, at, index) => [
      ...(ACTIONS.includes(action) ? [] : [notSupported(at, action, ACTIONS)]),
      ...(actions.indexOf(action) < index ? [duplicate(at, action)] : []),
    ]),
    ...(actions.includes('Deny') && actions.includes('Warn') ? [invalid(path, actions, BOTH)] : []),
  ];
}

function paramRefText({ name, namespace, selector }: ParamRef): string {
  if (name) return namespace ? `${namespace}/${name}` : name;
  return selector ? formatLabelSelector(selector) : '<unset>';
}

/** Row of the table: ValidatingAdmissionPolicyBinding. */
export const validatingAdmissionPolicyBindingKind = /* @__PURE__ */ defineKind<ValidatingAdmissionPolicyBinding>({
  resource: validatingAdmissionPolicyBindingResource,
  schema: 'io.k8s.api.admissionregistration.v1.ValidatingAdmissionPolicyBinding',
  updateNeedsVersion: true,
  hasGeneration: true,
  columns: () => [
    nameColumn,
    column('PolicyName', 'string', 'The policy that is put in force.', ({ spec }) => spec?.policyName ?? ''),
    column('ParamRef', 'string', 'The objects that give the policy its parameters.', ({ spec }) =>
      paramRefText(spec?.paramRef ?? {}),
    ),
    ageColumn,
  ],
  applyDefaults({ spec }) {
    defaultMatchResources(spec?.matchResources);
  },
  validate: ({ spec }) => [
    ...requiredName(dnsSubdomain, spec?.policyName, 'spec.policyName'),
    ...validateParamRef(spec?.paramRef),
    ...(spec?.matchResources ? validateMatchResources(spec.matchResources, 'spec.matchResources') : []),
    ...validateActions(spec?.validationActions),
  ],
});
