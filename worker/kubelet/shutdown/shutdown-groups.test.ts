import { DEFAULT_CONFIGURATION } from '../config/kubelet-configuration';
import { buildPod } from '../testing/build-pod';
import { shutdownGrace, shutdownGroups, shutdownPeriods } from './shutdown-groups';

const CRITICAL = 2_000_000_000;
const pod = (name: string, priority?: number) => buildPod(priority === undefined ? {} : { priority }, { name });

describe('shutdownPeriods()', () => {
  test.each([
    ['nothing configured is no graceful shutdown', {}, []],
    [
      'the critical pods have their part of the whole',
      { shutdownGracePeriodMs: 30_000, shutdownGracePeriodCriticalPodsMs: 10_000 },
      [
        { priority: 0, seconds: 20 },
        { priority: CRITICAL, seconds: 10 },
      ],
    ],
    [
      'named priorities are sorted',
      {
        shutdownGracePeriodByPodPriority: [
          { priority: 100, seconds: 5 },
          { priority: 0, seconds: 60 },
        ],
      },
      [
        { priority: 0, seconds: 60 },
        { priority: 100, seconds: 5 },
      ],
    ],
  ])('%s', (_, fields, expected) => {
    expect(shutdownPeriods({ ...DEFAULT_CONFIGURATION, ...fields })).toEqual(expected);
  });
});

describe('shutdownGroups()', () => {
  const periods = [
    { priority: 10, seconds: 60 },
    { priority: 100, seconds: 20 },
    { priority: CRITICAL, seconds: 5 },
  ];

  test('puts each pod at the highest named priority not above its own, the lowest group first', () => {
    const pods = [
      pod('dns', CRITICAL + 1000),
      pod('none'),
      pod('below', -5),
      pod('at', 10),
      pod('between', 99),
      pod('high', 100),
    ];
    const groups = shutdownGroups(periods, pods);
    expect(groups.map(({ seconds, pods: members }) => [seconds, members.map(({ metadata }) => metadata.name)])).toEqual(
      [
        [60, ['none', 'below', 'at', 'between']],
        [20, ['high']],
        [5, ['dns']],
      ],
    );
  });

  test('leaves out groups nobody is in, and is empty without periods', () => {
    expect(shutdownGroups(periods, [pod('high', 100)]).map(({ priority }) => priority)).toEqual([100]);
    expect(shutdownGroups(periods, [])).toEqual([]);
    expect(shutdownGroups([], [pod('a')])).toEqual([]);
  });
});

test.each([
  ['its own when that is shorter', 5, 5],
  ['the period when its own is longer', 90, 20],
  ['thirty seconds, at most the period, when it names none', undefined, 20],
])('shutdownGrace() is %s', (_, own, expected) => {
  const spec = own === undefined ? {} : { terminationGracePeriodSeconds: own };
  expect(shutdownGrace(buildPod(spec), { priority: 0, seconds: 20 })).toBe(expected);
});
