/**
 * The audit trail sent to a program elsewhere: lines in batches, each one POST of an audit.k8s.io/v1 EventList.
 *
 * Where it is and who we are there stands in a kubeconfig (`--audit-webhook-config-file`). No request ever waits for it: lines gather until
 * a batch is full or old enough; a batch that is not taken is sent again, a few times with growing waits, and then lost. What comes
 * faster than it can be sent is lost too, and counted. Kubernetes also has modes that make requests wait (`blocking`); left out.
 * https://kubernetes.io/docs/tasks/debug/debug-cluster/audit/#webhook-backend
 */
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { setTimeout as delay } from 'node:timers/promises';
import { authorizationHeaders, tlsOptions } from '../../../helper/client/http-transport';
import type { ClientConfig } from '../../../helper/client/kubeconfig';
import type { Logger } from '../../../helper/process/component';
import type { AuditEvent, AuditSink } from './audit-event';

/** Named as the flags of kube-apiserver (`--audit-webhook-batch-...`), with its defaults. */
export interface WebhookLimits {
  /** lines that wait; more are dropped and counted */
  readonly bufferSize: number;
  readonly maxSize: number;
  /** how long the first line of a batch waits for others */
  readonly maxWaitMs: number;
  /** wait before the second try */
  readonly initialBackOffMs: number;
  /** batches a second, and how many may go at once after a quiet time */
  readonly throttleQps: number;
  readonly throttleBurst: number;
}

export const WEBHOOK_LIMITS: WebhookLimits = {
  bufferSize: 10_000,
  maxSize: 400,
  maxWaitMs: 30_000,
  initialBackOffMs: 10_000,
  throttleQps: 10,
  throttleBurst: 15,
};

const TRIES = 5;
const BACK_OFF_FACTOR = 1.5;
const BACK_OFF_JITTER = 0.2;
const TIMEOUT_MS = 30_000;
/** How long the end of the server waits for the last lines. */
const FAREWELL_MS = 2_000;

export class AuditWebhook implements AuditSink {
  private waiting: AuditEvent[] = [];
  private dropped = 0;
  private timer: NodeJS.Timeout | undefined;
  private readonly sending = new Set<Promise<void>>();
  private readonly stopping = new AbortController();
  private tokens: number;
  private tokensAt = performance.now();

  constructor(
    private readonly config: ClientConfig,
    private readonly log: Logger,
    private readonly limits: WebhookLimits = WEBHOOK_LIMITS,
  ) {
    this.tokens = limits.throttleBurst;
  }

  record(event: AuditEvent): void {
    if (this.waiting.length >= this.limits.bufferSize) {
      this.dropped++;
      return;
    }
    this.waiting.push(event);
    if (this.waiting.length === this.limits.maxSize) this.wake(0);
    else this.timer ??= setTimeout(() => this.flush(), this.limits.maxWaitMs).unref();
  }

  /** Sends what waits, once; resolves when that was taken, or after a moment. */
  async close(): Promise<void> {
    clearTimeout(this.timer);
    this.stopping.abort();
    while (this.waiting.length > 0) this.sendBatch();
    await Promise.race([Promise.all(this.sending), delay(FAREWELL_MS, undefined, { ref: false })]);
  }

  private wake(inMs: number): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.flush(), inMs).unref();
  }

  /** Sends as many batches as the throttle lets; a rest that makes no whole batch goes along. */
  private flush(): void {
    this.timer = undefined;
    const now = performance.now();
    const { throttleBurst, throttleQps, maxWaitMs, maxSize } = this.limits;
    this.tokens = Math.min(throttleBurst, this.tokens + ((now - this.tokensAt) / 1000) * throttleQps);
    this.tokensAt = now;
    for (; this.waiting.length > 0 && this.tokens >= 1; this.tokens--) this.sendBatch();
    if (this.waiting.length > 0) this.wake(Math.min(maxWaitMs, 1000 / throttleQps));
    if (this.waiting.length >= maxSize) this.warnOfDropped();
  }

  private sendBatch(): void {
    this.warnOfDropped();
    const items = this.waiting.splice(0, this.limits.maxSize);
    const sent = this.deliver(items).finally(() => this.sending.delete(sent));
    this.sending.add(sent);
  }

  private warnOfDropped(): void {
    if (this.dropped > 0) this.log.warn({ dropped: this.dropped }, 'audit buffer queue blocked: lines are missing');
    this.dropped = 0;
  }

  private async deliver(items: readonly AuditEvent[]): Promise<void> {
    const list = { kind: 'EventList', apiVersion: 'audit.k8s.io/v1', metadata: {}, items };
    const body = Buffer.from(JSON.stringify(list));
    let waitMs = this.limits.initialBackOffMs;
    for (let left = TRIES - 1; ; left--) {
      try {
        await this.post(body);
        return;
      } catch (error) {
        if (left > 0 && !this.stopping.signal.aborted) {
          const { signal } = this.stopping;
          await delay(waitMs * (1 + BACK_OFF_JITTER * Math.random()), undefined, { ref: false, signal }).catch(
            () => {},
          );
          waitMs *= BACK_OFF_FACTOR;
          continue;
        }
        this.log.error({ err: error, events: items.length }, 'the audit webhook did not take these lines');
        return;
      }
    }
  }

  private post(body: Buffer): Promise<void> {
    const isTls = this.config.server.startsWith('https:');
    const headers = {
      ...authorizationHeaders(this.config),
      'content-type': 'application/json',
      'content-length': body.length,
    };
    const options = { method: 'POST', headers, timeout: TIMEOUT_MS, ...(isTls ? tlsOptions(this.config) : {}) };
    return new Promise((resolve, reject) => {
      const request = (isTls ? httpsRequest : httpRequest)(this.config.server, options, (response) => {
        const code = response.statusCode ?? 0;
        response.resume();
        response.on('error', reject);
        response.on('end', () => {
          if (code >= 200 && code < 300) resolve();
          else reject(new Error(`the server answered ${code}`));
        });
      });
      request.on('timeout', () => request.destroy(new Error(`no answer within ${TIMEOUT_MS / 1000} s`)));
      request.on('error', reject);
      request.end(body);
    });
  }
}

/** One sink that is two. */
export const toBoth = (first: AuditSink, second: AuditSink): AuditSink => ({
  record(event) {
    first.record(event);
    second.record(event);
  },
  close: () => Promise.all([first.close(), second.close()]).then(() => undefined),
});
