/**
 * Checks types before anything runs, so that a rule with a mistake is refused when it is written and not when it first matters.
 *
 * Gradual: what is `dyn` is left to the evaluator. All problems are reported, not the first alone.
 * https://github.com/google/cel-spec/blob/master/doc/langdef.md#gradual-type-checking
 */
import type { FunctionTable, Overload } from './functions';
import type { Call, Comprehension, Expr, Problem, Select } from './syntax';
import {
  BOOL,
  type CelType,
  DYN,
  formatType,
  INT,
  isAssignable,
  joinTypes,
  listOf,
  mapOf,
  optionalOf,
  STRING,
  type Substitution,
  substitute,
  TYPE,
} from './types';
import { typeOfValue } from './values';

/** Names of types that can be used as values. */
export const TYPE_NAMES: ReadonlySet<string> = new Set([
  'bool',
  'int',
  'uint',
  'double',
  'string',
  'bytes',
  'list',
  'map',
  'null_type',
  'type',
  'optional_type',
]);

type Scope = ReadonlyMap<string, CelType>;

/** The type of every part of the expression, and what is wrong with it. */
export interface Checked {
  readonly types: ReadonlyMap<Expr, CelType>;
  readonly problems: readonly Problem[];
}

class Checker {
  readonly types = new Map<Expr, CelType>();
  readonly problems: Problem[] = [];

  constructor(private readonly functions: FunctionTable) {}

  infer(expr: Expr, scope: Scope): CelType {
    const type = this.typeOf(expr, scope);
    this.types.set(expr, type);
    return type;
  }

  private problem(at: number, text: string): CelType {
    this.problems.push({ at, text });
    return DYN;
  }

  private typeOf(expr: Expr, scope: Scope): CelType {
    switch (expr.node) {
      case 'literal':
        return typeOfValue(expr.value);
      case 'identifier':
        return this.identifier(expr.at, expr.name, scope);
      case 'select':
        return this.select(expr, scope);
      case 'call':
        return this.call(expr, scope);
      case 'comprehension':
        return this.comprehension(expr, scope);
      case 'list':
        return listOf(this.joined(expr.items.map(({ value, isOptional }) => this.element(value, isOptional, scope))));
      case 'map':
        return mapOf(
          this.joined(expr.entries.map(({ key }) => this.infer(key, scope))),
          this.joined(expr.entries.map(({ value, isOptional }) => this.element(value, isOptional, scope))),
        );
    }
  }

  private joined(types: readonly CelType[]): CelType {
    return types.length === 0 ? DYN : types.reduce(joinTypes);
  }

  private element(expr: Expr, isOptional: boolean, scope: Scope): CelType {
    const type = this.infer(expr, scope);
    return isOptional ? unwrapped(type) : type;
  }

  private identifier(at: number, name: string, scope: Scope): CelType {
    const type = scope.get(name);
    if (type) return type;
    if (TYPE_NAMES.has(name)) return TYPE;
    return this.problem(at, `undeclared reference to '${name}' (in container '')`);
  }

  private select(expr: Select, scope: Scope): CelType {
    const target = this.infer(expr.target, scope);
    const inner = unwrapped(target);
    const type = this.field(inner, expr.field, expr.at);
    if (expr.isTest) return BOOL;
    return expr.isOptional || inner !== target ? optionalOf(unwrapped(type)) : type;
  }

  private field(target: CelType, field: string, at: number): CelType {
    if (target.fields) return target.fields.get(field) ?? this.problem(at, `undefined field '${field}'`);
    if (target.name === 'map') return target.args[1] ?? DYN;
    if (target === DYN) return DYN;
    return this.problem(at, `type '${formatType(target)}' does not support field selection`);
  }

  private call(expr: Call, scope: Scope): CelType {
    const { fn, target, args, at } = expr;
    const types = (target ? [target, ...args] : args).map((argument) => this.infer(argument, scope));
    if (fn === '_?_:_') return this.conditional(expr, types);
    if (fn === '_[_]' && types[0]?.name === 'optional_type') return optionalOf(this.item(types[0]));
    if (fn === '_[?_]') return optionalOf(this.item(types[0] ?? DYN));
    const overloads = this.functions.get(fn);
    if (!overloads) return this.problem(at, `undeclared reference to '${fn}' (in container '')`);
    return this.resolve(overloads, expr, types);
  }

