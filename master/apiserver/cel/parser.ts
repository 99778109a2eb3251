/**
 * Parses an expression: operators by precedence, members, calls, lists and maps. Macros are made in `macros.ts`.
 *
 * From loosest to tightest: `?:`, `||`, `&&`, comparisons and `in`, `+ -`, `* / %`, `! -`, members.
 * https://github.com/google/cel-spec/blob/master/doc/langdef.md#syntax
 */
import { type Token, tokenize } from './lexer';
import { asMacro } from './macros';
import { CelCompileError, type Expr, type ListLiteral, type MapLiteral } from './syntax';
import { CelDouble } from './values';

/** Deeper nesting is refused, as in Kubernetes: the stack is not for the user to fill. */
const MAX_DEPTH = 250;
const RESERVED = new Set(
  'as break const continue else for function if import let loop package namespace return var void while'.split(' '),
);
const COMPARISONS = new Set(['<', '<=', '>', '>=', '==', '!=', 'in']);
const CONSTANTS = new Map<string, unknown>([
  ['true', true],
  ['false', false],
  ['null', null],
]);
const MIN_INT_MAGNITUDE = 2n ** 63n;

class Parser {
  private position = 0;
  private depth = 0;

  constructor(
    private readonly expression: string,
    private readonly tokens: readonly Token[],
    private readonly isGlobal: (name: string) => boolean,
  ) {}

  whole(): Expr {
    const expr = this.conditional();
    if (this.token.kind !== 'end') this.fail(`mismatched input '${this.token.text}' expecting <EOF>`);
    return expr;
  }

  private get token(): Token {
    return this.tokens[this.position] as Token;
  }

  private fail(text: string, at = this.token.at): never {
    throw new CelCompileError(this.expression, [{ at, text: `Syntax error: ${text}` }]);
  }

  /** Takes the sign when it is next. */
  private take(sign: string): Token | undefined {
    const { token } = this;
    if (token.text !== sign || token.kind === 'literal' || token.kind === 'end') return undefined;
    this.position++;
    return token;
  }

  private expect(sign: string): Token {
    return this.take(sign) ?? this.fail(`mismatched input '${this.token.text}' expecting '${sign}'`);
  }

  private name(): Token {
    const { token } = this;
    if (token.kind !== 'name') this.fail(`mismatched input '${token.text}' expecting IDENTIFIER`);
    this.position++;
    return token;
  }

  private nested<T>(parse: () => T): T {
    if (++this.depth > MAX_DEPTH) this.fail(`expression recursion limit exceeded: ${MAX_DEPTH}`);
    const result = parse();
    this.depth--;
    return result;
  }

  private conditional(): Expr {
    return this.nested(() => {
      const condition = this.chain('||', () => this.chain('&&', () => this.comparison()));
      const question = this.take('?');
      if (!question) return condition;
      const then = this.chain('||', () => this.chain('&&', () => this.comparison()));
      this.expect(':');
      return call('_?_:_', question.at, [condition, then, this.conditional()]);
    });
  }

  /** `a || b || c`: to the left, with the operator's sign as the name of the function. */
  private chain(sign: string, operand: () => Expr): Expr {
    let left = operand();
    for (let operator = this.take(sign); operator; operator = this.take(sign)) {
      left = call(`_${sign}_`, operator.at, [left, operand()]);
    }
    return left;
  }

  private comparison(): Expr {
    let left = this.sum();
    while (COMPARISONS.has(this.token.text) && this.token.kind !== 'literal') {
      const operator = this.token;
      this.position++;
      const fn = operator.text === 'in' ? '@in' : `_${operator.text}_`;
      left = call(fn, operator.at, [left, this.sum()]);
    }
    return left;
  }

  private sum(): Expr {
    return this.leftAssociative(['+', '-'], () => this.leftAssociative(['*', '/', '%'], () => this.unary()));
  }

  private leftAssociative(signs: readonly string[], operand: () => Expr): Expr {
    let left = operand();
    while (this.token.kind === 'sign' && signs.includes(this.token.text)) {
      const operator = this.token;
      this.position++;
      left = call(`_${operator.text}_`, operator.at, [left, operand()]);
    }
    return left;
  }

  private unary(): Expr {
    const not = this.take('!');
    if (not) return this.nested(() => call('!_', not.at, [this.unary()]));
    const minus = this.take('-');
    if (!minus) return this.member();
    const { value } = this.token;
    // `-1` is a literal, or the smallest int could not be written.
    if (typeof value === 'bigint' || value instanceof CelDouble) {
      this.position++;
      const negated = typeof value === 'bigint' ? -value : new CelDouble(-value.value);
      return this.members({ node: 'literal', at: minus.at, value: negated });
    }
    return this.nested(() => call('-_', minus.at, [this.unary()]));
  }

