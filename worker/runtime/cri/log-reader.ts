/**
 * A CRI container's log as one stream of bytes, as `kubectl logs` shows it: its rotated files, its file, and on request what is still to come.
 *
 * The runtime only appends; the kubelet sets a file aside that has grown too long (`log-rotation`). A reader who follows goes on with the
 * new file when it has read the old one to its end. https://kubernetes.io/docs/concepts/cluster-administration/logging/
 */
import { watch } from 'node:fs';
import { type FileHandle, open, stat } from 'node:fs/promises';
import { Readable } from 'node:stream';
import type { LogRequest } from '../runtime';
import { LineSplitter, type LogLine, parseLogLine, renderLogLine } from './cri-log';
import { rotatedFiles } from './log-rotation';

const CHUNK_BYTES = 64 * 1024;
/** Beside the file system's word, which may come before the bytes or be lost. */
const LOOK_MS = 250;

export interface LogSource {
  readonly path: string;
  /** a container that has ended writes no more */
  isRunning(): Promise<boolean>;
}

export function openLog(source: LogSource, request: LogRequest): Readable {
  const abort = new AbortController();
  const stream = Readable.from(render(source, request, abort.signal), { objectMode: false });
  stream.once('close', () => abort.abort());
  return stream;
}

async function* render(source: LogSource, request: LogRequest, signal: AbortSignal): AsyncGenerator<Buffer> {
  const { timestamps, since } = request;
  const sinceMs = since?.getTime();
  let beginsLine = true;
  for await (const line of wantedLines(source, request, signal)) {
    if (sinceMs !== undefined && Date.parse(line.time) < sinceMs) continue;
    yield renderLogLine(line, timestamps, beginsLine);
    beginsLine = !line.isPart;
  }
}

/** The last `tailLines` of what is there, then what comes. */
async function* wantedLines(
  source: LogSource,
  { tailLines, follow }: LogRequest,
  signal: AbortSignal,
): AsyncGenerator<LogLine> {
  const reader = new LogFiles(source, signal);
  try {
    if (tailLines === undefined) {
      for await (const line of reader.present()) yield line;
    } else {
      const tail = new Tail(tailLines);
      for await (const line of reader.present()) tail.push(line);
      yield* tail.lines;
    }
    if (follow) yield* reader.coming();
  } finally {
    await reader.close();
  }
}

/** The last so many whole lines. */
class Tail {
  readonly lines: LogLine[] = [];
  private ended = 0;

  constructor(private readonly limit: number) {}

  push(line: LogLine): void {
    this.lines.push(line);
    if (!line.isPart) this.ended += 1;
    while (this.ended > this.limit) if (this.lines.shift()?.isPart === false) this.ended -= 1;
  }
}

class LogFiles {
  private readonly splitter = new LineSplitter();
  private readonly buffer = Buffer.allocUnsafe(CHUNK_BYTES);
  private file: FileHandle | undefined;

  constructor(
    private readonly source: LogSource,
    private readonly signal: AbortSignal,
  ) {}

  /** Oldest first; a file that is gone meanwhile is passed over. */
  async *present(): AsyncGenerator<LogLine> {
    for (const path of [...(await rotatedFiles(this.source.path)), this.source.path]) {
      await this.file?.close();
      this.file = await open(path, 'r').catch(() => undefined);
      if (this.file) yield* this.rest();
    }
  }

  /** Ends when the container has ended and all is read, or the reader is gone. */
  async *coming(): AsyncGenerator<LogLine> {
    while (!this.signal.aborted) {
      const isRunning = await this.source.isRunning();
      this.file ??= await open(this.source.path, 'r').catch(() => undefined);
      yield* this.rest();
      if (await this.isReplaced()) {
        // What was written between the last read and the change.
        yield* this.rest();
        await this.file?.close();
        this.file = undefined;
      } else if (!isRunning) return;
      else await this.change();
    }
  }

  async close(): Promise<void> {
    await this.file?.close();
  }

  private async *rest(): AsyncGenerator<LogLine> {
    while (this.file && !this.signal.aborted) {
      const { bytesRead } = await this.file.read(this.buffer, 0, CHUNK_BYTES, null);
      if (bytesRead === 0) return;
      for (const line of this.splitter.push(Buffer.from(this.buffer.subarray(0, bytesRead)))) {
        const parsed = parseLogLine(line);
        if (parsed) yield parsed;
      }
    }
  }

  private async isReplaced(): Promise<boolean> {
    const [ours, present] = await Promise.all([
      this.file?.stat().catch(() => undefined),
      stat(this.source.path).catch(() => undefined),
    ]);
    return ours !== undefined && present !== undefined && ours.ino !== present.ino;
  }

  /** Resolves when the file has changed, or after a moment. */
  private change(): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer);
        watcher?.close();
        this.signal.removeEventListener('abort', done);
        resolve();
      };
      const timer = setTimeout(done, LOOK_MS);
      const watcher = watching(this.source.path, done);
      this.signal.addEventListener('abort', done, { once: true });
    });
  }
}

function watching(path: string, onChange: () => void) {
  try {
    return watch(path, { persistent: false }, onChange).on('error', () => undefined);
  } catch {
    // Not there yet, or no more watches to be had: the timer looks.
    return undefined;
  }
}
