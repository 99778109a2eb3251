/**
 * The most an expression can cost, told from its tree and the limits of what it judges, before any value is there.
 *
 * What costs something is what costs something in the evaluator: names, fields, calls, and the body of a macro once for every element
 * there may be. Kubernetes takes macros apart before it counts, so each round of one has a few steps of its own; the constants below
 * are those. A list without `maxItems` therefore makes any rule over its items dear, and a list in a list too dear.
 * https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#resource-use-by-validation-functions
 */
import type { Bound } from './bounds';
import { estimateCall, type Operand, sizeOfEither } from './estimate-call';
import { ANY_SIZE, fixed, type Size, times } from './size';
import type { Call, Comprehend, Comprehension, Expr, Select } from './syntax';
import { type CelType, DYN } from './types';

/** The limits of the variables of an expression; a variable without is of any size. */
export type Bounds = Readonly<Record<string, Bound | undefined>>;

interface Estimate {
  readonly cost: number;
  /** known without looking at a schema: of texts and lists the expression itself makes */
  readonly size?: Size | undefined;
  /** where in the schema the value comes from */
  readonly bound?: Bound | undefined;
}

type Scope = ReadonlyMap<string, Bound | undefined>;

const LIST_COST = 10;
const MAP_COST = 30;

/** What a macro costs once, and in each round besides its condition and body. */
const MACROS: Readonly<Record<Comprehend, { readonly once: number; readonly round: number }>> = {
  all: { once: 1, round: 3 },
  exists: { once: 1, round: 4 },
  existsOne: { once: 2, round: 2 },
  filter: { once: LIST_COST + 1, round: LIST_COST + 3 },
  map: { once: LIST_COST + 1, round: LIST_COST + 2 },
  transformList: { once: LIST_COST + 1, round: LIST_COST + 2 },
  transformMap: { once: MAP_COST + 1, round: 3 },
  transformMapEntry: { once: MAP_COST + 1, round: 2 },
  optMap: { once: LIST_COST + 3, round: 0 },
  optFlatMap: { once: LIST_COST + 2, round: 0 },
};

const SCALARS = new Set(['bool', 'int', 'uint', 'double', 'duration', 'timestamp', 'null_type']);

class Estimator {
  constructor(
    private readonly types: ReadonlyMap<Expr, CelType>,
    private readonly root: Bound | undefined,
  ) {}

  visit(expr: Expr, scope: Scope): Estimate {
    switch (expr.node) {
      case 'literal':
        return { cost: 0, size: literalSize(expr.value) };
      case 'identifier':
        return { cost: 1, bound: scope.get(expr.name) };
      case 'select':
        return this.select(expr, scope);
      case 'call':
        return this.call(expr, scope);
      case 'list': {
        const items = expr.items.map(({ value }) => value);
        return { cost: LIST_COST + this.total(items, scope), size: fixed(items.length) };
      }
      case 'map': {
        const parts = expr.entries.flatMap(({ key, value }) => [key, value]);
        return { cost: MAP_COST + this.total(parts, scope), size: fixed(expr.entries.length) };
      }
      case 'comprehension':
        return this.comprehension(expr, scope);
    }
  }

  private total(exprs: readonly Expr[], scope: Scope): number {
    return exprs.reduce((sum, expr) => sum + this.visit(expr, scope).cost, 0);
  }

  private typeOf(expr: Expr): CelType {
    return this.types.get(expr) ?? DYN;
  }

  private select({ target, field, isTest, isOptional }: Select, scope: Scope): Estimate {
    const { cost, bound } = this.visit(target, scope);
    if (isTest) return { cost };
    const type = this.typeOf(target);
    const isRead = isOptional || type.fields !== undefined || type.name === 'map';
    return { cost: cost + (isRead ? 1 : 0), bound: bound?.fields?.get(field) };
  }

