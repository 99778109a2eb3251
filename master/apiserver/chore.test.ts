/** The shapes of work beside the requests, on timers that are turned by hand. */
import type { CacheFollower } from './auth/cache-follower';
import { everySoOften, following, type Settlement, settling } from './chore';

beforeEach(() => jest.useFakeTimers());
afterEach(() => jest.useRealTimers());

test('everySoOften() looks at once and in intervals, until it is stopped', () => {
  const look = jest.fn();
  const chore = everySoOften(1_000, look);
  expect(look).not.toHaveBeenCalled();
  chore.start();
  expect(look).toHaveBeenCalledTimes(1);
  jest.advanceTimersByTime(2_500);
  expect(look).toHaveBeenCalledTimes(3);
  chore.stop();
  jest.advanceTimersByTime(10_000);
  expect(look).toHaveBeenCalledTimes(3);
});

test('following() asks each follower at once and again, since a new list is only noticed by asking', () => {
  const catchUp = jest.fn();
  const chore = following([{ catchUp } as unknown as CacheFollower, { catchUp } as unknown as CacheFollower]);
  chore.start();
  expect(catchUp).toHaveBeenCalledTimes(2);
  jest.advanceTimersByTime(5_000);
  expect(catchUp).toHaveBeenCalledTimes(4);
  chore.stop();
});

describe('settling()', () => {
  function begin(settle: Settlement['settle']) {
    const onFailure = jest.fn();
    let wake = () => {};
    const chore = settling({
      follow: (told) => {
        wake = told;
        return [];
      },
      settle,
      onFailure,
      retryMs: 1_000,
    });
    chore.start();
    return { chore, onFailure, wake: () => wake() };
  }

  test('settles once what changed together, and nothing unless told', async () => {
    const settle = jest.fn(async () => {});
    const { wake, chore } = begin(settle);
    await jest.advanceTimersByTimeAsync(1_000);
    expect(settle).not.toHaveBeenCalled();
    wake();
    wake();
    await jest.advanceTimersByTimeAsync(100);
    expect(settle).toHaveBeenCalledTimes(1);
    wake();
    await jest.advanceTimersByTimeAsync(100);
    expect(settle).toHaveBeenCalledTimes(2);
    chore.stop();
  });

  test('tells of a failure and tries again', async () => {
    const settle = jest.fn(async () => {}).mockRejectedValueOnce(new Error('the store is away'));
    const { wake, onFailure, chore } = begin(settle);
    wake();
    await jest.advanceTimersByTimeAsync(100);
    expect(onFailure).toHaveBeenCalledWith(new Error('the store is away'));
    await jest.advanceTimersByTimeAsync(1_000);
    expect([settle.mock.calls.length, onFailure.mock.calls.length]).toEqual([2, 1]);
    chore.stop();
  });

  test('does nothing any more once it is stopped', async () => {
    const settle = jest.fn(async () => {});
    const { wake, chore } = begin(settle);
    wake();
    chore.stop();
    wake();
    await jest.advanceTimersByTimeAsync(10_000);
    expect(settle).not.toHaveBeenCalled();
  });
});
