/**
 * What is remembered of a request for the metrics and the audit trail: who, what, since when, and what came of it.
 */
import type { Status } from '../../helper/api/status-error';
import type { Decision } from './auth/access';
import type { User } from './auth/user';
import type { Ticket } from './protection/request-gate';
import type { RequestInfo } from './request-info';
import type { CachedObject } from './watch/cached-object';

declare module 'node:http' {
  interface ServerResponse {
    /** of the request that is answered; absent when its sender is not known */
    trace?: RequestTrace;
  }
}

export interface RequestTrace {
  readonly info: RequestInfo;
  /** who sent it */
  readonly sender: User;
  /** as whom it is done: the sender, unless he impersonates somebody */
  user: User;
  /** what the authorizer said; undefined until it was asked */
  decision: Decision | undefined;
  /** what it holds of its priority level; undefined when it holds nothing */
  ticket: Ticket | undefined;
  /** milliseconds, performance.now() */
  readonly startedAt: number;
  /** the state a write left behind, or the object that was read */
  object: CachedObject | undefined;
  /** names the request in the audit trail and to its sender (`Audit-Id`) */
  readonly auditId: string;
  /** the answer, when it is an error */
  failure?: Status;
  /** true when it is one nobody expected */
  isPanic?: boolean;
  /** what webhooks and policies want in the audit trail */
  annotations?: Record<string, string>;
}

/** Leaves an annotation in the audit trail. */
export function annotate(trace: RequestTrace, key: string, value: string): void {
  trace.annotations ??= {};
  trace.annotations[key] = value;
}
