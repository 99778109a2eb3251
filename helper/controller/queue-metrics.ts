/**
 * The work-queue's numbers under the names Kubernetes' controllers use, one label value a controller.
 * https://kubernetes.io/docs/reference/instrumentation/metrics/
 */
import { counter, gauge, histogram } from '../process/metrics';
import type { WorkQueueHooks } from './work-queue';

const SECONDS = [0.001, 0.01, 0.1, 1, 10];

/** Hooks that keep `workqueue_*` for the queue of that name. */
export function queueMetrics(name: string): WorkQueueHooks {
  const labels = { name };
  const text = (metric: string, help: string) => ({ name: `workqueue_${metric}`, help, labelNames: ['name'] });
  const depth = gauge(text('depth', 'Current depth of workqueue'));
  const adds = counter(text('adds_total', 'Total number of adds handled by workqueue'));
  const retries = counter(text('retries_total', 'Total number of retries handled by workqueue'));
  const waited = histogram({
    ...text('queue_duration_seconds', 'How long an item waits in the queue'),
    buckets: SECONDS,
  });
  const worked = histogram({ ...text('work_duration_seconds', 'How long processing an item takes'), buckets: SECONDS });
  return {
    added(now) {
      adds.inc(labels);
      depth.set(labels, now);
    },
    taken(waitedMs, now) {
      waited.observe(labels, waitedMs / 1000);
      depth.set(labels, now);
    },
    finished: (workedMs) => worked.observe(labels, workedMs / 1000),
    retried: () => retries.inc(labels),
  };
}