  private item(type: CelType): CelType {
    const inner = unwrapped(type);
    return inner.args.at(-1) ?? DYN;
  }

  private resolve(overloads: readonly Overload[], { fn, target, at }: Call, types: readonly CelType[]): CelType {
    const results: CelType[] = [];
    for (const { isMethod, params, result } of overloads) {
      if (isMethod !== (target !== undefined) || params.length !== types.length) continue;
      const known: Substitution = new Map();
      if (params.every((param, index) => isAssignable(param, types[index] ?? DYN, known))) {
        results.push(substitute(result, known));
      }
    }
    if (results.length > 0) return this.joined(results);
    const given = types.map(formatType);
    const applied = target ? `${given[0]}.(${given.slice(1).join(', ')})` : `(${given.join(', ')})`;
    return this.problem(at, `found no matching overload for '${fn}' applied to '${applied}'`);
  }

  private conditional({ at, args }: Call, types: readonly CelType[]): CelType {
    const [condition = DYN, then = DYN, otherwise = DYN] = types;
    if (!isAssignable(BOOL, condition) || !isAssignable(then, otherwise)) {
      const given = types.map(formatType).join(', ');
      return this.problem(args[0] ? at : 0, `found no matching overload for '_?_:_' applied to '(${given})'`);
    }
    return joinTypes(then, otherwise);
  }

  private comprehension(expr: Comprehension, scope: Scope): CelType {
    const range = this.infer(expr.range, scope);
    const inner = new Map(scope);
    const types = this.variableTypes(expr, range);
    for (const [index, name] of expr.variables.entries()) inner.set(name, types[index] ?? DYN);
    if (expr.condition) this.expectBool(expr.condition, inner);
    const { macro } = expr;
    if (macro === 'all' || macro === 'exists' || macro === 'existsOne' || macro === 'filter') {
      this.expectBool(expr.body, inner);
      return macro === 'filter' ? (range.name === 'map' ? listOf(types[0] ?? DYN) : range) : BOOL;
    }
    const body = this.infer(expr.body, inner);
    if (macro === 'optMap') return optionalOf(body);
    if (macro === 'optFlatMap') return body;
    if (macro === 'transformMap') return mapOf(range.name === 'list' ? INT : (range.args[0] ?? DYN), body);
    return macro === 'transformMapEntry' ? body : listOf(body);
  }

  /** One variable is an item or a key; two are index and item, or key and value. */
  private variableTypes({ macro, variables, at }: Comprehension, range: CelType): readonly CelType[] {
    const [first = DYN, second = DYN] = range.args;
    if (macro === 'optMap' || macro === 'optFlatMap') return [unwrapped(range)];
    if (range.name === 'list') return variables.length === 2 ? [INT, first] : [first];
    if (range.name === 'map') return [first, second];
    if (range.fields) return [STRING, DYN];
    if (range === DYN) return [DYN, DYN];
    this.problem(
      at,
      `expression of type '${formatType(range)}' cannot be range of a comprehension (must be list, map, or dynamic)`,
    );
    return [DYN, DYN];
  }

  private expectBool(expr: Expr, scope: Scope): void {
    const type = this.infer(expr, scope);
    if (!isAssignable(BOOL, type)) {
      this.problem(expr.at, `expected type 'bool' but found '${formatType(type)}'`);
    }
  }
}

/** The type inside an optional one. */
function unwrapped(type: CelType): CelType {
  return type.name === 'optional_type' ? (type.args[0] ?? DYN) : type;
}

/** The types of an expression whose variables have these types. */
export function checkTypes(expr: Expr, variables: Scope, functions: FunctionTable): Checked {
  const checker = new Checker(functions);
  checker.infer(expr, variables);
  return { types: checker.types, problems: checker.problems };
}
