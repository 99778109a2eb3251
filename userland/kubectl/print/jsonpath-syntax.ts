/**
 * kubectl's JSONPath templates, parsed: text, `{expressions}`, `{range}...{end}`.
 *
 * Filters compare a path with a path or a literal; there is no script language in it, so nothing is ever evaluated as code.
 * https://kubernetes.io/docs/reference/kubectl/jsonpath/
 */
import { CommandError } from '../command-error';

export type Step =
  | { readonly kind: 'root' }
  | { readonly kind: 'field'; readonly name: string }
  /** `['name']` or `['metadata.name']` */
  | { readonly kind: 'quoted'; readonly name: string }
  | { readonly kind: 'wildcard' }
  | { readonly kind: 'recursive' }
  | { readonly kind: 'slice'; readonly start?: number; readonly end?: number; readonly step?: number }
  | { readonly kind: 'index'; readonly index: number }
  | { readonly kind: 'union'; readonly paths: readonly Step[] }
  | { readonly kind: 'filter'; readonly left: Operand; readonly operator: Operator; readonly right?: Operand };

export type Operator = '==' | '!=' | '<' | '<=' | '>' | '>=' | 'exists';
export type Operand = { readonly literal: unknown } | { readonly path: readonly Step[] };

export type Segment =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'path'; readonly path: readonly Step[] }
  | { readonly kind: 'range'; readonly path: readonly Step[]; readonly body: readonly Segment[] };

