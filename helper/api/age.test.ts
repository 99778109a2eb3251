import { ageOf, humanDuration } from './age';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

describe('humanDuration()', () => {
  test.each([
    [-3 * SECOND, '<invalid>'],
    [-1 * SECOND, '0s'],
    [0, '0s'],
    [999, '0s'],
    [119 * SECOND, '119s'],
    [120 * SECOND, '2m'],
    [3 * MINUTE + 12 * SECOND, '3m12s'],
    [10 * MINUTE + 5 * SECOND, '10m'],
    [179 * MINUTE, '179m'],
    [3 * HOUR, '3h'],
    [3 * HOUR + 7 * MINUTE, '3h7m'],
    [8 * HOUR + 7 * MINUTE, '8h'],
    [47 * HOUR, '47h'],
    [48 * HOUR, '2d'],
    [5 * DAY + 4 * HOUR, '5d4h'],
    [8 * DAY + 4 * HOUR, '8d'],
    [700 * DAY, '700d'],
    [740 * DAY, '2y10d'],
    [9 * 365 * DAY, '9y'],
  ])('%p ms is %p', (milliseconds, expected) => {
    expect(humanDuration(milliseconds)).toBe(expected);
  });

  test('ageOf() of no timestamp is <unknown>', () => {
    expect(ageOf(undefined, new Date(0))).toBe('<unknown>');
    expect(ageOf('1970-01-01T00:00:00Z', new Date(45_000))).toBe('45s');
  });
});
