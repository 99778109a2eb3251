/**
 * The most a call of a function can cost, and how large what it returns can be, from the sizes of what it is called on.
 *
 * One entry a function that does more than a fixed amount of work; all others cost 1. The figures are Kubernetes', since they decide
 * which rules may be written. An argument of unknown type is taken for the dearest it may be.
 */
import {
  ANY_SIZE,
  addSizes,
  coverSizes,
  multiplySizes,
  PATTERN,
  readingCost,
  type Size,
  TRAVERSAL,
  times,
} from './size';
import type { CelType } from './types';

/** A value a function is called on. */
export interface Operand {
  readonly type: CelType;
  readonly size: Size;
  /** of the items, when it is a list */
  readonly itemSize: Size;
  /** its value, when the expression says it */
  readonly literal: unknown;
}

/** What the call costs beyond its arguments. */
export interface CallEstimate {
  readonly cost: number;
  readonly size?: Size;
}

type Estimator = (operands: readonly [Operand, ...Operand[]]) => CallEstimate | undefined;

const mayBe = ({ type }: Operand, ...names: string[]): boolean => type.name === 'dyn' || names.includes(type.name);
const isText = (operand: Operand): boolean => operand.type.name === 'string' || operand.type.name === 'bytes';
const sizeOf = (operand: Operand | undefined): Size => operand?.size ?? ANY_SIZE;
const atPrice =
  (price: number, of: (operands: readonly Operand[]) => Size): Estimator =>
  (operands) => ({ cost: readingCost(of(operands).max, price) });
const firstAt = (price: number) => atPrice(price, ([first]) => sizeOf(first));

/** The result is as long as the text it was made from. */
const likeTarget: Estimator = ([{ size }]) => ({ cost: readingCost(size.max, TRAVERSAL), size });

/** Both sides are read as far as the shorter one goes. */
const comparing: Estimator = ([left, right]) => ({
  cost: readingCost(Math.min(left.size.max, sizeOf(right).max), TRAVERSAL),
});
const ordering: Estimator = (operands) =>
  operands.every((side) => mayBe(side, 'string', 'bytes')) ? comparing(operands) : undefined;

const adding: Estimator = ([left, right]) => {
  const size = addSizes(left.size, sizeOf(right));
  if (left.type.name === 'list' || right?.type.name === 'list') return { cost: 1, size };
  const isJoin = mayBe(left, 'string', 'bytes') && right && mayBe(right, 'string', 'bytes');
  return isJoin ? { cost: Math.max(readingCost(size.max, TRAVERSAL), 1), size } : undefined;
};

/** Every item is looked at; texts are read. */
const everyItem: Estimator = ([target]) => {
  if (isText(target)) return { cost: readingCost(target.size.max, TRAVERSAL) };
  const items = target.type.args[0]?.name;
  const each = items === 'string' || items === 'bytes' ? 1 + readingCost(target.itemSize.max, TRAVERSAL) : 1;
  return { cost: times(target.size.max, each) };
};

const matching =
  (resultSize: (target: Size) => Size | undefined): Estimator =>
  ([target, pattern]) => {
    const cost = times(readingCost(target.size.max + 1, TRAVERSAL), readingCost(sizeOf(pattern).max, PATTERN));
    const size = resultSize(target.size);
    return size ? { cost, size } : { cost };
  };

const found = (size: Size): Size => ({ min: 0, max: size.max });

const splitting: Estimator = ([target, , most]) => ({
  cost: readingCost(target.size.max, 2 * TRAVERSAL),
  size: { min: 0, max: typeof most?.literal === 'bigint' ? Number(most.literal) : target.size.max },
});

const joining: Estimator = ([{ size, itemSize }, separator]) => {
  const gaps = { min: Math.max(size.min - 1, 0), max: Math.max(size.max - 1, 0) };
  const items = multiplySizes(size, itemSize);
  const whole = separator ? addSizes(items, multiplySizes(separator.size, gaps)) : items;
  return { cost: readingCost(whole.max, TRAVERSAL), size: whole };
};

