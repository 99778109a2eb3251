import type { Summary } from '../../../helper/api/metrics/summary';
import { goDuration, usageBetween } from './usage-rates';

const START = Date.parse('2026-01-01T00:00:00Z');
const at = (seconds: number) => new Date(START + seconds * 1000).toISOString();

interface Given {
  readonly name: string;
  readonly started: number;
  readonly cpuSeconds: number;
  readonly uid?: string;
}

/** A summary taken at a second, of a node that used `nodeCpuSeconds` and pods with one container `c` each. */
function summary(second: number, nodeCpuSeconds: number, pods: readonly Given[]): Summary {
  const time = at(second);
  const usage = (cpuSeconds: number) => ({
    cpu: { time, usageCoreNanoSeconds: cpuSeconds * 1e9 },
    memory: { time, workingSetBytes: 64 * 1024 * 1024 },
  });
  return {
    node: { nodeName: 'n', startTime: at(-100), ...usage(nodeCpuSeconds) } as Summary['node'],
    pods: pods.map(({ name, started, cpuSeconds, uid = name }) => ({
      podRef: { name, namespace: 'default', uid },
      startTime: at(started),
      containers: [{ name: 'c', startTime: at(started), ...usage(cpuSeconds) }],
      ...usage(cpuSeconds),
    })),
  };
}

describe('usageBetween()', () => {
  const before = summary(0, 100, [
    { name: 'old', started: -50, cpuSeconds: 10 },
    { name: 'restarted', started: -50, cpuSeconds: 10 },
    { name: 'gone', started: -50, cpuSeconds: 10 },
  ]);
  const { node, pods } = usageBetween(
    before,
    summary(20, 110, [
      { name: 'old', started: -50, cpuSeconds: 15 },
      { name: 'restarted', started: 15, cpuSeconds: 1 },
      { name: 'new', started: 10, cpuSeconds: 1 },
      { name: 'now', started: 20, cpuSeconds: 0 },
    ]),
  );

  test('of a node is the difference over the time', () => {
    expect(node).toEqual({ end: new Date(at(20)), windowMs: 20_000, usage: { cpu: '500m', memory: '64Mi' } });
  });

  test.each([
    ['that ran all the time, over the time between', 'old', 20_000, '250m'],
    ['started again, since its start', 'restarted', 5_000, '200m'],
    ['that is new, since its start', 'new', 10_000, '100m'],
  ])('of a container %s', (_what, name, windowMs, cpu) => {
    const containers = [{ name: 'c', usage: { cpu, memory: '64Mi' } }];
    expect(pods.get(`default/${name}`)).toEqual({ end: new Date(at(20)), windowMs, containers });
  });

  test('leaves out what is gone and what has only just started', () => {
    expect([...pods.keys()]).toEqual(['default/old', 'default/restarted', 'default/new']);
  });

  test('of the same summary twice is nothing', () => {
    expect(usageBetween(before, before)).toEqual({ node: undefined, pods: new Map() });
  });

  test('is never negative when a counter fell', () => {
    expect(usageBetween(before, summary(10, 1, [])).node?.usage.cpu).toBe('0');
  });
});

test.each([
  [0, '0s'],
  [999.6, '1s'],
  [250, '250ms'],
  [15_020, '15.02s'],
  [61_000, '1m1s'],
  [3_600_000, '1h0m0s'],
])('goDuration() of %d ms is %s', (milliseconds, text) => {
  expect(goDuration(milliseconds)).toBe(text);
});
