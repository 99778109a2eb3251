import { readSample, UsageMeter, type UsageSample } from './cgroup-usage';

const reader = (files: Readonly<Record<string, string>>) => (path: string) => {
  const text = files[path];
  if (text === undefined) throw new Error(`ENOENT ${path}`);
  return text;
};

test('readSample() reads cgroup v1: children counted, no limit is left out', () => {
  const files = {
    '/c/cpuacct.usage': '1500000000\n',
    '/m/memory.usage_in_bytes': '1000000\n',
    '/m/memory.limit_in_bytes': '9223372036854771712\n',
    '/m/memory.stat':
      'rss 1\ninactive_file 2\ntotal_rss 600000\ntotal_pgfault 7\ntotal_pgmajfault 3\ntotal_inactive_file 300000\n',
  };
  expect(readSample({ version: 1, cpu: '/c', memory: '/m' }, reader(files))).toEqual({
    cpuNanoSecondsTotal: 1_500_000_000,
    memoryUsageBytes: 1_000_000,
    memoryWorkingSetBytes: 700_000,
    memoryRssBytes: 600_000,
    pageFaults: 7,
    majorPageFaults: 3,
  });
});

test('readSample() reads cgroup v2: microseconds, anonymous memory, the limit', () => {
  const files = {
    '/g/cpu.stat': 'usage_usec 2500\nuser_usec 2000\n',
    '/g/memory.current': '500\n',
    '/g/memory.max': '4096\n',
    '/g/memory.stat': 'anon 400\nfile 100\ninactive_file 600\npgfault 9\npgmajfault 1\n',
  };
  expect(readSample({ version: 2, cpu: '/g', memory: '/g' }, reader(files))).toEqual({
    cpuNanoSecondsTotal: 2_500_000,
    memoryUsageBytes: 500,
    memoryWorkingSetBytes: 0,
    memoryRssBytes: 400,
    pageFaults: 9,
    majorPageFaults: 1,
    memoryLimitBytes: 4096,
  });
  expect(
    readSample({ version: 2, cpu: '/g', memory: '/g' }, reader({ ...files, '/g/memory.max': 'max\n' })),
  ).not.toHaveProperty('memoryLimitBytes');
});

describe('UsageMeter', () => {
  const START = new Date('2026-01-01T00:00:00Z');
  const at = (seconds: number) => new Date(START.getTime() + seconds * 1000);
  let seconds = 0;
  let sample: UsageSample | undefined;
  const meter = new UsageMeter(() => sample);
  const use = (cpuSeconds: number) => {
    sample = {
      cpuNanoSecondsTotal: cpuSeconds * 1e9,
      memoryUsageBytes: 1,
      memoryWorkingSetBytes: 1,
      memoryRssBytes: 1,
      pageFaults: 0,
      majorPageFaults: 0,
    };
  };
  const rate = () => meter.measure('c', 1, START, at(seconds))?.cpuNanoCores;

  test('measures since the start, then since the last question, and not over less than a second', () => {
    seconds = 10;
    use(5);
    expect(rate()).toBe(5e8);
    seconds = 12;
    use(9);
    expect(rate()).toBe(2e9);
    seconds = 12.5;
    use(9.4);
    expect(rate()).toBe(2e9);
    seconds = 14;
    expect(rate()).toBe(2e8);
  });

  test('forgets a container that is gone', () => {
    sample = undefined;
    expect(rate()).toBeUndefined();
    seconds = 100;
    use(1);
    expect(rate()).toBe(1e7);
  });
});
