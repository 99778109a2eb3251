/**
 * Whole numbers that JavaScript cannot keep: beyond 2^53 the last digits are lost when a text is parsed.
 *
 * Changing a user's value without a word would be the worst answer, so such a number is refused where it comes in, by its digits in the
 * text. Kubernetes keeps 64 bits. Texts without sixteen digits in a row, nearly all, cost one search; digits inside of strings (and so
 * annotations, quantities and base64) are no numbers. Fractions are rounded here as they are there.
 * https://kubernetes.io/docs/reference/using-api/api-concepts/
 */

/** What may hold a number of more than 53 bits, in JSON or (hexadecimal) in YAML. */
const SUSPICIOUS = /\d{16}|0x[\da-fA-F]{13}/;
/** Neither behind a point nor an exponent, nor in front of one. */
const WHOLE_NUMBER = /(?<![\d.eE+-])-?\d{16,}(?![\d.eE])/g;

/** A number that would not stay what it is. */
export class InexactNumber extends Error {
  constructor(digits: string, field: string) {
    const where = field ? ` of field ${JSON.stringify(field)}` : '';
    super(
      `the number ${digits}${where} cannot be kept exactly: numbers here have 53 bits, up to ${Number.MAX_SAFE_INTEGER}; write it as a string where the type allows`,
    );
  }
}

/** True when it is worth a closer look whether all numbers of a text in JSON or YAML are exact. */
export const hasLongNumber = (text: string): boolean => SUSPICIOUS.test(text);

/** True for digits that come back as they are. */
const isExact = (digits: string) => String(Number(digits)) === digits;

function closingQuote(text: string, start: number): number {
  let end = text.indexOf('"', start + 1);
  while (end > 0 && isEscaped(text, end)) end = text.indexOf('"', end + 1);
  return end < 0 ? text.length : end;
}

function isEscaped(text: string, position: number): boolean {
  let backslashes = 0;
  while (text[position - 1 - backslashes] === '\\') backslashes++;
  return backslashes % 2 === 1;
}

/** Throws InexactNumber for the first number of a JSON text that would lose digits. */
export function requireExactNumbers(jsonText: string): void {
  if (!hasLongNumber(jsonText)) return;
  let field = '';
  for (let from = 0; from < jsonText.length; ) {
    const quote = jsonText.indexOf('"', from);
    const end = quote < 0 ? jsonText.length : quote;
    for (const [digits] of jsonText.slice(from, end).matchAll(WHOLE_NUMBER)) {
      if (!isExact(digits)) throw new InexactNumber(digits, field);
    }
    if (quote < 0) return;
    from = closingQuote(jsonText, quote) + 1;
    field = jsonText.slice(quote + 1, from - 1);
  }
}

/**
 * For `JSON.stringify`, over what YAML's parser gives with `intAsBigInt`: whole numbers as numbers. Throws InexactNumber for one that
 * would lose digits.
 */
export function exactInteger(field: string, value: unknown): unknown {
  if (typeof value !== 'bigint') return value;
  if (!isExact(String(value))) throw new InexactNumber(String(value), field);
  return Number(value);
}
