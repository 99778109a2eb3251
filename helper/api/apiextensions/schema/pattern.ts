/**
 * Regular expressions of schemas: Go's syntax (RE2), run by JavaScript's engine.
 *
 * The two languages agree on nearly everything patterns of schemas use. What Go writes otherwise is rewritten here; what Go
 * does not have (look-around, back references) is refused, as Kubernetes refuses it.
 * https://github.com/google/re2/wiki/Syntax
 */

const POSIX_CLASSES: Readonly<Record<string, string>> = {
  alnum: '0-9A-Za-z',
  alpha: 'A-Za-z',
  ascii: '\\x00-\\x7F',
  blank: '\\t ',
  cntrl: '\\x00-\\x1F\\x7F',
  digit: '0-9',
  graph: '!-~',
  lower: 'a-z',
  print: ' -~',
  punct: '!-\\/:-@\\[-`{-~',
  space: '\\t\\n\\v\\f\\r ',
  upper: 'A-Z',
  word: '0-9A-Za-z_',
  xdigit: '0-9A-Fa-f',
};

/** Patterns live as long as the definitions that hold them; beyond this the memory is emptied. */
const MAX_REMEMBERED = 5_000;
const compiled = new Map<string, RegExp | Error>();

/** The expression of a pattern; throws an Error that says why it is none. */
export function compilePattern(pattern: string): RegExp {
  let known = compiled.get(pattern);
  if (!known) {
    if (compiled.size >= MAX_REMEMBERED) compiled.clear();
    known = compile(pattern);
    compiled.set(pattern, known);
  }
  if (known instanceof Error) throw known;
  return known;
}

function compile(pattern: string): RegExp | Error {
  try {
    const { source, flags } = translate(pattern);
    return new RegExp(source, flags);
  } catch (error) {
    return new Error(`error parsing regexp: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** Rewrites Go's syntax. Throws for what Go does not have. */
function translate(pattern: string): { source: string; flags: string } {
  const leading = /^\(\?([imsU]+)\)/.exec(pattern);
  const asked = leading?.[1] ?? '';
  if (asked.includes('U')) throw new Error('invalid or unsupported Perl syntax: `(?U`');
  const text = leading ? pattern.slice(leading[0].length) : pattern;
  if (/(?<!\\)\((\?<?[=!])/.test(text)) throw new Error('invalid or unsupported Perl syntax: `(?`');
  if (/(?<!\\)(\\\\)*\\[1-9]/.test(text)) throw new Error('invalid escape sequence');
  const source = text
    .replace(/\(\?P</g, '(?<')
    .replace(/\[:(\^?)(\w+):\]/g, (whole, negated: string, name: string) => {
      if (negated || !POSIX_CLASSES[name]) throw new Error(`invalid character class range: \`${whole}\``);
      return POSIX_CLASSES[name];
    })
    .replace(/\\A/g, '(?<![\\s\\S])')
    .replace(/\\z/g, '(?![\\s\\S])')
    .replace(/\\Q([\s\S]*?)(\\E|$)/g, (_whole, literal: string) => literal.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'))
    .replace(/\\pN/g, '\\p{N}')
    .replace(/\\pL/g, '\\p{L}');
  const flags = `${asked.includes('i') ? 'i' : ''}${asked.includes('m') ? 'm' : ''}${asked.includes('s') ? 's' : ''}`;
  return { source, flags: source.includes('\\p{') ? `${flags}u` : flags };
}
