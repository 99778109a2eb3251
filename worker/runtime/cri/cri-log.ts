/**
 * The format of a CRI container's log file, and which of its lines a request wants. Pure.
 *
 * A line is `TIME STREAM TAG TEXT`: a time in RFC 3339 with nanoseconds, `stdout` or `stderr`, and `F` for a line that was ended, `P` for a
 * part of one that goes on with the next. https://kubernetes.io/docs/concepts/cluster-administration/logging/
 */

export interface LogLine {
  /** as the runtime wrote it */
  readonly time: string;
  readonly isStderr: boolean;
  /** the line goes on with the next one of its stream */
  readonly isPart: boolean;
  readonly text: Buffer;
}

const SPACE = 0x20;

/** undefined for what is no line of a log. */
export function parseLogLine(line: Buffer): LogLine | undefined {
  const afterTime = line.indexOf(SPACE);
  const afterStream = line.indexOf(SPACE, afterTime + 1);
  if (afterTime <= 0 || afterStream < 0) return undefined;
  const afterTag = line.indexOf(SPACE, afterStream + 1);
  const tag = line.toString('latin1', afterStream + 1, afterTag < 0 ? line.length : afterTag);
  const stream = line.toString('latin1', afterTime + 1, afterStream);
  if (stream !== 'stdout' && stream !== 'stderr') return undefined;
  return {
    time: line.toString('latin1', 0, afterTime),
    isStderr: stream === 'stderr',
    // Further tags may follow behind colons.
    isPart: tag.split(':')[0] === 'P',
    text: afterTag < 0 ? Buffer.alloc(0) : line.subarray(afterTag + 1),
  };
}

const NEWLINE = Buffer.from('\n');

/** What `kubectl logs` shows of a line; a time stands where a line begins. */
export function renderLogLine({ time, isPart, text }: LogLine, withTime: boolean, beginsLine: boolean): Buffer {
  const prefix = withTime && beginsLine ? [Buffer.from(`${time} `)] : [];
  return Buffer.concat([...prefix, text, ...(isPart ? [] : [NEWLINE])]);
}

/** Cuts a stream of bytes into lines; keeps what has no end yet. */
export class LineSplitter {
  private rest: Buffer = Buffer.alloc(0);

  push(chunk: Buffer): Buffer[] {
    const all = this.rest.length === 0 ? chunk : Buffer.concat([this.rest, chunk]);
    const lines: Buffer[] = [];
    let begin = 0;
    for (let end = all.indexOf(0x0a); end >= 0; end = all.indexOf(0x0a, begin)) {
      lines.push(all.subarray(begin, end));
      begin = end + 1;
    }
    this.rest = all.subarray(begin);
    return lines;
  }
}