  private call(expr: Call, scope: Scope): Estimate {
    const { fn, target, args } = expr;
    const exprs = target ? [target, ...args] : args;
    const estimates = exprs.map((argument) => this.visit(argument, scope));
    const costs = estimates.map(({ cost }) => cost);
    const sum = costs.reduce((left, right) => left + right, 0);
    const operands = exprs.map((argument, index) => this.operand(argument, estimates[index]));
    switch (fn) {
      case '_&&_':
      case '_||_':
        return { cost: sum };
      case '_?_:_':
        return conditional(costs, operands);
      case '_[_]':
      case '_[?_]':
        return { cost: sum + 1, bound: estimates[0]?.bound?.elements };
      case 'dyn':
        return { ...estimates[0], cost: sum + 1 };
    }
    const { cost, size } = estimateCall(fn, operands);
    return { cost: sum + cost, size };
  }

  private operand(expr: Expr, estimate: Estimate | undefined): Operand {
    const type = this.typeOf(expr);
    const literal = expr.node === 'literal' ? expr.value : undefined;
    const items = estimate?.bound?.elements;
    const itemSize = items ? boundSize(items) : isScalar(type.args[0]) ? fixed(1) : ANY_SIZE;
    return { type, size: sizeOf(estimate, type), itemSize, literal };
  }

  private comprehension(expr: Comprehension, scope: Scope): Estimate {
    const range = this.visit(expr.range, scope);
    const type = this.typeOf(expr.range);
    const { once, round } = MACROS[expr.macro];
    const inner = this.innerScope(expr, range, type, scope);
    const condition = expr.condition ? this.visit(expr.condition, inner).cost : 0;
    const body = this.visit(expr.body, inner).cost;
    if (expr.macro === 'optMap' || expr.macro === 'optFlatMap') return { cost: 2 * range.cost + once + body };
    const size = sizeOf(range, type);
    const cost = range.cost + once + times(size.max, round + condition + body);
    return makesContainer(expr.macro) ? { cost, size } : { cost };
  }

  /** Elements of a list the expression made itself are taken to be what the rule judges, as Kubernetes does. */
  private innerScope(expr: Comprehension, { bound }: Estimate, type: CelType, scope: Scope): Scope {
    const elements = bound ? bound.elements : this.root;
    const keys = bound ? bound.keys : this.root;
    const [first = '', second] = expr.variables;
    const inner = new Map(scope);
    if (expr.macro === 'optMap' || expr.macro === 'optFlatMap') return inner.set(first, undefined);
    if (second === undefined) return inner.set(first, type.name === 'map' ? keys : elements);
    return inner.set(first, type.name === 'map' ? keys : undefined).set(second, elements);
  }
}

const makesContainer = (macro: Comprehend): boolean => macro !== 'all' && macro !== 'exists' && macro !== 'existsOne';
const isScalar = (type: CelType | undefined): boolean => type !== undefined && SCALARS.has(type.name);
const boundSize = ({ maxElements }: Bound): Size => ({ min: 0, max: maxElements });

function sizeOf(estimate: Estimate | undefined, type: CelType): Size {
  if (estimate?.size) return estimate.size;
  if (estimate?.bound) return boundSize(estimate.bound);
  return isScalar(type) ? fixed(1) : ANY_SIZE;
}

/** Characters of a text, bytes of bytes; everything else counts one. */
function literalSize(value: unknown): Size {
  if (typeof value === 'string') return fixed([...value].length);
  return fixed(value instanceof Uint8Array ? value.length : 1);
}

function conditional(
  [condition = 0, then = 0, otherwise = 0]: readonly number[],
  operands: readonly Operand[],
): Estimate {
  const [, left, right] = operands;
  const size = left && right ? sizeOfEither(left, right) : undefined;
  return { cost: condition + Math.max(then, otherwise), size };
}

/** The most the checked expression can cost on values within these limits; Infinity when nothing limits it. */
export function estimateCost(expr: Expr, types: ReadonlyMap<Expr, CelType>, bounds: Bounds): number {
  const scope = new Map(Object.entries(bounds));
  return new Estimator(types, bounds['self']).visit(expr, scope).cost;
}
