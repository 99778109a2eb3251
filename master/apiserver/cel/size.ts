/**
 * Sizes and costs that are not known yet: a size is a range, a cost the most it can be.
 *
 * What has no limit is Infinity, which Kubernetes writes as the largest 64-bit number.
 */

/** Characters, bytes, items or entries of a value. */
export interface Size {
  readonly min: number;
  readonly max: number;
}

/** What reading one character costs. */
export const TRAVERSAL = 0.1;
/** What one character of a pattern makes reading a text dearer. */
export const PATTERN = 0.25;

export const ANY_SIZE: Size = { min: 0, max: Number.POSITIVE_INFINITY };
export const fixed = (size: number): Size => ({ min: size, max: size });

/** The product; nothing of anything is nothing. */
export const times = (left: number, right: number): number => (left === 0 || right === 0 ? 0 : left * right);
/** Cost of reading something of a size at a price per element, in whole units. */
export const readingCost = (size: number, price: number): number => Math.ceil(times(size, price));

export const addSizes = (left: Size, right: Size): Size => ({ min: left.min + right.min, max: left.max + right.max });
export const multiplySizes = (left: Size, right: Size): Size => ({
  min: times(left.min, right.min),
  max: times(left.max, right.max),
});
/** A size that covers both. */
export const coverSizes = (left: Size, right: Size): Size => ({
  min: Math.min(left.min, right.min),
  max: Math.max(left.max, right.max),
});
