/**
 * Type checking of policies: expressions against the types of the kinds a policy names, as warnings in its status.
 *
 * Rules with stars are left out, as in Kubernetes: what they mean is open.
 * https://kubernetes.io/docs/reference/access-authn-authz/validating-admission-policy/#type-checking
 */
import type { ValidatingAdmissionPolicySpec } from 'kubernetes-types/admissionregistration/v1';
import type { RequestRule } from '../../../helper/api/admissionregistration/match-rules';
import type { Kind } from '../../../helper/api/kind';
import { apiVersionOf } from '../../../helper/api/resource';
import { findSchema } from '../../../helper/api/schema/load';
import type { FieldSchema } from '../../../helper/api/schema/schema';
import { compileCel } from '../cel/compile-cel';
import { escapeField } from '../cel/field-names';
import { AUTHORIZER } from '../cel/library/authorizer';
import { schemaType } from '../cel/schema-type';
import { BOOL, BYTES, type CelType, DOUBLE, DYN, INT, listOf, mapOf, objectOf, STRING, TIMESTAMP } from '../cel/types';

export interface ExpressionWarning {
  readonly fieldRef: string;
  readonly warning: string;
}

const MAX_KINDS = 10;
/** Types that hold themselves are open below this. */
const MAX_DEPTH = 12;
const SCALARS: Readonly<Record<string, CelType>> = {
  string: STRING,
  boolean: BOOL,
  int32: INT,
  int64: INT,
  double: DOUBLE,
  bytes: BYTES,
  time: TIMESTAMP,
  microTime: TIMESTAMP,
};

function typeOfField(field: FieldSchema, depth: number): CelType {
  if (field.type === 'list') return listOf(typeOfField(field.items, depth));
  if (field.type === 'map') return mapOf(STRING, typeOfField(field.values, depth));
  if (field.type === 'ref') return typeOfSchema(field.ref, depth + 1);
  return SCALARS[field.type] ?? DYN;
}

function typeOfSchema(name: string, depth = 0): CelType {
  const schema = depth < MAX_DEPTH ? findSchema(name) : undefined;
  if (!schema) return DYN;
  const fields = Object.entries(schema.fields).flatMap(([key, field]): [string, CelType][] => {
    const escaped = escapeField(key);
    return escaped === undefined ? [] : [[escaped, typeOfField(field, depth)]];
  });
  return objectOf(name, fields);
}

const typeOfKind = (kind: Kind): CelType =>
  kind.structure ? schemaType(kind.structure.schema, true) : typeOfSchema(kind.schema);

const hasStar = (values: readonly string[] | undefined): boolean => (values ?? []).some((value) => value.includes('*'));

function namedKinds(rules: readonly RequestRule[], kinds: readonly Kind[]): Kind[] {
  return rules
    .filter(({ apiGroups, apiVersions, resources }) => ![apiGroups, apiVersions, resources].some(hasStar))
    .flatMap(({ apiGroups = [], apiVersions = [], resources = [] }) =>
      kinds.filter(
        ({ group, version, plural }) =>
          apiGroups.includes(group) && apiVersions.includes(version) && resources.includes(plural),
      ),
    )
    .slice(0, MAX_KINDS);
}

/** All warnings; empty when the types fit. */
export function typeCheckPolicy(spec: ValidatingAdmissionPolicySpec, kinds: readonly Kind[]): ExpressionWarning[] {
  const rules = (spec.matchConstraints?.resourceRules as RequestRule[] | undefined) ?? [];
  const params =
    spec.paramKind &&
    kinds.find((kind) => kind.kind === spec.paramKind?.kind && apiVersionOf(kind) === spec.paramKind.apiVersion);
  const subjects = namedKinds(rules, kinds).map((kind) => ({ kind, object: typeOfKind(kind) }));
  const warnings: ExpressionWarning[] = [];
  const check = (fieldRef: string, expression: string) => {
    const problems = subjects.flatMap(({ kind, object }) => {
      const variables = {
        object,
        oldObject: object,
        request: DYN,
        namespaceObject: typeOfSchema('io.k8s.api.core.v1.Namespace'),
        authorizer: AUTHORIZER,
        variables: DYN,
        ...(spec.paramKind ? { params: params ? typeOfKind(params) : DYN } : {}),
      };
      const problem = problemOf(expression, variables);
      return problem ? [`${apiVersionOf(kind)}, Kind=${kind.kind}: ${problem}\n`] : [];
    });
    if (problems.length > 0) warnings.push({ fieldRef, warning: problems.join('\n') });
  };
  for (const [index, { expression, messageExpression }] of (spec.validations ?? []).entries()) {
    check(`spec.validations[${index}].expression`, expression);
    if (messageExpression) check(`spec.validations[${index}].messageExpression`, messageExpression);
  }
  return warnings;
}

function problemOf(expression: string, variables: Readonly<Record<string, CelType>>): string {
  try {
    compileCel(expression, { variables });
    return '';
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
