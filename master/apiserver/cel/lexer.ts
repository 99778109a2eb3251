/**
 * Cuts an expression into tokens: numbers, quoted texts in all of CEL's forms, names, and signs.
 * https://github.com/google/cel-spec/blob/master/doc/langdef.md#syntax
 */
import { CelCompileError } from './syntax';
import { CelDouble, CelUint } from './values';

export interface Token {
  readonly kind: 'literal' | 'name' | 'sign' | 'end';
  readonly at: number;
  /** as written; of a quoted name without its quotes */
  readonly text: string;
  /** of a literal */
  readonly value?: unknown;
}

const SPACE = /(?:\s|\/\/[^\n]*)+/y;
const DOUBLE = /\d+\.\d+(?:[eE][+-]?\d+)?|\d+[eE][+-]?\d+|\.\d+(?:[eE][+-]?\d+)?/y;
const INTEGER = /(0[xX][0-9a-fA-F]+|\d+)([uU]?)/y;
const TEXT =
  /([rR]?[bB]?|[bB][rR])("""[\s\S]*?(?<!\\)(?:\\\\)*"""|'''[\s\S]*?(?<!\\)(?:\\\\)*'''|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*')/y;
const RAW_TEXT = /([rR][bB]?|[bB][rR])("""[\s\S]*?"""|'''[\s\S]*?'''|"[^"\n]*"|'[^'\n]*')/y;
const NAME = /[A-Za-z_][A-Za-z0-9_]*/y;
const SIGN = /&&|\|\||==|!=|<=|>=|[<>+\-*/%!?:.,()[\]{}]/y;

const ESCAPES: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
};
const MAX_INT = 2n ** 63n;

/** A minus before it is an operator to the lexer; the parser lets the smallest number through. */
function integer(expression: string, at: number, digits: string, isUnsigned: boolean): unknown {
  const value = BigInt(digits);
  const tooLarge = isUnsigned ? value >= 2n ** 64n : value > MAX_INT;
  if (tooLarge) {
    throw new CelCompileError(expression, [{ at, text: `Syntax error: invalid ${isUnsigned ? 'u' : ''}int literal` }]);
  }
  return isUnsigned ? new CelUint(value) : value;
}

function decodeEscapes(text: string, isBytes: boolean): string {
  return text.replace(
    /\\(?:x([0-9a-fA-F]{2})|X([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-3][0-7]{2})|([\s\S]))/g,
    (_whole, x?: string, X?: string, u?: string, U?: string, octal?: string, plain?: string) => {
      if (plain !== undefined) return ESCAPES[plain] ?? plain;
      const code = octal ? Number.parseInt(octal, 8) : Number.parseInt(x ?? X ?? u ?? U ?? '', 16);
      return isBytes ? String.fromCharCode(code) : String.fromCodePoint(code);
    },
  );
}

function quoted(prefix: string, body: string): unknown {
  const width = body.startsWith('"""') || body.startsWith("'''") ? 3 : 1;
  const inner = body.slice(width, -width);
  const isBytes = /b/i.test(prefix);
  const text = /r/i.test(prefix) ? inner : decodeEscapes(inner, isBytes);
  if (!isBytes) return text;
  // Escapes in bytes are bytes; everything else stands for its UTF-8 form.
  const isEscaped = text !== inner;
  return new Uint8Array(Buffer.from(text, isEscaped ? 'latin1' : 'utf8'));
}

/** All tokens, the last one an `end`. Throws CelCompileError at the first character that begins none. */
export function tokenize(expression: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  const match = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at;
    return pattern.exec(expression);
  };
  while (at < expression.length) {
    const space = match(SPACE);
    if (space) {
      at += space[0].length;
      continue;
    }
    const token = nextToken(expression, at, match);
    tokens.push(token.token);
    at += token.length;
  }
  tokens.push({ kind: 'end', at, text: '<EOF>' });
  return tokens;
}

function nextToken(
  expression: string,
  at: number,
  match: (pattern: RegExp) => RegExpExecArray | null,
): { token: Token; length: number } {
  const token = (kind: Token['kind'], text: string, value?: unknown) => ({
    token: { kind, at, text, value },
    length: text.length,
  });
  const text = match(RAW_TEXT) ?? match(TEXT);
  if (text) return token('literal', text[0], quoted(text[1] ?? '', text[2] ?? ''));
  const double = match(DOUBLE);
  if (double) return token('literal', double[0], new CelDouble(Number(double[0])));
  const whole = match(INTEGER);
  if (whole) return token('literal', whole[0], integer(expression, at, whole[1] ?? '', Boolean(whole[2])));
  const name = match(NAME);
  if (name) return token('name', name[0]);
  const sign = match(SIGN);
  if (sign) return token('sign', sign[0]);
  const unknown = JSON.stringify(expression.slice(at, at + 1)).slice(1, -1);
  throw new CelCompileError(expression, [{ at, text: `Syntax error: token recognition error at: '${unknown}'` }]);
}