/** The longest result has the shortest part replaced as often as it fits. */
const replacing: Estimator = ([{ size }, part, by]) => {
  const [from, to] = [sizeOf(part), sizeOf(by)];
  const most =
    from.min === 0
      ? times(size.max + 1, to.max) + size.max
      : to.max <= from.min
        ? size.max
        : times(Math.ceil(size.max / from.min), to.max);
  return { cost: readingCost(size.max, 2 * TRAVERSAL), size: { min: 0, max: most } };
};

const pairwise =
  (rounds: number): Estimator =>
  ([left, right]) => ({ cost: 1 + times(times(left.size.max, sizeOf(right).max), rounds) });

/** Bytes of an address that are compared, at most. */
const ADDRESS: Size = { min: 4, max: 16 };
const within =
  (fixedCost: number): Estimator =>
  ([, other]) => ({
    cost: fixedCost + (other && isText(other) ? readingCost(other.size.max, TRAVERSAL) : 0),
  });

/** The longest pattern of a named format, in characters. */
const FORMAT_PATTERN = 128;

const CONTAINS_IP = readingCost(2 * ADDRESS.max, TRAVERSAL);
const ESTIMATORS: Readonly<Record<string, Estimator>> = {
  '_+_': adding,
  '_==_': comparing,
  '_!=_': comparing,
  '_<_': ordering,
  '_<=_': ordering,
  '_>_': ordering,
  '_>=_': ordering,
  '@in': ([, container]) =>
    container && mayBe(container, 'list') ? { cost: Math.max(container.size.max, 0) } : undefined,
  startsWith: atPrice(TRAVERSAL, ([, part]) => sizeOf(part)),
  endsWith: atPrice(TRAVERSAL, ([, part]) => sizeOf(part)),
  contains: ([target, part]) => ({
    cost: times(readingCost(target.size.max, TRAVERSAL), readingCost(sizeOf(part).max, TRAVERSAL)),
  }),
  matches: matching(() => undefined),
  find: matching(found),
  findAll: matching(found),
  format: firstAt(TRAVERSAL),
  bytes: ([text]) =>
    mayBe(text, 'string')
      ? { cost: readingCost(text.size.max, TRAVERSAL), size: { min: text.size.min, max: text.size.max * 4 } }
      : undefined,
  string: ([value]) =>
    value.type.name === 'bytes'
      ? { cost: readingCost(value.size.max, TRAVERSAL), size: { min: value.size.min / 4, max: value.size.max } }
      : undefined,
  'strings.quote': ([text]) => ({
    cost: readingCost(text.size.max, TRAVERSAL),
    size: { min: text.size.min + 2, max: text.size.max * 2 + 2 },
  }),
  lowerAscii: likeTarget,
  upperAscii: likeTarget,
  substring: likeTarget,
  trim: likeTarget,
  replace: replacing,
  split: splitting,
  join: joining,
  isSorted: everyItem,
  sum: everyItem,
  max: everyItem,
  min: everyItem,
  indexOf: everyItem,
  lastIndexOf: everyItem,
  url: firstAt(TRAVERSAL),
  'sets.contains': pairwise(1),
  'sets.intersects': pairwise(1),
  'sets.equivalent': pairwise(2),
  containsIP: within(CONTAINS_IP),
  containsCIDR: within(CONTAINS_IP + readingCost(ADDRESS.max, TRAVERSAL) + 1),
  validate: ([, text]) => ({ cost: readingCost(readingCost(sizeOf(text).max, TRAVERSAL), FORMAT_PATTERN * PATTERN) }),
  check: () => ({ cost: 350_000 }),
};

/** Values of these types are compared at once, however they are written. */
const COMPARED_AT_ONCE = new Set(['net.IP', 'net.CIDR', 'kubernetes.Quantity']);

/** What calling the function on these operands (the target first) costs at most, without what the operands cost. */
export function estimateCall(fn: string, operands: readonly Operand[]): CallEstimate {
  const [first, ...rest] = operands;
  if (!first || (fn === '_==_' && COMPARED_AT_ONCE.has(first.type.name))) return { cost: 1 };
  const estimator = Object.hasOwn(ESTIMATORS, fn) ? ESTIMATORS[fn] : undefined;
  return estimator?.([first, ...rest]) ?? { cost: 1 };
}

/** The size of whichever of the two it turns out to be. */
export const sizeOfEither = (left: Operand, right: Operand): Size => coverSizes(left.size, right.size);
