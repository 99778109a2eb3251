/**
 * Runs a checked expression on values.
 *
 * Every step costs; beyond the limit the run is cancelled, so that no rule can hold the server. `&&`, `||`, `all` and `exists` forget
 * an error on one side when the other side decides, whatever the order.
 * https://kubernetes.io/docs/reference/using-api/cel/#runtime-cost-budget
 */
import { fieldName } from './field-names';
import { type FunctionTable, invoke } from './functions';
import { readAs } from './read-as';
import { type Call, CelEvaluationError, type Comprehension, type Expr, type MapLiteral, type Select } from './syntax';
import type { CelType } from './types';
import {
  CelOptional,
  CelTypeValue,
  CelUint,
  elementsOf,
  fromJson,
  isMap,
  isOpaque,
  lookUp,
  numberOf,
  toKey,
} from './values';

/** What one evaluation may cost, as Kubernetes has it (PerCallLimit). */
export const CALL_COST_LIMIT = 1_000_000;
const COST_PER_CHARACTER = 0.1;

/** Names to values; values from JSON are taken as they are. */
export type Bindings = Readonly<Record<string, unknown>>;

/** Variables of macros around an expression, the innermost first. */
interface Scope {
  readonly name: string;
  readonly value: unknown;
  readonly outer: Scope | undefined;
}

export interface Program {
  readonly expr: Expr;
  readonly types: ReadonlyMap<Expr, CelType>;
  readonly functions: FunctionTable;
}

class Run {
  private cost = 0;

  constructor(
    private readonly program: Program,
    private readonly bindings: Bindings,
    private readonly costLimit: number,
  ) {}

  get spent(): number {
    return Math.ceil(this.cost);
  }

  evaluate(expr: Expr, scope: Scope | undefined): unknown {
    const value = this.step(expr, scope);
    const type = this.program.types.get(expr);
    return type ? readAs(type, value) : value;
  }

  private step(expr: Expr, scope: Scope | undefined): unknown {
    switch (expr.node) {
      case 'literal':
        return expr.value;
      case 'identifier':
        this.pay(1);
        return this.variable(expr.name, scope);
      case 'select':
        this.pay(1);
        return this.select(expr, scope);
      case 'call':
        return this.call(expr, scope);
      case 'list':
        this.pay(10);
        return this.list(expr.items, scope);
      case 'map':
        this.pay(30);
        return this.map(expr, scope);
      case 'comprehension':
        return this.comprehension(expr, scope);
    }
  }

  private pay(cost: number): void {
    this.cost += cost;
    if (this.cost > this.costLimit) throw new CelEvaluationError('operation cancelled: actual cost limit exceeded');
  }

  private variable(name: string, scope: Scope | undefined): unknown {
    for (let at = scope; at; at = at.outer) if (at.name === name) return at.value;
    if (Object.hasOwn(this.bindings, name)) return fromJson(this.bindings[name]);
    // Everything else the checker let through is the name of a type.
    return new CelTypeValue(name);
  }

  private select(expr: Select, scope: Scope | undefined): unknown {
    const target = this.evaluate(expr.target, scope);
    const isOptional = expr.isOptional || target instanceof CelOptional;
    const inner = target instanceof CelOptional ? target.value : target;
    const map = isOpaque(inner) && inner.fields ? inner.fields : inner;
    if (target instanceof CelOptional && !target.hasValue) return expr.isTest ? false : target;
    if (!isMap(map)) {
      if (isOptional && map === null) return CelOptional.none;
      throw new CelEvaluationError(map === null ? `no such key: ${expr.field}` : 'no such overload');
    }
    const found = lookUp(map, fieldName(map, expr.field));
    if (expr.isTest) return found !== undefined && found !== null;
    if (isOptional) return found === undefined ? CelOptional.none : CelOptional.of(found);
    if (found === undefined) throw new CelEvaluationError(`no such key: ${expr.field}`);
    return found;
  }

  private call(expr: Call, scope: Scope | undefined): unknown {
    switch (expr.fn) {
      case '_&&_':
        return this.decide(expr, scope, false);
      case '_||_':
        return this.decide(expr, scope, true);
      case '_?_:_':
        return this.evaluate(this.branch(expr, scope), scope);
    }
    const args: unknown[] = [];
    if (expr.target) args.push(this.evaluate(expr.target, scope));
    for (const argument of expr.args) args.push(this.evaluate(argument, scope));
    this.pay(callCost(args));
    if (expr.fn === '_[_]' || expr.fn === '_[?_]') return index(args[0], args[1], expr.fn === '_[?_]');
    return invoke(this.program.functions, expr.fn, expr.target !== undefined, args);
  }

  private branch({ args }: Call, scope: Scope | undefined): Expr {
    const [condition, then, otherwise] = args as [Expr, Expr, Expr];
    const value = this.evaluate(condition, scope);
    if (typeof value !== 'boolean') throw new CelEvaluationError('no such overload');
    return value ? then : otherwise;
  }

  /** `&&` is decided by a false, `||` by a true, on either side. */
  private decide({ args }: Call, scope: Scope | undefined, deciding: boolean): unknown {
    this.pay(1);
    let failure: unknown;
    for (const argument of args) {
      try {
        const value = this.evaluate(argument, scope);
        if (value === deciding) return deciding;
        if (typeof value !== 'boolean') failure ??= new CelEvaluationError('no such overload');
      } catch (error) {
        failure ??= error;
      }
    }
    if (failure) throw failure;
    return !deciding;
  }

  private list(items: readonly { value: Expr; isOptional: boolean }[], scope: Scope | undefined): unknown[] {
    const list: unknown[] = [];
    for (const { value, isOptional } of items) {
      const item = this.evaluate(value, scope);
      if (!isOptional) list.push(item);
      else if (item instanceof CelOptional && item.hasValue) list.push(item.value);
    }
    return list;
  }