const OPERATORS: readonly Operator[] = ['==', '!=', '<=', '>=', '<', '>'];
const ESCAPES: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r' };
const FIELD_END = /[\s.[\]{}|=!<>()'",@$]/;

/** Walks over the text of a template. */
class Scanner {
  at = 0;
  constructor(readonly text: string) {}

  get done(): boolean {
    return this.at >= this.text.length;
  }
  peek(length = 1): string {
    return this.text.slice(this.at, this.at + length);
  }
  take(): string {
    this.at += 1;
    return this.text[this.at - 1] ?? '';
  }
  skip(expected: string): boolean {
    if (this.peek(expected.length) !== expected) return false;
    this.at += expected.length;
    return true;
  }
  expect(expected: string): void {
    if (!this.skip(expected)) throw this.wrong(`expected ${JSON.stringify(expected)}`);
  }
  skipSpaces(): void {
    while (/\s/.test(this.peek())) this.at += 1;
  }
  wrong(problem: string): CommandError {
    return new CommandError(
      `error parsing jsonpath ${this.text}, ${problem} at position ${this.at} (near ${JSON.stringify(this.text.slice(this.at, this.at + 10))})`,
    );
  }
}

function readQuoted(scanner: Scanner): string {
  const quote = scanner.take();
  let text = '';
  while (scanner.peek() !== quote) {
    if (scanner.done) throw scanner.wrong('unterminated quoted string');
    const character = scanner.take();
    if (character !== '\\') text += character;
    else {
      const escaped = scanner.take();
      text += ESCAPES[escaped] ?? escaped;
    }
  }
  scanner.take();
  return text;
}

function readField(scanner: Scanner): string {
  let name = '';
  while (!scanner.done && !FIELD_END.test(scanner.peek())) {
    const character = scanner.take();
    name += character === '\\' ? scanner.take() : character;
  }
  return name;
}

function readNumber(scanner: Scanner): number | undefined {
  const match = /^[+-]?\d+(\.\d+)?/.exec(scanner.text.slice(scanner.at));
  if (!match) return undefined;
  scanner.at += match[0].length;
  return Number(match[0]);
}

function readOperand(scanner: Scanner): Operand {
  scanner.skipSpaces();
  const next = scanner.peek();
  if (next === '@' || next === '$' || next === '.') return { path: readPath(scanner) };
  if (next === '"' || next === "'") return { literal: readQuoted(scanner) };
  const number = readNumber(scanner);
  if (number !== undefined) return { literal: number };
  for (const word of ['true', 'false']) if (scanner.skip(word)) return { literal: word === 'true' };
  throw scanner.wrong('expected a path, a number or a quoted text');
}

function readFilter(scanner: Scanner): Step {
  scanner.expect('?(');
  const left = readOperand(scanner);
  scanner.skipSpaces();
  const operator = OPERATORS.find((candidate) => scanner.skip(candidate));
  const right = operator ? readOperand(scanner) : undefined;
  scanner.skipSpaces();
  scanner.expect(')');
  return right && operator ? { kind: 'filter', left, operator, right } : { kind: 'filter', left, operator: 'exists' };
}

/** `0`, `-1`, `0:2`, `'name'`, `*` */
function readSubscript(scanner: Scanner): Step {
  scanner.skipSpaces();
  const next = scanner.peek();
  if (scanner.skip('*')) return { kind: 'wildcard' };
  if (next === "'" || next === '"') return { kind: 'quoted', name: readQuoted(scanner) };
  if (next === '@' || next === '$') throw scanner.wrong('expected an index, a slice or a name');
  const start = readNumber(scanner);
  if (!scanner.skip(':')) {
    if (start !== undefined) return { kind: 'index', index: start };
    const name = readField(scanner);
    if (!name) throw scanner.wrong('expected an index, a slice or a name');
    return { kind: 'field', name };
  }
  const end = readNumber(scanner);
  const step = scanner.skip(':') ? readNumber(scanner) : undefined;
  return {
    kind: 'slice',
    ...(start === undefined ? {} : { start }),
    ...(end === undefined ? {} : { end }),
    ...(step === undefined ? {} : { step }),
  };
}

function readBrackets(scanner: Scanner): Step {
  scanner.expect('[');
  scanner.skipSpaces();
  if (scanner.peek() === '?') {
    const filter = readFilter(scanner);
    scanner.expect(']');
    return filter;
  }
  const paths: Step[] = [readSubscript(scanner)];
  scanner.skipSpaces();
  while (scanner.skip(',')) {
    paths.push(readSubscript(scanner));
    scanner.skipSpaces();
  }
  scanner.expect(']');
  const [only] = paths;
  return only && paths.length === 1 ? only : { kind: 'union', paths };
}

function readPath(scanner: Scanner): Step[] {
  const steps: Step[] = [];
  if (scanner.skip('$')) steps.push({ kind: 'root' });
  else scanner.skip('@');
  for (;;) {
    if (scanner.skip('..')) steps.push({ kind: 'recursive' });
    else if (scanner.peek() === '[') {
      steps.push(readBrackets(scanner));
      continue;
    } else if (!scanner.skip('.')) {
      // `{range.items}` and `{items}`: a name may stand at the start without a dot.
      if (steps.length > 0 || FIELD_END.test(scanner.peek()) || scanner.done) return steps;
    }
    if (scanner.peek() === '[' || FIELD_END.test(scanner.peek()) || scanner.done) continue;
    if (scanner.skip('*')) steps.push({ kind: 'wildcard' });
    else steps.push({ kind: 'field', name: readField(scanner) });
  }
}

/** One `{...}`: literals and paths, separated by spaces. */
function readExpression(scanner: Scanner): Segment[] {
  const segments: Segment[] = [];
  for (;;) {
    scanner.skipSpaces();
    if (scanner.skip('}')) return segments;
    if (scanner.done) throw scanner.wrong('unclosed action, expected "}"');
    const next = scanner.peek();
    if (next === '"' || next === "'") segments.push({ kind: 'text', text: readQuoted(scanner) });
    else {
      const before = scanner.at;
      segments.push({ kind: 'path', path: readPath(scanner) });
      if (scanner.at === before) throw scanner.wrong('unexpected character');
    }
  }
}

function readSegments(scanner: Scanner, insideRange: boolean): Segment[] {
  const segments: Segment[] = [];
  while (!scanner.done) {
    const open = scanner.text.indexOf('{', scanner.at);
    const text = scanner.text.slice(scanner.at, open < 0 ? undefined : open);
    if (text) segments.push({ kind: 'text', text });
    if (open < 0) {
      scanner.at = scanner.text.length;
      break;
    }
    scanner.at = open + 1;
    scanner.skipSpaces();
    if (scanner.skip('end}')) {
      if (!insideRange) throw scanner.wrong('not in range, nothing to end');
      return segments;
    }
    if (/^range[\s.[@$]/.test(scanner.text.slice(scanner.at))) {
      scanner.at += 'range'.length;
      scanner.skipSpaces();
      const path = readPath(scanner);
      scanner.skipSpaces();
      scanner.expect('}');
      segments.push({ kind: 'range', path, body: readSegments(scanner, true) });
    } else segments.push(...readExpression(scanner));
  }
  if (insideRange) throw scanner.wrong('unterminated range, expected {end}');
  return segments;
}

/** Throws a CommandError that says where the template is wrong. */
export function parseJsonPath(template: string): Segment[] {
  return readSegments(new Scanner(template), false);
}

/** The relaxed form of `--sort-by` and custom columns: `x.y`, `.x.y` and `{.x.y}` are the same path. */
export function parseRelaxedPath(text: string): readonly Step[] {
  const inner = text.startsWith('{') && text.endsWith('}') ? text.slice(1, -1) : text;
  if (inner === '') throw new CommandError('unexpected path string, expected a form such as ".metadata.name"');
  const scanner = new Scanner(/^[.[@$]/.test(inner) ? inner : `.${inner}`);
  const path = readPath(scanner);
  if (!scanner.done) throw scanner.wrong('unexpected character');
  return path;
}
