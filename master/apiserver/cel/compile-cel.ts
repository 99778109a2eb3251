/**
 * CEL, the language of rules in Kubernetes objects: an expression becomes a program once and runs often.
 *
 * Validation rules of custom resources, admission policies and match conditions all come through here. Loaded when the first of
 * them is compiled.
 * https://kubernetes.io/docs/reference/using-api/cel/
 */
import { checkTypes } from './checker';
import { type Bounds, estimateCost } from './estimate-cost';
import { type Bindings, CALL_COST_LIMIT, evaluateProgram } from './evaluator';
import { functionTable } from './functions';
import { addresses } from './library/addresses';
import { authorizers } from './library/authorizer';
import { conversions } from './library/conversions';
import { lists, optionals } from './library/lists';
import { namedFormats } from './library/named-formats';
import { operators } from './library/operators';
import { quantities } from './library/quantity';
import { strings } from './library/strings';
import { times } from './library/times';
import { urls } from './library/urls';
import { parseExpression } from './parser';
import { CelCompileError } from './syntax';
import type { CelType } from './types';

const FUNCTIONS = functionTable([
  operators,
  conversions,
  times,
  strings,
  lists,
  optionals,
  quantities,
  urls,
  addresses,
  authorizers,
  namedFormats,
]);

export interface CelOptions {
  /** The names an expression may use, with their types. */
  readonly variables: Readonly<Record<string, CelType>>;
}

export interface CelProgram {
  /** The type of the result, `dyn` when it depends on the values. */
  readonly resultType: CelType;
  /** The value; throws CelEvaluationError. Values of bindings are JSON. */
  evaluate(bindings: Bindings): unknown;
  /** The same, with what it cost; a smaller limit than that of one call can be given. */
  measure(bindings: Bindings, costLimit: number): { readonly value: unknown; readonly cost: number };
  /** The most it can cost on values within these limits; Infinity when nothing limits it. */
  estimate(bounds: Bounds): number;
}

/** Parses and checks an expression. Throws CelCompileError, whose message points to each problem. */
export function compileCel(expression: string, { variables }: CelOptions): CelProgram {
  const expr = parseExpression(expression, (name) => FUNCTIONS.has(name));
  const { types, problems } = checkTypes(expr, new Map(Object.entries(variables)), FUNCTIONS);
  const resultType = types.get(expr);
  if (problems.length > 0 || !resultType) throw new CelCompileError(expression, problems);
  const program = { expr, types, functions: FUNCTIONS };
  return {
    resultType,
    evaluate: (bindings) => evaluateProgram(program, bindings, CALL_COST_LIMIT).value,
    measure: (bindings, costLimit) => evaluateProgram(program, bindings, Math.min(costLimit, CALL_COST_LIMIT)),
    estimate: (bounds) => estimateCost(expr, types, bounds),
  };
}
