/**
 * What is written down of every request once it is answered: metrics for all, the audit trail for what it is told to
 * keep (`audit/auditor.ts`). Its seat goes to the next one.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Auditor } from './audit/auditor';
import type { RequestGate } from './protection/request-gate';
import type { RequestMetrics } from './request-metrics';
import type { RequestTrace } from './request-trace';

/** Called when a request begins; its work is done when the answer has ended, however it ended. */
export type Observe = (req: IncomingMessage, res: ServerResponse, trace: RequestTrace) => void;

export function createObserver(metrics: RequestMetrics, audit: Auditor, gate: RequestGate): Observe {
  return (req, res, trace) => {
    res.on('close', () => {
      gate.leave(trace);
      const endedAt = performance.now();
      metrics.record(trace, res.statusCode, endedAt);
      audit.end(req, trace, res.statusCode, endedAt);
    });
    audit.begin(req, res, trace);
  };
}
