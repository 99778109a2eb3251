/**
 * The lines of a watch: bytes in, one JSON event a line out.
 *
 * Chunks end anywhere, in the middle of a line or of a UTF-8 character, so bytes are kept until a line is whole. A line is
 * bounded; a stream that ends inside a line was cut, and the rest is dropped: resuming brings it again.
 * https://kubernetes.io/docs/reference/using-api/api-concepts/#efficient-detection-of-changes
 */
import type { KubeObject, WatchEvent } from '../api/meta';
import { StatusError } from '../api/status-error';

/** Far above the largest object a store takes (1.5 MB). */
const LONGEST_LINE_BYTES = 16 * 1024 * 1024;
const NEWLINE = 0x0a;

/** Splits bytes into lines. Throws when a line grows beyond the bound. */
export class LineSplitter {
  private pending: Buffer[] = [];
  private pendingBytes = 0;
  constructor(private readonly longestLineBytes = LONGEST_LINE_BYTES) {}

  /** The lines that are whole now, without their newline; empty lines are left out. */
  push(chunk: Buffer): string[] {
    const lines: string[] = [];
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, start)) {
      const line = this.take(chunk.subarray(start, end));
      if (line) lines.push(line);
      start = end + 1;
    }
    this.keep(chunk.subarray(start));
    return lines;
  }

  private take(end: Buffer): string {
    if (this.pending.length === 0) return end.toString('utf8');
    this.keep(end);
    const line = Buffer.concat(this.pending).toString('utf8');
    this.pending = [];
    this.pendingBytes = 0;
    return line;
  }

  private keep(rest: Buffer): void {
    if (rest.length === 0) return;
    this.pending.push(rest);
    this.pendingBytes += rest.length;
    if (this.pendingBytes > this.longestLineBytes) {
      throw new Error(`a line of the watch is longer than ${this.longestLineBytes} bytes`);
    }
  }
}

function parseEvent<T extends KubeObject>(line: string): WatchEvent<T> {
  const event = JSON.parse(line) as WatchEvent<T>;
  if (event.type === 'ERROR') throw StatusError.fromBody(event.object, 500);
  return event;
}

/**
 * The events of a byte stream, until it ends. An ERROR event is thrown as StatusError; a stream that breaks throws its error.
 */
export async function* watchEvents<T extends KubeObject>(
  chunks: AsyncIterable<Buffer>,
  longestLineBytes?: number,
): AsyncGenerator<WatchEvent<T>> {
  const splitter = new LineSplitter(longestLineBytes);
  for await (const chunk of chunks) {
    for (const line of splitter.push(chunk)) yield parseEvent<T>(line);
  }
}
