/**
 * Compiles every expression of a policy or of a webhook's match conditions when it is written. Objects are of any type here; with the
 * types of the kinds a policy names they are checked in `type-check.ts`, which only warns.
 * https://kubernetes.io/docs/reference/access-authn-authz/validating-admission-policy/#type-checking
 */
import type { ValidatingAdmissionPolicy } from '../../../helper/api/admissionregistration/validating-admission-policy';
import { type FieldError, invalid } from '../../../helper/api/field-error';
import type { Kind } from '../../../helper/api/kind';
import type { KubeObject } from '../../../helper/api/meta';
import { invalidObject } from '../../../helper/api/status-error';
import { compileCel } from '../cel/compile-cel';
import { AUTHORIZER } from '../cel/library/authorizer';
import { BOOL, type CelType, DYN, formatType, isAssignable, NULL, objectOf, STRING } from '../cel/types';
import type { MatchCondition } from '../webhooks/match-conditions';

type Types = Readonly<Record<string, CelType>>;

const REQUEST_TYPES: Types = { object: DYN, oldObject: DYN, request: DYN, authorizer: AUTHORIZER };

function problemsOf(expression: string, path: string, variables: Types, results: readonly CelType[]): FieldError[] {
  try {
    const { resultType } = compileCel(expression, { variables });
    if (results.some((type) => isAssignable(type, resultType))) return [];
    return [invalid(path, expression, `must evaluate to ${results.map(formatType).join(' or ')}`)];
  } catch (error) {
    return [invalid(path, expression, `compilation failed: ${error instanceof Error ? error.message : String(error)}`)];
  }
}

function conditionProblems(
  conditions: readonly MatchCondition[] | undefined,
  path: string,
  types: Types,
): FieldError[] {
  return (conditions ?? []).flatMap(({ expression = '' }, index) =>
    problemsOf(expression, `${path}[${index}].expression`, types, [BOOL]),
  );
}

function policyProblems({ spec }: ValidatingAdmissionPolicy): FieldError[] {
  const { paramKind, matchConditions, variables = [], validations = [], auditAnnotations = [] } = spec ?? {};
  const given: Types = { ...REQUEST_TYPES, namespaceObject: DYN, ...(paramKind ? { params: DYN } : {}) };
  const errors = conditionProblems(matchConditions, 'spec.matchConditions', given);
  const known: [string, CelType][] = [];
  const types = (): Types => ({ ...given, variables: objectOf('kubernetes.variables', known) });
  for (const [index, { name, expression }] of variables.entries()) {
    errors.push(...problemsOf(expression, `spec.variables[${index}].expression`, types(), [DYN]));
    known.push([name, DYN]);
  }
  for (const [index, { expression, messageExpression }] of validations.entries()) {
    errors.push(...problemsOf(expression, `spec.validations[${index}].expression`, types(), [BOOL]));
    if (!messageExpression) continue;
    errors.push(...problemsOf(messageExpression, `spec.validations[${index}].messageExpression`, types(), [STRING]));
  }
  for (const [index, { valueExpression }] of auditAnnotations.entries()) {
    const path = `spec.auditAnnotations[${index}].valueExpression`;
    errors.push(...problemsOf(valueExpression, path, types(), [STRING, NULL]));
  }
  return errors;
}

/** Throws Invalid with every expression that is none. */
export function checkExpressions(kind: Kind, object: KubeObject): void {
  const { webhooks = [] } = object as { webhooks?: readonly { matchConditions?: readonly MatchCondition[] }[] };
  const errors = webhooks.flatMap(({ matchConditions }, index) =>
    conditionProblems(matchConditions, `webhooks[${index}].matchConditions`, REQUEST_TYPES),
  );
  if (kind.kind === 'ValidatingAdmissionPolicy') errors.push(...policyProblems(object as ValidatingAdmissionPolicy));
  if (errors.length > 0) throw invalidObject(kind, object.metadata.name, errors);
}
