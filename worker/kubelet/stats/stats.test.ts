/** The pure parts of the kubelet's statistics: traffic, rates of the node, sums of pods, Prometheus' text. */
import type { Summary } from '../../../helper/api/metrics/summary';
import { renderCadvisorMetrics } from './cadvisor-metrics';
import { defaultInterface, parseInterfaces } from './network-stats';
import { memoryDetails, nanoCoresBetween } from './node-stats';
import { type MeasuredContainer, podStats } from './pod-stats';
import { renderResourceMetrics } from './resource-metrics';

const NOW = new Date('2026-01-01T00:01:00Z');

test('parseInterfaces() reads bytes and errors both ways, without loopback', () => {
  const text = `Inter-|   Receive  |  Transmit
 face |bytes packets errs drop fifo frame compressed multicast|bytes packets errs drop fifo colls carrier compressed
    lo: 5 1 0 0 0 0 0 0 5 1 0 0 0 0 0 0
  eth0:1000 10 1 0 0 0 0 0 2000 20 2 0 0 0 0 0
`;
  expect(parseInterfaces(text)).toEqual([{ name: 'eth0', rxBytes: 1000, rxErrors: 1, txBytes: 2000, txErrors: 2 }]);
});

test('defaultInterface() is the one with the route to everywhere', () => {
  const head = 'Iface\tDestination\tGateway\tFlags\n';
  expect(defaultInterface(`${head}cni0\t0000F40A\t00000000\t0001\neth0\t00000000\t0100000A\t0003\n`)).toBe('eth0');
  expect(defaultInterface(head)).toBeUndefined();
});

test('nanoCoresBetween() is a rate, and 0 when no time passed', () => {
  const sample = (at: number, nanoseconds: number) => ({ at, nanoseconds });
  expect(nanoCoresBetween(sample(0, 0), sample(2000, 1e9))).toBe(5e8);
  expect(nanoCoresBetween(sample(0, 0), sample(0, 1e9))).toBe(0);
});

test('memoryDetails() reads what meminfo and vmstat say, and 0 for what they do not', () => {
  const details = { rssBytes: 2048, pageFaults: 9, majorPageFaults: 1 };
  expect(memoryDetails('MemFree: 1 kB\nAnonPages:       2 kB\n', 'pgfault 9\npgmajfault 1\n')).toEqual(details);
  expect(memoryDetails('', '')).toEqual({ rssBytes: 0, pageFaults: 0, majorPageFaults: 0 });
});

function measured(name: string, memoryLimitBytes?: number): MeasuredContainer {
  const usage = {
    at: NOW,
    cpuNanoCores: 100,
    cpuNanoSecondsTotal: 2_500_000_000,
    memoryUsageBytes: 30,
    memoryWorkingSetBytes: 20,
    memoryRssBytes: 10,
    pageFaults: 3,
    majorPageFaults: 1,
    ...(memoryLimitBytes === undefined ? {} : { memoryLimitBytes }),
  };
  const startedAt = new Date('2026-01-01T00:00:30Z');
  return { container: { name, startedAt }, usage } as MeasuredContainer;
}

const sandbox = {
  pod: { uid: 'u', namespace: 'default', name: 'web' },
  createdAt: new Date('2026-01-01T00:00:00Z'),
} as Parameters<typeof podStats>[0]['sandbox'];

const pod = podStats({ sandbox, containers: [measured('a', 100), measured('b')], network: undefined }, NOW);

test('podStats() adds up containers; only a limit makes something available', () => {
  expect(pod).toMatchObject({
    podRef: { uid: 'u', namespace: 'default', name: 'web' },
    cpu: { usageNanoCores: 200, usageCoreNanoSeconds: 5_000_000_000 },
    memory: { usageBytes: 60, workingSetBytes: 40, rssBytes: 20, pageFaults: 6, majorPageFaults: 2 },
  });
  expect(pod.containers.map(({ name, memory }) => [name, memory.availableBytes])).toEqual([
    ['a', 80],
    ['b', undefined],
  ]);
  expect(pod).not.toHaveProperty('network');
});

test('renderResourceMetrics() writes a family a figure, each value with its time', () => {
  const time = NOW.toISOString();
  const node = {
    cpu: { time, usageCoreNanoSeconds: 12_500_000_000 },
    memory: { time, workingSetBytes: 4096 },
  } as Summary['node'];
  const text = renderResourceMetrics({ node, pods: [pod] });
  expect(text.split('\n').filter((line) => line && !line.startsWith('#'))).toEqual([
    'container_cpu_usage_seconds_total{container="a",namespace="default",pod="web"} 2.5 1767225660000',
    'container_cpu_usage_seconds_total{container="b",namespace="default",pod="web"} 2.5 1767225660000',
    'container_memory_working_set_bytes{container="a",namespace="default",pod="web"} 20 1767225660000',
    'container_memory_working_set_bytes{container="b",namespace="default",pod="web"} 20 1767225660000',
    'container_start_time_seconds{container="a",namespace="default",pod="web"} 1767225630',
    'container_start_time_seconds{container="b",namespace="default",pod="web"} 1767225630',
    'node_cpu_usage_seconds_total 12.5 1767225660000',
    'node_memory_working_set_bytes 4096 1767225660000',
    'pod_cpu_usage_seconds_total{namespace="default",pod="web"} 5 1767225660000',
    'pod_memory_working_set_bytes{namespace="default",pod="web"} 40 1767225660000',
    'resource_scrape_error 0',
    'scrape_error 0',
  ]);
  expect(text).toContain('# TYPE node_cpu_usage_seconds_total counter\n');
});

test('renderResourceMetrics() of nothing tells the error alone', () => {
  expect(renderResourceMetrics(undefined).match(/^[a-z].*$/gm)).toEqual(['resource_scrape_error 1', 'scrape_error 1']);
});

test('renderCadvisorMetrics() labels containers with what the runtime knows, and pods with an empty container', () => {
  const time = NOW.toISOString();
  const node = { cpu: { time }, memory: { time } } as Summary['node'];
  const traffic = { name: 'eth0', rxBytes: 7, txBytes: 9, rxErrors: 0, txErrors: 0 };
  const network = { time, ...traffic, interfaces: [traffic] };
  const machine = { cpus: 2, memoryBytes: 4096 };
  const facts = (_: string, name: string) => ({ id: `id-${name}`, image: 'busybox' });
  const text = renderCadvisorMetrics({ node, pods: [{ ...pod, network }] }, machine, facts);
  const labels = 'namespace="default",pod="web"';
  expect(text.split('\n')).toEqual(
    expect.arrayContaining([
      'machine_cpu_cores 2 1767225660000',
      `container_memory_rss{container="a",id="id-a",image="busybox",name="id-a",${labels}} 10 1767225660000`,
      `container_memory_working_set_bytes{container="",id="",image="",name="",${labels}} 40 1767225660000`,
      `container_network_transmit_bytes_total{container="",id="",image="",name="",${labels},interface="eth0"} 9 1767225660000`,
    ]),
  );
});