  private member(): Expr {
    const start = this.token;
    const expr = this.primary();
    if (start.value === MIN_INT_MAGNITUDE) this.fail('invalid int literal', start.at);
    return this.members(expr);
  }

  private members(first: Expr): Expr {
    let expr = first;
    for (;;) {
      const dot = this.take('.');
      const bracket = dot ? undefined : this.take('[');
      if (dot) expr = this.memberAfterDot(expr, dot.at);
      else if (bracket) expr = this.index(expr, bracket.at);
      else return expr;
    }
  }

  private memberAfterDot(target: Expr, at: number): Expr {
    const isOptional = this.take('?') !== undefined;
    const { text: field } = this.name();
    const open = isOptional ? undefined : this.take('(');
    if (!open) return { node: 'select', at, target, field, isOptional, isTest: false };
    const args = this.list(')', () => this.conditional());
    const qualified = qualifiedName(target);
    if (qualified && this.isGlobal(`${qualified}.${field}`)) return call(`${qualified}.${field}`, open.at, args);
    return this.made({ node: 'call', at: open.at, fn: field, target, args });
  }

  private index(target: Expr, at: number): Expr {
    const fn = this.take('?') ? '_[?_]' : '_[_]';
    const key = this.conditional();
    this.expect(']');
    return call(fn, at, [target, key]);
  }

  private primary(): Expr {
    const { token } = this;
    if (token.kind === 'literal') {
      this.position++;
      return { node: 'literal', at: token.at, value: token.value };
    }
    if (this.take('(')) {
      const inner = this.conditional();
      this.expect(')');
      return inner;
    }
    if (this.take('[')) return this.listLiteral(token.at);
    if (this.take('{')) return this.mapLiteral(token.at);
    this.take('.');
    if (this.token.kind !== 'name' || this.token.text === 'in') this.unexpected();
    return this.nameOrCall();
  }

  private unexpected(): never {
    const { text } = this.token;
    return this.fail(
      `mismatched input '${text}' expecting {'[', '{', '(', '.', '-', '!', 'true', 'false', 'null', NUM_FLOAT, NUM_INT, NUM_UINT, STRING, BYTES, IDENTIFIER}`,
    );
  }

  private nameOrCall(): Expr {
    const { text: name, at } = this.name();
    if (CONSTANTS.has(name)) return { node: 'literal', at, value: CONSTANTS.get(name) };
    if (RESERVED.has(name)) this.fail(`reserved identifier: ${name}`, at);
    const open = this.take('(');
    if (!open) return { node: 'identifier', at, name };
    return this.made({
      node: 'call',
      at: open.at,
      fn: name,
      target: undefined,
      args: this.list(')', () => this.conditional()),
    });
  }

  /** The call, or the macro it is. */
  private made(expr: Extract<Expr, { node: 'call' }>): Expr {
    const macro = asMacro(expr);
    if (macro && 'problem' in macro) throw new CelCompileError(this.expression, [macro.problem]);
    return macro ?? expr;
  }

  private list<T>(end: string, item: () => T): T[] {
    const items: T[] = [];
    while (!this.take(end)) {
      items.push(item());
      if (this.take(',')) continue;
      this.expect(end);
      break;
    }
    return items;
  }

  private listLiteral(at: number): ListLiteral {
    const item = () => ({ isOptional: this.take('?') !== undefined, value: this.conditional() });
    return { node: 'list', at, items: this.list(']', item) };
  }

  private mapLiteral(at: number): MapLiteral {
    const entry = () => {
      const isOptional = this.take('?') !== undefined;
      const key = this.conditional();
      this.expect(':');
      return { isOptional, key, value: this.conditional() };
    };
    return { node: 'map', at, entries: this.list('}', entry) };
  }
}

const call = (fn: string, at: number, args: readonly Expr[]): Expr => ({
  node: 'call',
  at,
  fn,
  target: undefined,
  args,
});

/** `a.b.c` of names alone; '' for anything else. */
export function qualifiedName(expr: Expr): string {
  if (expr.node === 'identifier') return expr.name;
  if (expr.node !== 'select' || expr.isOptional || expr.isTest) return '';
  const target = qualifiedName(expr.target);
  return target && `${target}.${expr.field}`;
}

/** The tree of an expression. `isGlobal` knows functions with dotted names. Throws CelCompileError. */
export function parseExpression(expression: string, isGlobal: (name: string) => boolean): Expr {
  return new Parser(expression, tokenize(expression), isGlobal).whole();
}
