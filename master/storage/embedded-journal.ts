/**
 * The embedded store's journal: where a write becomes durable, by one synchronized write to a file that has its blocks already.
 *
 * lmdb needs two waits for the disk and a handful of pages for every transaction; the journal needs one wait and the bytes
 * themselves. So writes are answered when they are here, and go to lmdb together, some hundred at a time. Two files take turns:
 * while lmdb takes over what one holds, the other is written; a file is begun again once all it holds is in lmdb.
 * Rule for the wait: a lone writer's happens in this thread, as a hand-over to another takes longer than it saves. Where many write
 * at once (the last groups held more than one write each), or the disk is slow (median of the last waits over 2 ms), it happens in
 * the thread pool: meanwhile this thread reads and prepares what the next group is made of.
 * https://en.wikipedia.org/wiki/Write-ahead_logging
 */
import {
  closeSync,
  constants,
  fdatasyncSync,
  fstatSync,
  fsyncSync,
  openSync,
  readFileSync,
  write,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { decodeFrames, encodeFrame, type JournalWrite } from './journal-frames';

const FILES = ['journal-0', 'journal-1'] as const;
/** Blocks a file has from the beginning; a burst may make it longer, which only costs time. */
const FILE_BYTES = 2 * 2 ** 20;
/** From here on the writes should go to lmdb, so that the file can be begun again before it has to grow. */
const FULL_BYTES = FILE_BYTES / 2;
const LONG_WAIT_MS = 2;
const WAITS_LOOKED_AT = 15;
/** Writes a group, on average, from which on groups are written in the thread pool. */
const BUSY_GROUP = 1.25;
/** Share of the newest group in the average. */
const AVERAGE_WEIGHT = 0.1;

const writeLater = promisify(write);

class JournalFile {
  /** where the next frame goes */
  end = 0;
  base = 0;
  /** the newest revision that was written to it */
  newest = 0;

  constructor(readonly descriptor: number) {}
}

function openFile(path: string): JournalFile {
  const descriptor = openSync(path, constants.O_RDWR | constants.O_CREAT | constants.O_DSYNC, 0o600);
  const missing = FILE_BYTES - fstatSync(descriptor).size;
  if (missing > 0) {
    writeSync(descriptor, Buffer.alloc(missing), 0, missing, FILE_BYTES - missing);
    fdatasyncSync(descriptor);
  }
  return new JournalFile(descriptor);
}

/** The name of a new file is durable only when its folder is. */
function syncFolder(directory: string): void {
  const descriptor = openSync(directory, 'r');
  fsyncSync(descriptor);
  closeSync(descriptor);
}

export class EmbeddedJournal {
  private readonly waits: number[] = [];
  private averageGroup = 1;

  private constructor(
    private active: JournalFile,
    private other: JournalFile,
  ) {}

  /** Opens the files of a store, making them when missing, and returns what they hold, oldest first. */
  static open(directory: string): { journal: EmbeddedJournal; writes: JournalWrite[] } {
    const [first, second] = FILES.map((name) => join(directory, name)) as [string, string];
    const journal = new EmbeddedJournal(openFile(first), openFile(second));
    syncFolder(directory);
    const contents = [first, second].map((path) => decodeFrames(readFileSync(path)));
    const writes = contents.sort((one, other) => one.base - other.base).flatMap((content) => content.writes);
    return { journal, writes };
  }

  /** All that was read is in the tables, which stand at this revision: the files begin anew. */
  begin(revision: number): void {
    this.active.base = revision;
    this.active.newest = revision;
  }

  /** True when the file that is written has had its share. */
  get isFull(): boolean {
    return this.active.end >= FULL_BYTES;
  }

  /** Makes a group durable: on return, or when the promise resolves. Throws, or rejects with, the file system's error. */
  append(writes: readonly JournalWrite[]): void | Promise<void> {
    const file = this.active;
    file.newest = writes.at(-1)?.revision ?? file.newest;
    const frame = encodeFrame(file.base, writes);
    this.averageGroup += AVERAGE_WEIGHT * (writes.length - this.averageGroup);
    return this.averageGroup > BUSY_GROUP || this.isDiskSlow()
      ? this.appendLater(file, frame)
      : this.appendNow(file, frame);
  }

  /** Goes on in the other file, when all that one holds is in the tables, which stand at this revision. */
  takeTurns(tablesRevision: number): void {
    if (this.other.newest > tablesRevision || this.active.end === 0) return;
    [this.active, this.other] = [this.other, this.active];
    this.active.end = 0;
    this.active.base = this.other.newest;
    this.active.newest = this.other.newest;
  }

  close(): void {
    closeSync(this.active.descriptor);
    closeSync(this.other.descriptor);
  }

  private appendNow(file: JournalFile, frame: Buffer): void {
    const began = performance.now();
    try {
      for (let done = 0; done < frame.length; ) {
        done += writeSync(file.descriptor, frame, done, frame.length - done, file.end + done);
      }
    } catch (error) {
      this.takeBack(file);
      throw error;
    }
    file.end += frame.length;
    this.noteWait(performance.now() - began);
  }

  private async appendLater(file: JournalFile, frame: Buffer): Promise<void> {
    const began = performance.now();
    try {
      for (let done = 0; done < frame.length; ) {
        const { bytesWritten } = await writeLater(file.descriptor, frame, done, frame.length - done, file.end + done);
        done += bytesWritten;
      }
    } catch (error) {
      this.takeBack(file);
      throw error;
    }
    file.end += frame.length;
    this.noteWait(performance.now() - began);
  }

  /** A frame whose write failed may stand in the file all the same: it must not come back after a crash. */
  private takeBack(file: JournalFile): void {
    try {
      writeSync(file.descriptor, Buffer.alloc(4), 0, 4, file.end);
    } catch {
      // The writer is told that the write may or may not have happened; that is what StoreUnavailable means.
    }
  }

  private noteWait(milliseconds: number): void {
    this.waits.push(milliseconds);
    if (this.waits.length > WAITS_LOOKED_AT) this.waits.shift();
  }

  private isDiskSlow(): boolean {
    if (this.waits.length < WAITS_LOOKED_AT) return false;
    let long = 0;
    for (const wait of this.waits) if (wait > LONG_WAIT_MS) long++;
    return long > WAITS_LOOKED_AT / 2;
  }
}
