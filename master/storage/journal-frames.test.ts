/**
 * The journal's bytes: what was written whole is read, what a crash cut or an earlier use left behind is not.
 */
import { decodeFrames, encodeFrame, type JournalWrite } from './journal-frames';

const put = (revision: number, key: string, value: string): JournalWrite => ({
  revision,
  key,
  value: Buffer.from(value),
});
const remove = (revision: number, key: string): JournalWrite => ({ revision, key, value: undefined });
const first = [put(8, '/a/ä', 'one'), remove(9, '/b')];
const second = [put(12, '/c', '')];
const file = (...parts: Buffer[]) => Buffer.concat([...parts, Buffer.alloc(100)]);

test('decodeFrames() reads back what encodeFrame() wrote, deletes and empty values included', () => {
  const content = decodeFrames(file(encodeFrame(7, first), encodeFrame(7, second)));
  expect(content).toEqual({ base: 7, writes: [...first, ...second] });
});

test('decodeFrames() finds nothing in a file that was never written, or is empty', () => {
  expect(decodeFrames(Buffer.alloc(4096)).writes).toEqual([]);
  expect(decodeFrames(Buffer.alloc(0)).writes).toEqual([]);
});

test('decodeFrames() gives whole frames only, wherever the file is cut', () => {
  const frames = [encodeFrame(7, first), encodeFrame(7, second)];
  const whole = Buffer.concat(frames);
  const firstEnd = frames[0]?.length ?? 0;
  for (let cut = 0; cut <= whole.length; cut++) {
    const expected = cut === whole.length ? [...first, ...second] : cut >= firstEnd ? first : [];
    expect(decodeFrames(whole.subarray(0, cut)).writes).toEqual(expected);
    // The same when the blocks behind the cut hold zeros, as after a loss of power.
    const zeroed = Buffer.from(whole).fill(0, cut);
    const isWhole = zeroed.equals(whole);
    if (!isWhole) expect(decodeFrames(zeroed).writes.length).toBeLessThan(3);
  }
});

test('decodeFrames() ends at a frame with a changed byte', () => {
  const frames = [encodeFrame(7, first), encodeFrame(7, second)];
  const start = frames[0]?.length ?? 0;
  for (let at = start; at < start + (frames[1]?.length ?? 0); at++) {
    const bytes = file(...frames);
    bytes[at] = (bytes[at] ?? 0) ^ 1;
    expect(decodeFrames(bytes).writes).toEqual(first);
  }
});

test('decodeFrames() does not take frames of an earlier use of the file', () => {
  // Of the same length, so that the old second frame begins where the new first one ends.
  const old = [encodeFrame(3, [put(4, '/x', 'old')]), encodeFrame(3, [put(5, '/x', 'old')])];
  const bytes = file(...old);
  encodeFrame(7, [put(8, '/x', 'new')]).copy(bytes);
  expect(decodeFrames(bytes).writes).toEqual([put(8, '/x', 'new')]);
});
