/**
 * What real Kubernetes measured, and what minik8s wants to reach: the yardstick of every case.
 *
 * v1.20.2 with default flags, etcd 3.4, TLS and token, on a 2-core virtual machine, November 2026, medians. Absolute numbers
 * move with the machine; the ratio is what counts, and only when both were measured on machines of the same kind.
 */
export interface Reference {
  readonly unit: 'per second' | 'ms' | 's' | 'MiB' | '% of a core' | 'events' | 'times' | 'Gbit/s' | '%';
  /** undefined: nothing was measured */
  readonly kubernetes: number | undefined;
  /** our goal as a factor of Kubernetes' figure: at least for rates, at most for times and sizes */
  readonly goal: number | undefined;
  /** where Kubernetes was not measured: at most this much */
  readonly limit?: number;
  /** where Kubernetes was not measured: at least this much */
  readonly least?: number;
}

export const REFERENCES = {
  'get c=1': { unit: 'per second', kubernetes: 1675, goal: 2 },
  'get c=16': { unit: 'per second', kubernetes: 6100, goal: 1.5 },
  'list 1000 pods c=1': { unit: 'per second', kubernetes: 37, goal: 6 },
  'create c=1': { unit: 'per second', kubernetes: 529, goal: 2 },
  'create c=16': { unit: 'per second', kubernetes: 1320, goal: 3 },
  'patch c=1': { unit: 'per second', kubernetes: 320, goal: 2 },
  'patch c=16': { unit: 'per second', kubernetes: 470, goal: 3 },
  'write to event, 1 watcher, p50': { unit: 'ms', kubernetes: 2.7, goal: 1 / 2.7 },
  'write to event, 1 watcher, p99': { unit: 'ms', kubernetes: 7.8, goal: 3 / 7.8 },
  'write to event, slowest of 100 watchers, p50': { unit: 'ms', kubernetes: 5.3, goal: 4 / 5.3 },
  '1000 idle watchers, 100 writes/s: events missed': {
    unit: 'events',
    kubernetes: undefined,
    goal: undefined,
    limit: 0,
  },
  '1000 idle watchers, 100 writes/s: server CPU': {
    unit: '% of a core',
    kubernetes: undefined,
    goal: undefined,
    limit: 60,
  },
  '1000 idle watchers: memory': { unit: 'MiB', kubernetes: undefined, goal: undefined, limit: 60 },
  'protobuf create / JSON create': { unit: 'times', kubernetes: undefined, goal: undefined, limit: 1.5 },
  'strategic patch / JSON create': { unit: 'times', kubernetes: undefined, goal: undefined, limit: 1.5 },
  'apply of a new object / JSON create': { unit: 'times', kubernetes: undefined, goal: undefined, limit: 1.5 },
  'apply of a change / JSON create': { unit: 'times', kubernetes: undefined, goal: undefined, limit: 1.5 },
  'start to /readyz': { unit: 's', kubernetes: 3.5, goal: 1.0 / 3.5 },
  'start to node Ready, empty state': { unit: 's', kubernetes: 12.6, goal: 2.0 / 12.6 },
  'start to application answered': { unit: 's', kubernetes: 20, goal: 6 / 20 },
  'memory of all components, idle': { unit: 'MiB', kubernetes: 605, goal: 500 / 605 },
  'memory of all components, 1000 pods stored': { unit: 'MiB', kubernetes: 665, goal: 620 / 665 },
  'pod create to Running, p50': { unit: 's', kubernetes: 0.75, goal: 0.45 / 0.75 },
  '30 pods at once to all Running': { unit: 's', kubernetes: 6.5, goal: 6 / 6.5 },
  'delete with 1 s grace to gone': { unit: 's', kubernetes: 5.4, goal: 1.6 / 5.4 },
  'create Service to ClusterIP answers': { unit: 's', kubernetes: 0.53, goal: 0.1 / 0.53 },
  '1000 Services created to all answer': { unit: 's', kubernetes: 9.8, goal: 5 / 9.8 },
  'endpoint changed to rules, 1000 Services': { unit: 'ms', kubernetes: undefined, goal: undefined, limit: 50 },
  'DNS answers, 16 clients': { unit: 'per second', kubernetes: undefined, goal: undefined, least: 15_000 },
  'DNS answers, 16 clients, p99': { unit: 'ms', kubernetes: undefined, goal: undefined, limit: 3 },
  'create Service to its name answers': { unit: 'ms', kubernetes: undefined, goal: undefined, limit: 20 },
  'pod to pod over VXLAN': { unit: 'Gbit/s', kubernetes: undefined, goal: undefined },
  'the same with entries made by hand': { unit: 'Gbit/s', kubernetes: undefined, goal: undefined },
  'ingress bandwidth of a pod, off its limit': { unit: '%', kubernetes: undefined, goal: undefined, limit: 5 },
  'egress bandwidth of a pod, off its limit': { unit: '%', kubernetes: undefined, goal: undefined, limit: 5 },
  'VXLAN / made by hand': { unit: 'times', kubernetes: undefined, goal: undefined, least: 0.95 },
} as const satisfies Record<string, Reference>;

export type CaseName = keyof typeof REFERENCES;

/** `3.1x of Kubernetes, goal 2x: reached`; '' when there is nothing to compare with. */
export function verdict(name: CaseName, value: number): string {
  const reference: Reference = REFERENCES[name];
  const { limit, least } = reference;
  if (limit !== undefined)
    return `goal at most ${limit} ${reference.unit}: ${value <= limit ? 'reached' : 'NOT reached'}`;
  if (least !== undefined)
    return `goal at least ${least} ${reference.unit}: ${value >= least ? 'reached' : 'NOT reached'}`;
  if (reference.kubernetes === undefined) return '';
  const ratio = value / reference.kubernetes;
  const better = reference.unit === 'per second' ? ratio : 1 / ratio;
  const text = `${better.toFixed(1)}x as good as Kubernetes`;
  if (reference.goal === undefined) return text;
  const reached = reference.unit === 'per second' ? ratio >= reference.goal : ratio <= reference.goal;
  const goal = reference.unit === 'per second' ? reference.goal : 1 / reference.goal;
  return `${text}, goal ${goal.toFixed(1)}x: ${reached ? 'reached' : 'NOT reached'}`;
}
