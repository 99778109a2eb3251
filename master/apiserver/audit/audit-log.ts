/**
 * The audit trail on disk: one JSON line an event, in Kubernetes' audit format.
 *
 * Lines also keep what caused a write (header `Minik8s-Cause`) and the revision it made, so that the chain from `kubectl apply` to the
 * running pod can be shown. Lines are gathered and written behind the requests: the trail never makes a request wait, and a full disk
 * loses lines of the trail, not requests. What is written down is decided in `auditor.ts`.
 * https://kubernetes.io/docs/tasks/debug/debug-cluster/audit/
 */
import {
  createWriteStream,
  existsSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  statSync,
  type WriteStream,
} from 'node:fs';
import { dirname } from 'node:path';
import type { Logger } from '../../../helper/process/component';
import type { AuditEvent, AuditSink } from './audit-event';

const FLUSH_MS = 200;

export interface AuditLimits {
  /** a file larger than this is set aside */
  readonly rotateBytes: number;
  /** files set aside that are kept: `audit.log.1` is the newest */
  readonly keptFiles: number;
  /** lines that wait for the disk; more are dropped and counted */
  readonly maxWaiting: number;
}

export const DEFAULT_LIMITS: AuditLimits = { rotateBytes: 32 * 1024 * 1024, keptFiles: 1, maxWaiting: 20_000 };

export class AuditLog implements AuditSink {
  private waiting: AuditEvent[] = [];
  private dropped = 0;
  private stream: WriteStream | undefined;
  private bytes = 0;
  private timer: NodeJS.Timeout | undefined;
  /** resolves when all files that were set aside are complete */
  private rotated: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly path: string,
    private readonly log: Logger,
    private readonly limits = DEFAULT_LIMITS,
  ) {}

  record(event: AuditEvent): void {
    if (this.waiting.length >= this.limits.maxWaiting) this.dropped++;
    else this.waiting.push(event);
    this.timer ??= setTimeout(() => this.flush(), FLUSH_MS).unref();
  }

  /** Writes what waits; resolves when it is in the file. */
  async close(): Promise<void> {
    clearTimeout(this.timer);
    this.write();
    await Promise.all([this.rotated, this.stream && ended(this.stream)]);
    this.stream = undefined;
  }

  private flush(): void {
    this.timer = undefined;
    if (this.stream?.writableNeedDrain) this.timer = setTimeout(() => this.flush(), FLUSH_MS).unref();
    else this.write();
  }

  private write(): void {
    if (this.waiting.length === 0) return;
    const text = `${this.waiting.map((event) => JSON.stringify(event)).join('\n')}\n`;
    this.waiting = [];
    if (this.dropped > 0)
      this.log.warn({ dropped: this.dropped }, 'the audit log could not keep up; lines are missing');
    this.dropped = 0;
    try {
      this.open().write(text);
      this.bytes += text.length;
      if (this.bytes > this.limits.rotateBytes) this.rotate();
    } catch (error) {
      // The folder is gone or the disk full: the trail has a hole, the cluster goes on.
      this.log.error({ err: error }, 'the audit log cannot be written');
    }
  }

  private open(): WriteStream {
    if (this.stream) return this.stream;
    mkdirSync(dirname(this.path), { recursive: true });
    this.bytes = statSync(this.path, { throwIfNoEntry: false })?.size ?? 0;
    // Opened here and not by the stream, so that the file is there when it is to be renamed.
    const stream = createWriteStream(this.path, { fd: openSync(this.path, 'a', 0o600) });
    stream.on('error', (error) => {
      this.log.error({ err: error }, 'the audit log cannot be written');
      if (this.stream === stream) this.stream = undefined;
    });
    this.stream = stream;
    return stream;
  }

  /** `audit.log` becomes `audit.log.1`, that becomes `audit.log.2`, and so on; the oldest goes. */
  private rotate(): void {
    const { stream, path } = this;
    this.stream = undefined;
    this.rotated = Promise.all([this.rotated, stream && ended(stream)]);
    for (let number = this.limits.keptFiles - 1; number >= 1; number--) {
      const older = `${path}.${number}`;
      if (existsSync(older)) renameSync(older, `${path}.${number + 1}`);
    }
    if (this.limits.keptFiles > 0) renameSync(path, `${path}.1`);
    else rmSync(path, { force: true });
  }
}

const ended = (stream: WriteStream) => new Promise<void>((resolve) => stream.end(() => resolve()));
