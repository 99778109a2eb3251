/**
 * The audit trail: one JSON line for every write and for every refusal (403), in Kubernetes' audit format at level Metadata.
 *
 * It also keeps what caused the write (header `Minik8s-Cause`) and the revision it made, so that the chain from `kubectl apply` to the
 * running pod can be shown. Lines are gathered and written behind the requests: the trail never makes a request wait, and a full disk
 * loses lines of the trail, not requests.
 * https://kubernetes.io/docs/tasks/debug/debug-cluster/audit/
 */
import { randomUUID } from 'node:crypto';
import { createWriteStream, mkdirSync, openSync, renameSync, statSync, type WriteStream } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { dirname } from 'node:path';
import type { Logger } from '../../../helper/process/component';
import type { User } from '../auth/user';
import type { RequestTrace } from '../request-trace';

const FLUSH_MS = 200;
const LONGEST_CAUSE = 512;

export interface AuditLimits {
  /** a file larger than this is set aside */
  readonly rotateBytes: number;
  /** lines that wait for the disk; more are dropped and counted */
  readonly maxWaiting: number;
}

const DEFAULT_LIMITS: AuditLimits = { rotateBytes: 32 * 1024 * 1024, maxWaiting: 20_000 };

interface AuditedUser {
  readonly username: string;
  readonly uid?: string;
  readonly groups: readonly string[];
}

/** audit.k8s.io/v1 Event, the parts level Metadata has. */
export interface AuditEvent {
  readonly kind: 'Event';
  readonly apiVersion: 'audit.k8s.io/v1';
  readonly level: 'Metadata';
  readonly auditID: string;
  readonly stage: 'ResponseComplete';
  readonly requestURI: string;
  readonly verb: string;
  readonly user: AuditedUser;
  readonly impersonatedUser?: AuditedUser;
  readonly sourceIPs: readonly string[];
  readonly userAgent: string;
  readonly objectRef: Readonly<Record<string, string>>;
  readonly responseStatus: { readonly metadata: object; readonly code: number };
  readonly requestReceivedTimestamp: string;
  readonly stageTimestamp: string;
  readonly annotations: Readonly<Record<string, string>>;
}

const withoutEmpty = (fields: Record<string, string>) =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== ''));

const microTime = (milliseconds: number) => new Date(milliseconds).toISOString().replace('Z', '000Z');

const identityOf = ({ name, uid, groups }: User) => ({ username: name, ...(uid ? { uid } : {}), groups });

function annotationsOf(cause: unknown, decision: RequestTrace['decision']): Record<string, string> {
  return {
    ...(decision ? { 'authorization.k8s.io/decision': decision.allowed ? 'allow' : 'forbid' } : {}),
    ...(decision ? { 'authorization.k8s.io/reason': decision.reason } : {}),
    ...(typeof cause === 'string' ? { 'minik8s.io/cause': cause.slice(0, LONGEST_CAUSE) } : {}),
  };
}

/** The line of one answered write, or of a refusal. */
export function auditEvent(req: IncomingMessage, code: number, trace: RequestTrace, endedAt: number): AuditEvent {
  const { info, sender, user, decision, object } = trace;
  const { resource, namespace, group, version, subresource } = info;
  const name = object?.name ?? info.name;
  const milliseconds = performance.timeOrigin + trace.startedAt;
  return {
    kind: 'Event',
    apiVersion: 'audit.k8s.io/v1',
    level: 'Metadata',
    auditID: randomUUID(),
    stage: 'ResponseComplete',
    requestURI: req.url ?? '',
    verb: info.verb,
    user: identityOf(sender),
    ...(user === sender ? {} : { impersonatedUser: identityOf(user) }),
    sourceIPs: [req.socket.remoteAddress ?? ''],
    userAgent: req.headers['user-agent'] ?? '',
    objectRef: withoutEmpty({
      resource,
      namespace,
      name,
      apiGroup: group,
      apiVersion: version,
      subresource,
      resourceVersion: object ? String(object.revision) : '',
    }),
    responseStatus: { metadata: {}, code },
    requestReceivedTimestamp: microTime(milliseconds),
    stageTimestamp: microTime(performance.timeOrigin + endedAt),
    annotations: { ...annotationsOf(req.headers['minik8s-cause'], decision), ...trace.annotations },
  };
}

export class AuditLog {
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

  /** Keeps one older file: `audit.log.1`. */
  private rotate(): void {
    const { stream } = this;
    this.stream = undefined;
    this.rotated = Promise.all([this.rotated, stream && ended(stream)]);
    renameSync(this.path, `${this.path}.1`);
  }
}

const ended = (stream: WriteStream) => new Promise<void>((resolve) => stream.end(() => resolve()));
