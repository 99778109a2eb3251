import { recordChunks } from './record-chunks';

/** What a receiver makes of the chunks: their sizes and their content. */
function unchunked(bytes: Buffer): { readonly sizes: number[]; readonly body: Buffer } {
  const sizes: number[] = [];
  const parts: Buffer[] = [];
  for (let at = 0; at < bytes.length; ) {
    const lineEnd = bytes.indexOf('\r\n', at);
    const size = Number.parseInt(bytes.toString('latin1', at, lineEnd), 16);
    parts.push(bytes.subarray(lineEnd + 2, lineEnd + 2 + size));
    expect(bytes.toString('latin1', lineEnd + 2 + size, lineEnd + 4 + size)).toBe('\r\n');
    sizes.push(size);
    at = lineEnd + 4 + size;
  }
  return { sizes, body: Buffer.concat(parts) };
}

const bytes = (length: number) => Buffer.from(Array.from({ length }, (_, index) => index % 251));

describe('recordChunks()', () => {
  test.each([
    ['nothing', [0], []],
    ['one byte', [1], [1]],
    ['exactly one chunk', [16_376], [16_376]],
    ['one byte more', [16_377], [16_376, 1]],
    ['pieces that end inside chunks', [5, 16_371, 40_000, 0, 7], [16_376, 16_376, 16_376, 7_255]],
  ])('frames %s so that every chunk but the last fills a record', (_, lengths, sizes) => {
    const pieces = lengths.map(bytes);
    const result = unchunked(recordChunks(pieces));
    expect(result.sizes).toEqual(sizes);
    expect(result.body.equals(Buffer.concat(pieces))).toBe(true);
  });
});
