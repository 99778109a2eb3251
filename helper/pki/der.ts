/**
 * Writing DER, the binary form of certificates: every value is a tag, a length and its content.
 *
 * Only what X.509 certificates need. Each function takes values or encoded parts and returns the encoded bytes.
 * https://letsencrypt.org/docs/a-warm-welcome-to-asn1-and-der/
 */
function lengthBytes(length: number): Buffer {
  if (length < 0x80) return Buffer.from([length]);
  const digits = Buffer.from(length.toString(16).padStart(length > 0xffff ? 6 : length > 0xff ? 4 : 2, '0'), 'hex');
  return Buffer.concat([Buffer.from([0x80 | digits.length]), digits]);
}

/** Any value: tag, length, content. */
export function tagged(tag: number, ...content: readonly Buffer[]): Buffer {
  const body = Buffer.concat(content);
  return Buffer.concat([Buffer.from([tag]), lengthBytes(body.length), body]);
}

export const sequence = (...parts: readonly Buffer[]) => tagged(0x30, ...parts);
export const set = (...parts: readonly Buffer[]) => tagged(0x31, ...parts);
export const octetString = (content: Buffer) => tagged(0x04, content);
export const utf8String = (text: string) => tagged(0x0c, Buffer.from(text, 'utf8'));
export const boolean = (value: boolean) => tagged(0x01, Buffer.from([value ? 0xff : 0]));

/** A value with an explicit tag `[number]` around it. */
export const explicit = (number: number, content: Buffer) => tagged(0xa0 | number, content);
/** A value whose own tag is replaced by `[number]`. */
export const implicit = (number: number, content: Buffer) => tagged(0x80 | number, content);

/** A positive whole number from its big-endian bytes; a leading 1 bit would make it negative, so a zero goes before. */
export function integer(bytes: Buffer): Buffer {
  const needsZero = ((bytes[0] ?? 0) & 0x80) !== 0;
  return tagged(0x02, ...(needsZero ? [Buffer.from([0])] : []), bytes);
}

/** Bits, the last `unused` of which do not count. */
export const bitString = (content: Buffer, unused = 0) => tagged(0x03, Buffer.from([unused]), content);

/** `2.5.29.17`: the first two numbers share a byte, the others are base 128, all but the last byte marked. */
export function objectIdentifier(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  const bytes = [first * 40 + second, ...rest].flatMap((value) => {
    const digits = [value & 0x7f];
    for (let left = value >>> 7; left > 0; left >>>= 7) digits.unshift((left & 0x7f) | 0x80);
    return digits;
  });
  return tagged(0x06, Buffer.from(bytes));
}

/** UTCTime until 2049, GeneralizedTime after, as X.509 demands. */
export function time(date: Date): Buffer {
  const digits = date.toISOString().replace(/\.\d+|[-:T]/g, '');
  return date.getUTCFullYear() < 2050 ? tagged(0x17, Buffer.from(digits.slice(2))) : tagged(0x18, Buffer.from(digits));
}
