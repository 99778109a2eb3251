import { DEFAULT_CONFIGURATION } from '../config/kubelet-configuration';
import { bytesToFree, expiredImages, type ImageUse, removableImages } from './plan-image-gc';

const MINUTE_MS = 60_000;
const NOW = 100 * MINUTE_MS;
const image = (id: string, lastUsedMinutesAgo: number, more: Partial<ImageUse> = {}): ImageUse => ({
  id,
  sizeBytes: 10,
  firstSeenMs: 0,
  lastUsedMs: NOW - lastUsedMinutesAgo * MINUTE_MS,
  isUsed: false,
  isPinned: false,
  ...more,
});
const ids = (images: readonly ImageUse[]) => images.map(({ id }) => id);

test('removableImages() are those neither used nor pinned nor young, unused for longest first', () => {
  const images = [
    image('recent', 5),
    image('used', 0, { isUsed: true }),
    image('old', 50),
    image('pinned', 90, { isPinned: true }),
    image('young', 1, { firstSeenMs: NOW - MINUTE_MS }),
    image('newer', 50, { firstSeenMs: 1 }),
  ];
  expect(ids(removableImages(images, DEFAULT_CONFIGURATION, NOW))).toEqual(['old', 'newer', 'recent']);
  expect(removableImages([], DEFAULT_CONFIGURATION, NOW)).toEqual([]);
});

test('expiredImages() are none unless there is an age, and then those beyond it', () => {
  const images = [image('old', 50), image('recent', 5)];
  expect(expiredImages(images, DEFAULT_CONFIGURATION, NOW)).toEqual([]);
  const policy = { ...DEFAULT_CONFIGURATION, imageMaximumGcAgeMs: 10 * MINUTE_MS };
  expect(ids(expiredImages(images, policy, NOW))).toEqual(['old']);
});

test.each([
  ['below the high threshold', 16, {}, 0],
  ['at the high threshold, down to the low one', 15, {}, 5],
  ['well above', 1, {}, 19],
  ['with thresholds of its own', 40, { imageGcHighThresholdPercent: 50, imageGcLowThresholdPercent: 20 }, 40],
  ['switched off', 0, { imageGcHighThresholdPercent: 100 }, 0],
])('bytesToFree() of a disk of 100 %s', (_, freeBytes, policy, expected) => {
  expect(bytesToFree({ totalBytes: 100, freeBytes }, { ...DEFAULT_CONFIGURATION, ...policy })).toBe(expected);
});

test('bytesToFree() of a disk nobody could measure is nothing', () => {
  expect(bytesToFree({ totalBytes: 0, freeBytes: 0 }, DEFAULT_CONFIGURATION)).toBe(0);
});
