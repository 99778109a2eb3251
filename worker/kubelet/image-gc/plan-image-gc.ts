/**
 * Which images may go, in which order, and how much has to go. Pure.
 *
 * Images in use and pinned ones stay, and so does what has only just come: its container may be about to start. Of the others
 * those go first that nobody has used for longest. Between the two thresholds nothing is removed; above the high one, as much as it
 * takes to come down to the low one.
 * https://kubernetes.io/docs/concepts/architecture/garbage-collection/#container-image-lifecycle
 */
import type { KubeletConfiguration } from '../config/kubelet-configuration';

export interface ImageUse {
  readonly id: string;
  readonly sizeBytes: number;
  readonly firstSeenMs: number;
  readonly lastUsedMs: number;
  readonly isUsed: boolean;
  readonly isPinned: boolean;
}

type Policy = Pick<
  KubeletConfiguration,
  'imageGcHighThresholdPercent' | 'imageGcLowThresholdPercent' | 'imageMinimumGcAgeMs' | 'imageMaximumGcAgeMs'
>;

/** Images that may be removed now, the one unused for longest first. */
export function removableImages(images: readonly ImageUse[], policy: Policy, nowMs: number): ImageUse[] {
  return images
    .filter(({ isUsed, isPinned }) => !isUsed && !isPinned)
    .filter(({ firstSeenMs }) => nowMs - firstSeenMs >= policy.imageMinimumGcAgeMs)
    .sort((a, b) => a.lastUsedMs - b.lastUsedMs || a.firstSeenMs - b.firstSeenMs);
}

/** Of the removable ones those unused for longer than the policy allows, however much space there is; none when it sets no age. */
export function expiredImages(removable: readonly ImageUse[], policy: Policy, nowMs: number): ImageUse[] {
  const { imageMaximumGcAgeMs } = policy;
  return imageMaximumGcAgeMs === 0
    ? []
    : removable.filter(({ lastUsedMs }) => nowMs - lastUsedMs > imageMaximumGcAgeMs);
}

/** How much has to go from a disk of this size; 0 below the high threshold, and when that is 100 %. */
export function bytesToFree(disk: { readonly totalBytes: number; readonly freeBytes: number }, policy: Policy): number {
  const { totalBytes, freeBytes } = disk;
  const { imageGcHighThresholdPercent: high, imageGcLowThresholdPercent: low } = policy;
  if (totalBytes <= 0 || high === 100) return 0;
  const usedPercent = 100 - Math.floor((freeBytes * 100) / totalBytes);
  return usedPercent < high ? 0 : Math.max(0, Math.floor((totalBytes * (100 - low)) / 100) - freeBytes);
}
