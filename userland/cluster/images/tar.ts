/**
 * Writes tar archives: the format image layers travel in.
 *
 * An archive is a row of entries: a 512 byte header (name, mode, owner, size, kind) and the content padded to 512 bytes.
 * Only what an image layer needs is here: files, folders, symbolic links, and GNU long names for paths over 100 bytes.
 * Times are all zero, so that the same content gives the same archive.
 * https://www.gnu.org/software/tar/manual/html_node/Standard.html
 */
import { readFileSync } from 'node:fs';

const BLOCK_BYTES = 512;
const NAME_BYTES = 100;
const LONG_NAME = 'L';
const LONG_LINK = 'K';

export type TarEntry =
  | { readonly kind: 'folder'; readonly path: string; readonly mode?: number; readonly owner?: number }
  | { readonly kind: 'text'; readonly path: string; readonly text: string; readonly mode?: number }
  | { readonly kind: 'copy'; readonly path: string; readonly from: string; readonly mode: number }
  | { readonly kind: 'link'; readonly path: string; readonly target: string };

interface HeaderFields {
  readonly name: string;
  readonly mode: number;
  readonly owner: number;
  readonly size: number;
  readonly type: string;
  readonly link: string;
}

/** One 512 byte header. Name and link must fit their 100 bytes; {@link tarChunks} takes care of longer ones. */
function header(fields: HeaderFields): Buffer {
  const block = Buffer.alloc(BLOCK_BYTES);
  const octal = (value: number, offset: number, width: number) =>
    block.write(`${value.toString(8).padStart(width - 1, '0')}\0`, offset, 'ascii');
  block.write(fields.name.slice(0, NAME_BYTES), 0, 'utf8');
  octal(fields.mode, 100, 8);
  octal(fields.owner, 108, 8);
  octal(fields.owner, 116, 8);
  octal(fields.size, 124, 12);
  octal(0, 136, 12);
  block.write('        ', 148, 'ascii');
  block.write(fields.type, 156, 'ascii');
  block.write(fields.link.slice(0, NAME_BYTES), 157, 'utf8');
  block.write('ustar  \0', 257, 'ascii');
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'ascii');
  return block;
}

function padded(content: Buffer): Buffer {
  const rest = content.length % BLOCK_BYTES;
  return rest === 0 ? content : Buffer.concat([content, Buffer.alloc(BLOCK_BYTES - rest)]);
}

function longText(type: string, text: string): Buffer[] {
  const content = Buffer.from(`${text}\0`);
  if (content.length <= NAME_BYTES) return [];
  return [header({ name: '././@LongLink', mode: 0, owner: 0, size: content.length, type, link: '' }), padded(content)];
}

function fieldsOf(entry: TarEntry, size: number): HeaderFields {
  const name = entry.path.replace(/^\/+/, '');
  switch (entry.kind) {
    case 'folder':
      return { name: `${name}/`, mode: entry.mode ?? 0o755, owner: entry.owner ?? 0, size: 0, type: '5', link: '' };
    case 'link':
      return { name, mode: 0o777, owner: 0, size: 0, type: '2', link: entry.target };
    default:
      return { name, mode: entry.mode ?? 0o644, owner: 0, size, type: '0', link: '' };
  }
}

function contentOf(entry: TarEntry): Buffer {
  if (entry.kind === 'text') return Buffer.from(entry.text);
  return entry.kind === 'copy' ? readFileSync(entry.from) : Buffer.alloc(0);
}

/** The archive of the entries, one entry at a time, so that a large image is never in memory as a whole. */
export function* tarChunks(entries: Iterable<TarEntry>): Generator<Buffer> {
  for (const entry of entries) {
    const content = contentOf(entry);
    const fields = fieldsOf(entry, content.length);
    yield Buffer.concat([...longText(LONG_LINK, fields.link), ...longText(LONG_NAME, fields.name), header(fields)]);
    if (content.length > 0) yield padded(content);
  }
  yield Buffer.alloc(2 * BLOCK_BYTES);
}
