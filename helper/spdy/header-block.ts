/**
 * SPDY/3 header blocks: names and values with lengths in front, compressed as one zlib stream that lasts as long as the connection.
 *
 * The sender flushes after every block, so each ends on a byte and can be inflated by itself, against the last 32 KiB of what came
 * before: no state of zlib's is kept, and a block is read at once instead of by call-backs. Ours are sent as stored (uncompressed)
 * deflate blocks, which every inflater reads; the few bytes a reply has are not worth more.
 * https://www.chromium.org/spdy/spdy-protocol/spdy-protocol-draft3-1/ section 2.6.10
 */
import { constants, inflateRawSync } from 'node:zlib';
import { DICTIONARY } from './dictionary';

export type Headers = ReadonlyMap<string, string>;

const WINDOW_BYTES = 32 * 1024;
/** Longest block once inflated; stream headers are a few short words. */
const MAX_BLOCK_BYTES = 16 * 1024;
const ZLIB_HEADER_BYTES = 2;
const DICTIONARY_ID_BYTES = 4;
const HAS_DICTIONARY = 0x20;
/** zlib header: deflate, 32 KiB window, fastest, no dictionary. */
const ZLIB_HEADER = Buffer.of(0x78, 0x01);
/** An empty stored block, as a sync flush leaves it: Go's inflater hands out what it has only when it sees one. */
const SYNC_MARKER = Buffer.of(0, 0, 0, 0xff, 0xff);

/** Reads the blocks of one direction, in the order they came. */
export class HeaderReader {
  private window: Buffer | undefined;

  /** Throws when the block is no header block, or too long. */
  read(compressed: Buffer): Headers {
    const body = this.window ? compressed : this.withoutZlibHeader(compressed);
    const dictionary = this.window?.length ? { dictionary: this.window } : {};
    const text = inflateRawSync(body, {
      ...dictionary,
      finishFlush: constants.Z_SYNC_FLUSH,
      maxOutputLength: MAX_BLOCK_BYTES,
    });
    this.window = Buffer.concat([this.window ?? Buffer.alloc(0), text]).subarray(-WINDOW_BYTES);
    return parseHeaders(text);
  }

  private withoutZlibHeader(compressed: Buffer): Buffer {
    const hasDictionary = ((compressed[1] ?? 0) & HAS_DICTIONARY) !== 0;
    this.window = hasDictionary ? DICTIONARY : Buffer.alloc(0);
    return compressed.subarray(ZLIB_HEADER_BYTES + (hasDictionary ? DICTIONARY_ID_BYTES : 0));
  }
}

/** Writes the blocks of one direction. */
export class HeaderWriter {
  private hasBegun = false;

  write(headers: Headers): Buffer {
    const text = formatHeaders(headers);
    const stored = Buffer.alloc(5);
    stored.writeUInt16LE(text.length, 1);
    stored.writeUInt16LE(~text.length & 0xffff, 3);
    const block = Buffer.concat([...(this.hasBegun ? [] : [ZLIB_HEADER]), stored, text, SYNC_MARKER]);
    this.hasBegun = true;
    return block;
  }
}

/** Several values of one name come separated by NUL; the first counts. */
function parseHeaders(text: Buffer): Headers {
  const headers = new Map<string, string>();
  let at = 4;
  const word = () => {
    const end = at + 4 + text.readUInt32BE(at);
    if (end > text.length) throw new RangeError('a header is longer than its block');
    const value = text.toString('utf8', at + 4, end);
    at = end;
    return value;
  };
  for (let left = text.readUInt32BE(0); left > 0; left -= 1) {
    const name = word().toLowerCase();
    headers.set(name, word().split('\0', 1)[0] ?? '');
  }
  return headers;
}

function formatHeaders(headers: Headers): Buffer {
  const number = (value: number) => {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32BE(value);
    return bytes;
  };
  const word = (text: string) => [number(Buffer.byteLength(text)), Buffer.from(text)];
  return Buffer.concat([
    number(headers.size),
    ...[...headers].flatMap(([name, value]) => [...word(name), ...word(value)]),
  ]);
}
