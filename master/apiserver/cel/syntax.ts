/**
 * The tree an expression is parsed into, and the errors of the language.
 *
 * Operators are calls of functions with names like `_+_`, as the CEL specification names them. Macros over lists and maps are nodes of
 * their own, since they bring variables. `at` is an offset into the expression: errors point to it.
 * https://kubernetes.io/docs/reference/using-api/cel/
 */

export interface Literal {
  readonly node: 'literal';
  readonly at: number;
  readonly value: unknown;
}

export interface Identifier {
  readonly node: 'identifier';
  readonly at: number;
  readonly name: string;
}

/** `target.field`; `target.?field` when optional; `has(target.field)` when it is a test */
export interface Select {
  readonly node: 'select';
  readonly at: number;
  readonly target: Expr;
  readonly field: string;
  readonly isOptional: boolean;
  readonly isTest: boolean;
}

/** `fn(args)`, or `target.fn(args)` */
export interface Call {
  readonly node: 'call';
  readonly at: number;
  readonly fn: string;
  readonly target: Expr | undefined;
  readonly args: readonly Expr[];
}

export interface ListLiteral {
  readonly node: 'list';
  readonly at: number;
  readonly items: readonly { readonly value: Expr; readonly isOptional: boolean }[];
}

export interface MapLiteral {
  readonly node: 'map';
  readonly at: number;
  readonly entries: readonly { readonly key: Expr; readonly value: Expr; readonly isOptional: boolean }[];
}

/** What a comprehension makes of its range. */
export type Comprehend =
  | 'all'
  | 'exists'
  | 'existsOne'
  | 'filter'
  | 'map'
  | 'transformList'
  | 'transformMap'
  | 'transformMapEntry'
  | 'optMap'
  | 'optFlatMap';

/** `range.all(x, body)` and its kin; `condition` chooses what a mapping takes */
export interface Comprehension {
  readonly node: 'comprehension';
  readonly at: number;
  readonly macro: Comprehend;
  readonly range: Expr;
  readonly variables: readonly string[];
  readonly condition: Expr | undefined;
  readonly body: Expr;
}

export type Expr = Literal | Identifier | Select | Call | ListLiteral | MapLiteral | Comprehension;

/** One thing wrong with an expression. */
export interface Problem {
  readonly at: number;
  readonly text: string;
}

/** The expression is no program. The message shows each problem at its place, in the form of Kubernetes' CEL compiler. */
export class CelCompileError extends Error {
  constructor(
    expression: string,
    readonly problems: readonly Problem[],
  ) {
    super(problems.map((problem) => showProblem(expression, problem)).join('\n'));
  }
}

/** The program could not say anything about these values: `no such key: x`, `division by zero`. */
export class CelEvaluationError extends Error {}

function showProblem(expression: string, { at, text }: Problem): string {
  const before = expression.slice(0, at).split('\n');
  const column = before.at(-1)?.length ?? 0;
  const line = expression.split('\n')[before.length - 1] ?? '';
  return `ERROR: <input>:${before.length}:${column + 1}: ${text}\n | ${line}\n | ${'.'.repeat(column)}^`;
}
