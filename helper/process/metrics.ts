/**
 * Numbers about this process in Prometheus' format, served at `/metrics`. A thin layer over prom-client.
 *
 * prom-client is loaded when the first metric is made or read, so a component without metrics does not pay for it. Asking
 * twice for the same name gives the same metric, because several components may share a process.
 * https://kubernetes.io/docs/concepts/cluster-administration/system-metrics/
 */
import type { Counter, Gauge, Histogram, Registry } from 'prom-client';

let registry: Registry | undefined;
const prometheus = (): typeof import('prom-client') => require('prom-client');

interface MetricText {
  /** as Kubernetes calls it: `workqueue_depth` */
  readonly name: string;
  readonly help: string;
  readonly labelNames?: readonly string[];
}

function processMetrics(registers: Registry[]): void {
  const { Gauge } = prometheus();
  const gauge = (name: string, help: string, read: () => number) =>
    new Gauge({
      name,
      help,
      registers,
      collect() {
        this.set(read());
      },
    });
  gauge('process_resident_memory_bytes', 'Resident memory size in bytes.', () => process.memoryUsage.rss());
  gauge('process_cpu_seconds_total', 'Total user and system CPU time spent in seconds.', () => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1e6;
  });
  const started = Date.now() / 1000 - process.uptime();
  gauge('process_start_time_seconds', 'Start time of the process since unix epoch in seconds.', () => started);
}

function theRegistry(): Registry {
  if (!registry) {
    registry = new (prometheus().Registry)();
    processMetrics([registry]);
  }
  return registry;
}

function once<M>(name: string, make: (registers: Registry[]) => M): M {
  const registers = theRegistry();
  return (registers.getSingleMetric(name) as M | undefined) ?? make([registers]);
}

/** A number that only grows. */
export function counter({ name, help, labelNames = [] }: MetricText): Counter {
  return once(name, (registers) => new (prometheus().Counter)({ name, help, labelNames, registers }));
}

/** A number that goes up and down. */
export function gauge({ name, help, labelNames = [] }: MetricText): Gauge {
  return once(name, (registers) => new (prometheus().Gauge)({ name, help, labelNames, registers }));
}

/** Counts of observations by size; `buckets` are upper bounds in the unit the name ends with. */
export function histogram({ name, help, labelNames = [], buckets }: MetricText & { buckets?: number[] }): Histogram {
  return once(
    name,
    (registers) => new (prometheus().Histogram)({ name, help, labelNames, registers, ...(buckets ? { buckets } : {}) }),
  );
}

/** The text of `/metrics`. */
export function renderMetrics(): Promise<string> {
  return theRegistry().metrics();
}

/** Content type of {@link renderMetrics}. */
export const METRICS_CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8';
