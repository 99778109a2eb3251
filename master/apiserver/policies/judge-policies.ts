/**
 * ValidatingAdmissionPolicy: judges a request by all policies that are bound for it.
 *
 * What a binding does with a violation is its own choice: Deny refuses, Warn tells the client, Audit writes it into the audit trail.
 * https://kubernetes.io/docs/reference/access-authn-authz/validating-admission-policy/
 */
import type { MatchResources } from 'kubernetes-types/admissionregistration/v1';
import type { RequestRule } from '../../../helper/api/admissionregistration/match-rules';
import type { ValidatingAdmissionPolicyBinding } from '../../../helper/api/admissionregistration/validating-admission-policy-binding';
import type { Kind } from '../../../helper/api/kind';
import { forbiddenError, StatusError } from '../../../helper/api/status-error';
import { admissionRequest, type ShownObjects } from '../webhooks/admission-request';
import {
  type Attributes,
  attributesOf,
  type InterceptedRequest,
  type InterceptedReview,
  isNamespace,
  type ObjectKind,
} from '../webhooks/attributes';
import { convertObject, matchedKind } from '../webhooks/equivalents';
import { type Cel, loadCel } from '../webhooks/match-conditions';
import { matchesRules } from '../webhooks/match-rules';
import { matchesSelectors, namespaceOf } from '../webhooks/match-selectors';
import { evaluatePolicy, type Violation } from './evaluate-policy';
import { findParams } from './find-params';
import type { BoundPolicy } from './policies';

const FAILURE_ANNOTATION = 'validation.policy.admission.k8s.io/validation_failure';
const ALL_RULES: readonly RequestRule[] = [
  { operations: ['*'], apiGroups: ['*'], apiVersions: ['*'], resources: ['*/*'] },
];
const CODES: Readonly<Record<string, number>> = { Forbidden: 403, Unauthorized: 401, RequestEntityTooLarge: 413 };

/** The row in whose words the request is meant; undefined when it is not. */
function meantKind(
  match: MatchResources | undefined,
  attributes: Attributes,
  request: InterceptedRequest,
): Kind | undefined {
  const { kind, registry } = request;
  if (!match) return kind;
  const rules = (match.resourceRules as RequestRule[] | undefined) ?? [];
  const found = matchedKind(rules.length > 0 ? rules : ALL_RULES, match.matchPolicy, attributes, kind, registry);
  if (!found || !matchesSelectors(match, attributes, registry)) return undefined;
  const { group, version, plural } = kind;
  const isExcluded = matchesRules(match.excludeResourceRules as RequestRule[] | undefined, attributes, {
    group,
    version,
    resource: plural,
  });
  return isExcluded ? undefined : found;
}

/** Throws the first denial. */
export async function judgePolicies(
  request: InterceptedRequest,
  review: InterceptedReview,
  bodyKind?: ObjectKind,
): Promise<void> {
  const attributes = attributesOf(request, review, bodyKind);
  const cel = await loadCel();
  let denial: StatusError | undefined;
  for (const bound of request.services.policies.inForce()) {
    const kind = meantKind(bound.policy.spec?.matchConstraints, attributes, request);
    if (!kind) continue;
    const shown = await shownAs(kind, attributes, request);
    for (const binding of bound.bindings) {
      if (!meantKind(binding.spec?.matchResources, attributes, request)) continue;
      const denied = await judgeBinding(bound, binding, shown, attributes, request, cel);
      denial ??= denied;
    }
  }
  if (denial) throw denial;
}

async function shownAs(
  kind: Kind,
  { kind: given, object, oldObject }: Attributes,
  { kind: own }: InterceptedRequest,
): Promise<ShownObjects> {
  if (given.kind !== own.kind) return { kind, object, oldObject };
  return {
    kind,
    object: object && (await convertObject(object, own, kind)),
    oldObject: oldObject && (await convertObject(oldObject, own, kind)),
  };
}

async function judgeBinding(
  { policy }: BoundPolicy,
  binding: ValidatingAdmissionPolicyBinding,
  shown: ShownObjects,
  attributes: Attributes,
  request: InterceptedRequest,
  cel: Cel,
): Promise<StatusError | undefined> {
  const { spec } = policy;
  if (!spec) return undefined;
  const deny = ({ message, reason }: Pick<Violation, 'message' | 'reason'>) =>
    denialOf(request.kind, attributes.name, reason, `${named(policy, binding)} denied request: ${message}`);
  let params: ReturnType<typeof findParams>;
  try {
    params = findParams(spec.paramKind, binding.spec?.paramRef, attributes.namespace, request.registry);
  } catch (error) {
    if (spec.failurePolicy === 'Ignore') return undefined;
    const text = error instanceof Error ? error.message : String(error);
    return deny({ message: `failed to configure binding: ${text}`, reason: '' });
  }
  let denial: StatusError | undefined;
  for (const param of params) {
    const variables = variablesOf(shown, attributes, request, cel, spec.paramKind ? (param ?? null) : undefined);
    const { violations, annotations } = await evaluatePolicy(spec, variables, cel);
    for (const [key, value] of Object.entries(annotations)) annotate(request, `${policy.metadata.name}/${key}`, value);
    for (const violation of violations) {
      const actions = binding.spec?.validationActions ?? [];
      if (actions.includes('Deny')) denial ??= deny(violation);
      if (actions.includes('Warn')) {
        request.warnings.push(`Validation failed for ${named(policy, binding)}: ${violation.message}`);
      }
      if (actions.includes('Audit')) auditViolation(request, policy.metadata.name, binding, violation);
    }
  }
  return denial;
}

function named(policy: BoundPolicy['policy'], binding: ValidatingAdmissionPolicyBinding): string {
  return `ValidatingAdmissionPolicy '${policy.metadata.name}' with binding '${binding.metadata.name}'`;
}

/** What expressions see. */
function variablesOf(
  shown: ShownObjects,
  attributes: Attributes,
  request: InterceptedRequest,
  cel: Cel,
  params: unknown,
): Readonly<Record<string, unknown>> {
  return {
    object: shown.object ?? null,
    oldObject: shown.oldObject ?? null,
    request: admissionRequest(attributes, request.user, { ...shown, object: undefined, oldObject: undefined }),
    namespaceObject: isNamespace(request.kind) ? null : (namespaceOf(request.registry, attributes) ?? null),
    authorizer: cel.authorizer(request),
    ...(params === undefined ? {} : { params }),
  };
}

function denialOf(kind: Kind, name: string, reason: string, message: string): StatusError {
  const { message: text, details } = forbiddenError(kind, name, message);
  const causes = [{ message }];
  return new StatusError(reason || 'Invalid', text, { ...details, causes }, CODES[reason] ?? 422);
}

function annotate({ trace }: InterceptedRequest, key: string, value: string): void {
  trace.annotations ??= {};
  const before = trace.annotations[key];
  trace.annotations[key] = before && before !== value ? `${before}, ${value}` : value;
}

function auditViolation(
  request: InterceptedRequest,
  policy: string,
  binding: ValidatingAdmissionPolicyBinding,
  { index, message }: Violation,
): void {
  const failure = {
    message,
    policy,
    binding: binding.metadata.name,
    expressionIndex: index,
    validationActions: binding.spec?.validationActions ?? [],
  };
  request.trace.annotations ??= {};
  request.trace.annotations[FAILURE_ANNOTATION] = JSON.stringify([failure]);
}
