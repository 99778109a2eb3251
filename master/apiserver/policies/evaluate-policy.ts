/**
 * One policy, one object, one set of parameters: what its expressions say.
 *
 * `variables` are computed when an expression asks for them, once. An expression that cannot be evaluated counts as the policy's
 * failurePolicy says. The message comes from messageExpression, else from message, else it is the expression.
 * https://kubernetes.io/docs/reference/access-authn-authz/validating-admission-policy/#validation-expression
 */
import type { ValidatingAdmissionPolicySpec, Validation, Variable } from 'kubernetes-types/admissionregistration/v1';
import type { AdmissionVariables, Cel } from '../webhooks/match-conditions';
import { matchesConditions } from '../webhooks/match-conditions';

/** One validation that did not hold. */
export interface Violation {
  /** which of the policy's validations */
  readonly index: number;
  readonly message: string;
  /** reason of the Status; '' for the usual one */
  readonly reason: string;
}

export interface Verdict {
  readonly violations: readonly Violation[];
  readonly annotations: Readonly<Record<string, string>>;
}

const LONGEST_MESSAGE = 5 * 1024;
const LONGEST_ANNOTATION = 10 * 1024;
const NOTHING: Verdict = { violations: [], annotations: {} };

/** Evaluates expressions with the same names and values. */
class Evaluation {
  private readonly values: AdmissionVariables;
  private readonly names: readonly string[];

  constructor(
    private readonly cel: Cel,
    given: AdmissionVariables,
    definitions: readonly Variable[],
  ) {
    const variables = {};
    this.values = { ...given, variables };
    this.names = Object.keys(this.values);
    for (const { name, expression } of definitions) this.define(variables, name, expression);
  }

  /** Throws an Error that names the expression. */
  of(expression: string): unknown {
    try {
      return this.cel.compile(expression, this.names).evaluate(this.values);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw new Error(`expression '${expression}' resulted in error: ${reason}`);
    }
  }

  private define(variables: object, name: string, expression: string): void {
    let known: { value: unknown } | undefined;
    Object.defineProperty(variables, name, {
      enumerable: true,
      get: () => {
        known ??= { value: this.of(expression) };
        return known.value;
      },
    });
  }
}

const textOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** What the policy says. Never throws. */
export async function evaluatePolicy(
  spec: ValidatingAdmissionPolicySpec,
  given: AdmissionVariables,
  cel: Cel,
): Promise<Verdict> {
  const { failurePolicy, matchConditions = [], validations = [], variables = [], auditAnnotations = [] } = spec;
  const failed = (message: string, index: number): Violation[] =>
    failurePolicy === 'Ignore' ? [] : [{ index, message, reason: '' }];
  try {
    if (matchConditions.length > 0 && !(await matchesConditions(matchConditions, given))) return NOTHING;
  } catch (error) {
    return { violations: failed(textOf(error), 0), annotations: {} };
  }
  const evaluation = new Evaluation(cel, given, variables);
  const violations = validations.flatMap((validation, index) => {
    try {
      const holds = evaluation.of(validation.expression) === true;
      return holds ? [] : [{ index, message: messageOf(validation, evaluation), reason: validation.reason ?? '' }];
    } catch (error) {
      return failed(textOf(error), index);
    }
  });
  const annotations: Record<string, string> = {};
  for (const { key, valueExpression } of auditAnnotations) {
    try {
      const value = evaluation.of(valueExpression);
      if (typeof value === 'string' && value.trim()) annotations[key] = value.trim().slice(0, LONGEST_ANNOTATION);
    } catch (error) {
      violations.push(...failed(textOf(error), 0));
    }
  }
  return { violations, annotations };
}

function messageOf({ expression, message, messageExpression }: Validation, evaluation: Evaluation): string {
  try {
    const computed = messageExpression ? evaluation.of(messageExpression) : '';
    const text = typeof computed === 'string' ? computed.trim() : '';
    if (text && text.length <= LONGEST_MESSAGE && !text.includes('\n')) return text;
  } catch {
    // The message of last resort is better than none.
  }
  return message?.trim() || `failed expression: ${expression.trim()}`;
}
