/**
 * Lines from the terminal, with history and completion; or from a pipe, without.
 *
 * The reader stays open while a command runs, so that Ctrl-C is heard and lines typed ahead are kept. A command that needs the
 * terminal for itself borrows it: the reader is closed meanwhile and made anew after.
 */
import { createInterface, type Interface } from 'node:readline';
import { MAX_HISTORY } from './history';

export interface LineReaderOptions {
  readonly prompt: string;
  readonly history: readonly string[];
  complete(line: string): Promise<[string[], string]>;
  onHistory(lines: readonly string[]): void;
  /** Ctrl-C */
  onInterrupt(): void;
}

type Completed = (error: Error | null, result: [string[], string]) => void;

export class LineReader {
  readonly isTerminal = process.stdin.isTTY === true && process.stdout.isTTY === true;
  private reader: Interface;
  private history: readonly string[];
  private readonly lines: string[] = [];
  private waiting: ((line: string | undefined) => void) | undefined;
  private isEnded = false;
  private isLent = false;

  constructor(private readonly options: LineReaderOptions) {
    this.history = options.history;
    this.reader = this.open();
  }

  /** The next line; undefined at the end (Ctrl-D). */
  next(): Promise<string | undefined> {
    const line = this.lines.shift();
    if (line !== undefined) return Promise.resolve(line);
    if (this.isEnded) return Promise.resolve(undefined);
    if (this.isTerminal) this.reader.prompt();
    return new Promise((resolve) => {
      this.waiting = resolve;
    });
  }

  /** Lets go of standard input while `work` runs. */
  async lend<T>(work: () => Promise<T>): Promise<T> {
    this.isLent = true;
    this.reader.close();
    try {
      return await work();
    } finally {
      this.isLent = false;
      this.reader = this.open();
    }
  }

  /** Throws away what is typed so far and shows the prompt again. */
  restartLine(): void {
    this.reader.write(null, { ctrl: true, name: 'e' });
    this.reader.write(null, { ctrl: true, name: 'u' });
    process.stdout.write('^C\n');
    this.reader.prompt();
  }

  get isWaiting(): boolean {
    return this.waiting !== undefined;
  }

  close(): void {
    this.isEnded = true;
    this.reader.close();
  }

  private open(): Interface {
    const { options } = this;
    const reader = createInterface({
      input: process.stdin,
      ...(this.isTerminal
        ? {
            output: process.stdout,
            terminal: true,
            prompt: options.prompt,
            history: [...this.history],
            historySize: MAX_HISTORY,
            removeHistoryDuplicates: true,
            completer: (line: string, done: Completed) => {
              options.complete(line).then(
                (result) => done(null, result),
                () => done(null, [[], line]),
              );
            },
          }
        : { terminal: false }),
    });
    reader.on('history', (lines: string[]) => {
      this.history = [...lines];
      options.onHistory(lines);
    });
    reader.on('line', (line) => this.take(line));
    reader.on('SIGINT', options.onInterrupt);
    reader.on('close', () => {
      if (this.isLent || reader !== this.reader) return;
      this.isEnded = true;
      this.give(undefined);
    });
    return reader;
  }

  private take(line: string): void {
    if (this.waiting) this.give(line);
    else this.lines.push(line);
  }

  private give(line: string | undefined): void {
    const { waiting } = this;
    this.waiting = undefined;
    waiting?.(line);
  }
}