  private map({ entries }: MapLiteral, scope: Scope | undefined): Map<unknown, unknown> {
    const map = new Map<unknown, unknown>();
    for (const { key, value, isOptional } of entries) {
      const name = toKey(this.evaluate(key, scope));
      const item = this.evaluate(value, scope);
      if (map.has(name)) throw new CelEvaluationError(`Failed with repeated key: ${String(name)}`);
      if (!isOptional) map.set(name, item);
      else if (item instanceof CelOptional && item.hasValue) map.set(name, item.value);
    }
    return map;
  }

  private comprehension(expr: Comprehension, scope: Scope | undefined): unknown {
    const range = this.evaluate(expr.range, scope);
    if (expr.macro === 'optMap' || expr.macro === 'optFlatMap') return this.mapOptional(expr, range, scope);
    const rounds = this.rounds(expr, range, scope);
    switch (expr.macro) {
      case 'all':
        return this.quantify(expr.body, rounds, false);
      case 'exists':
        return this.quantify(expr.body, rounds, true);
      case 'existsOne':
        return rounds.filter((round) => this.holds(expr.body, round.scope)).length === 1;
      case 'filter':
        return rounds.filter((round) => this.holds(expr.body, round.scope)).map((round) => round.key);
    }
    const chosen = rounds.filter(({ scope: inner }) => !expr.condition || this.holds(expr.condition, inner));
    if (expr.macro === 'map' || expr.macro === 'transformList') {
      return chosen.map((round) => this.evaluate(expr.body, round.scope));
    }
    const made = chosen.map(({ key, scope: inner }) => ({ key, value: this.evaluate(expr.body, inner) }));
    if (expr.macro === 'transformMap') return new Map(made.map(({ key, value }) => [key, value]));
    return new Map(
      made.flatMap(({ value }) => elementsOf(value).map((key) => [key, lookUp(value as Map<unknown, unknown>, key)])),
    );
  }

  /** The scope of each element, and its key: the item with one variable, index or key with two. */
  private rounds(expr: Comprehension, range: unknown, scope: Scope | undefined): { key: unknown; scope: Scope }[] {
    const [first = '', second] = expr.variables;
    return elementsOf(range).map((element, position) => {
      this.pay(1);
      const item = fromJson(element);
      if (second === undefined) return { key: item, scope: { name: first, value: item, outer: scope } };
      const [key, value] = isMap(range) ? [item, lookUp(range, item)] : [BigInt(position), item];
      return { key, scope: { name: second, value, outer: { name: first, value: key, outer: scope } } };
    });
  }

  private holds(expr: Expr, scope: Scope): boolean {
    const value = this.evaluate(expr, scope);
    if (typeof value !== 'boolean') throw new CelEvaluationError('no such overload');
    return value;
  }

  private quantify(body: Expr, rounds: readonly { scope: Scope }[], deciding: boolean): boolean {
    let failure: unknown;
    for (const { scope } of rounds) {
      try {
        if (this.holds(body, scope) === deciding) return deciding;
      } catch (error) {
        failure ??= error;
      }
    }
    if (failure) throw failure;
    return !deciding;
  }

  private mapOptional(expr: Comprehension, range: unknown, scope: Scope | undefined): unknown {
    if (!(range instanceof CelOptional)) throw new CelEvaluationError('no such overload');
    if (!range.hasValue) return range;
    const value = this.evaluate(expr.body, { name: expr.variables[0] ?? '', value: range.value, outer: scope });
    return expr.macro === 'optMap' ? CelOptional.of(value) : value;
  }
}

/** One, and more for what a function has to read through. */
function callCost(args: readonly unknown[]): number {
  let cost = 1;
  for (const argument of args) {
    if (typeof argument === 'string') cost += argument.length * COST_PER_CHARACTER;
    else if (Array.isArray(argument)) cost += argument.length * COST_PER_CHARACTER;
  }
  return cost;
}

/** `container[key]`, `container[?key]`, and both on an optional container. */
function index(container: unknown, key: unknown, isOptional: boolean): unknown {
  if (container instanceof CelOptional) return container.hasValue ? index(container.value, key, true) : container;
  const found = Array.isArray(container) ? itemAt(container, key, isOptional) : entryOf(container, key);
  if (isOptional) return found === undefined ? CelOptional.none : CelOptional.of(found);
  if (found === undefined) throw new CelEvaluationError(`no such key: ${shownKey(key)}`);
  return found;
}

const shownKey = (key: unknown): string => (key instanceof CelUint ? String(key.value) : String(key));

function itemAt(list: readonly unknown[], key: unknown, isOptional: boolean): unknown {
  const position = numberOf(key);
  if (position === undefined) throw new CelEvaluationError(`unsupported index type '${typeof key}' in list`);
  const at = Number(position);
  if (!Number.isInteger(at) || at < 0 || at >= list.length) {
    if (isOptional) return undefined;
    throw new CelEvaluationError(`index out of bounds: ${position}`);
  }
  return fromJson(list[at]);
}

function entryOf(container: unknown, key: unknown): unknown {
  if (!isMap(container)) throw new CelEvaluationError('no such overload');
  return lookUp(container, toKey(key));
}

/** The value of the program for these bindings, and what it cost. Throws CelEvaluationError. */
export function evaluateProgram(
  program: Program,
  bindings: Bindings,
  costLimit: number,
): { value: unknown; cost: number } {
  const run = new Run(program, bindings, costLimit);
  const value = run.evaluate(program.expr, undefined);
  return { value, cost: run.spent };
}
