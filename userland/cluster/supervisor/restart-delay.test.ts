import { FORGIVEN_AFTER_MS, failuresAfterCrash, MAX_DELAY_MS, restartDelayMs } from './restart-delay';

describe('restartDelayMs()', () => {
  test.each([
    [0, 50],
    [1, 100],
    [5, 1600],
    [30, MAX_DELAY_MS],
    [10_000, MAX_DELAY_MS],
  ])('after %i crashes in a row waits %i ms', (failures, expected) => {
    expect(restartDelayMs(failures)).toBe(expected);
  });
});

describe('failuresAfterCrash()', () => {
  test('counts a quick crash', () => expect(failuresAfterCrash(2, 10)).toBe(3));
  test('forgives a process that ran long', () => expect(failuresAfterCrash(9, FORGIVEN_AFTER_MS)).toBe(0));
});
