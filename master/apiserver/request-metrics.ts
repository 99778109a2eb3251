/**
 * Counts and times of requests, under Kubernetes' names: `apiserver_request_total`, `apiserver_request_duration_seconds`, ...
 *
 * On the hot path a request is two additions in plain objects; prom-client is loaded and filled when somebody asks for `/metrics`.
 * https://kubernetes.io/docs/reference/instrumentation/metrics/
 */
import { counter, gauge, histogram, renderMetrics } from '../../helper/process/metrics';
import type { RequestGate } from './protection/request-gate';
import type { Registry } from './registry';
import type { RequestTrace } from './request-trace';

const BUCKETS_SECONDS = [0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];
const LABELS = ['verb', 'group', 'version', 'resource', 'subresource', 'code'] as const;
/** Paths come from clients: more combinations than this are counted together. */
const MAX_SERIES = 2000;
/** Durations kept until the next reading; beyond it a sample of them is enough. */
const MAX_DURATIONS = 5000;

/** Kubernetes counts writes by method and reads by verb. */
const METRIC_VERBS: Readonly<Record<string, string>> = { create: 'POST', update: 'PUT', deletecollection: 'DELETE' };

interface Series {
  readonly labels: Readonly<Record<(typeof LABELS)[number], string>>;
  count: number;
  durations: number[];
}

export class RequestMetrics {
  private readonly series = new Map<string, Series>();
  private readonly rejected = new Map<string, number>();

  constructor(private readonly gate: RequestGate) {}

  record({ info, startedAt }: RequestTrace, code: number, endedAt: number): void {
    const { verb, group, version, resource, subresource } = info;
    const key = `${verb} ${group} ${version} ${resource} ${subresource} ${code}`;
    let series = this.series.get(key);
    if (!series) {
      if (this.series.size >= MAX_SERIES) return;
      const labels = {
        verb: METRIC_VERBS[verb] ?? verb.toUpperCase(),
        group,
        version,
        resource,
        subresource,
        code: String(code),
      };
      series = { labels, count: 0, durations: [] };
      this.series.set(key, series);
    }
    series.count++;
    // A watch lasts as long as the client likes: that says nothing about this server.
    if (verb !== 'watch' && series.durations.length < MAX_DURATIONS) series.durations.push(endedAt - startedAt);
  }

  /** The text of `/metrics`, this process included. */
  async render(registry: Registry): Promise<string> {
    const labelNames = [...LABELS];
    const total = counter({
      name: 'apiserver_request_total',
      help: 'Requests by verb, resource and code.',
      labelNames,
    });
    const seconds = histogram({
      name: 'apiserver_request_duration_seconds',
      help: 'Time to answer a request, in seconds.',
      labelNames: labelNames.slice(0, -1),
      buckets: BUCKETS_SECONDS,
    });
    for (const series of this.series.values()) {
      const { code: _code, ...labels } = series.labels;
      total.inc(series.labels, series.count);
      for (const milliseconds of series.durations) seconds.observe(labels, milliseconds / 1000);
      series.count = 0;
      series.durations = [];
    }
    this.observeLevels();
    await this.observeCaches(registry);
    return renderMetrics();
  }

  private observeLevels(): void {
    const labelNames = ['priority_level'];
    const of = (name: string, help: string) => gauge({ name: `apiserver_flowcontrol_${name}`, help, labelNames });
    const seats = of('request_concurrency_limit', 'Seats a priority level has.');
    const executing = of('current_executing_requests', 'Requests that are being executed.');
    const taken = of('current_executing_seats', 'Seats of requests that are being executed.');
    const inQueue = of('current_inqueue_requests', 'Requests that wait for a seat.');
    const rejected = counter({
      name: 'apiserver_flowcontrol_rejected_requests_total',
      help: 'Requests that found no place to wait, or waited too long.',
      labelNames,
    });
    for (const { name, queue } of this.gate.allLevels()) {
      const labels = { priority_level: name };
      if (Number.isFinite(queue.seats)) seats.set(labels, queue.seats);
      executing.set(labels, queue.executing);
      taken.set(labels, queue.seatsTaken);
      inQueue.set(labels, queue.waiting);
      rejected.inc(labels, queue.rejected - (this.rejected.get(name) ?? 0));
      this.rejected.set(name, queue.rejected);
    }
  }

  private async observeCaches(registry: Registry): Promise<void> {
    const labelNames = ['resource'];
    const objects = gauge({ name: 'apiserver_storage_objects', help: 'Objects by resource.', labelNames });
    const watchers = gauge({ name: 'apiserver_registered_watchers', help: 'Open watches by resource.', labelNames });
    for (const cache of registry.allCaches()) {
      const resource = cache.kind.plural;
      objects.set({ resource }, cache.table.size);
      watchers.set({ resource }, cache.watcherCount);
    }
    const size = gauge({ name: 'apiserver_storage_size_bytes', help: 'Bytes the store takes on disk.' });
    size.set(await registry.store.sizeBytes().catch(() => 0));
  }
}
