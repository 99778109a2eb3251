/**
 * What is written down of every request once it is answered: metrics for all, the audit trail for writes and refusals. Its seat
 * goes to the next one.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { type AuditLog, auditEvent } from './audit/audit-log';
import type { RequestGate } from './protection/request-gate';
import type { RequestMetrics } from './request-metrics';
import type { RequestTrace } from './request-trace';

/** Called when a request begins; its work is done when the answer has ended, however it ended. */
export type Observe = (req: IncomingMessage, res: ServerResponse, trace: RequestTrace) => void;

const FORBIDDEN = 403;
const READS: ReadonlySet<string> = new Set(['get', 'list', 'watch']);

export function createObserver(metrics: RequestMetrics, audit: AuditLog, gate: RequestGate): Observe {
  return (req, res, trace) => {
    res.on('close', () => {
      gate.leave(trace);
      const endedAt = performance.now();
      metrics.record(trace, res.statusCode, endedAt);
      const { isResource, verb } = trace.info;
      const isWrite = isResource && !READS.has(verb);
      if (isWrite || res.statusCode === FORBIDDEN) audit.record(auditEvent(req, res.statusCode, trace, endedAt));
    });
  };
}
