import fc from 'fast-check';
import { LineSplitter } from './watch-stream';

describe('LineSplitter', () => {
  test('push() gives the same lines wherever the bytes are torn', () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ unit: 'grapheme', minLength: 1 }).filter((text) => !text.includes('\n'))),
        fc.array(fc.nat(20), { minLength: 1 }),
        (lines, sizes) => {
          const bytes = Buffer.from(lines.map((text) => `${text}\n`).join(''));
          const splitter = new LineSplitter();
          const seen: string[] = [];
          for (let start = 0, piece = 0; start < bytes.length; piece += 1) {
            const size = (sizes[piece % sizes.length] ?? 0) + 1;
            seen.push(...splitter.push(bytes.subarray(start, start + size)));
            start += size;
          }
          expect(seen).toEqual(lines);
        },
      ),
    );
  });

  test('push() throws when a line does not end', () => {
    const splitter = new LineSplitter(10);
    splitter.push(Buffer.from('12345'));
    expect(() => splitter.push(Buffer.from('678901'))).toThrow('longer than 10 bytes');
  });
});
