/**
 * Evaluates JSONPath templates over objects. Missing fields are no results, never an error.
 * https://kubernetes.io/docs/reference/kubectl/jsonpath/
 */
import { CommandError } from '../command-error';
import { type Operand, type Operator, parseJsonPath, type Segment, type Step } from './jsonpath-syntax';
import { kubectlJson } from './kubectl-json';

const MAX_RESULTS = 1_000_000;

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function childrenOf(value: unknown): unknown[] {
  if (Array.isArray(value)) return value;
  return isObject(value) ? Object.values(value) : [];
}

function descendantsOf(value: unknown): unknown[] {
  const found: unknown[] = [value];
  for (let index = 0; index < found.length && found.length < MAX_RESULTS; index += 1)
    found.push(...childrenOf(found[index]));
  return found;
}

function sliceOf(value: unknown, { start, end, step = 1 }: { start?: number; end?: number; step?: number }): unknown[] {
  if (!Array.isArray(value)) return [];
  if (step <= 0) throw new CommandError('jsonpath: the step of a slice must be positive');
  return value.slice(start, end).filter((_, index) => index % step === 0);
}

function operandValues(operand: Operand, value: unknown, root: unknown): unknown[] {
  return 'literal' in operand ? [operand.literal] : evaluatePath(operand.path, value, root);
}

function compares(operator: Operator, left: unknown, right: unknown): boolean {
  if (operator === '==') return left === right;
  if (operator === '!=') return left !== right;
  if (typeof left !== typeof right || (typeof left !== 'number' && typeof left !== 'string')) return false;
  const other = right as typeof left;
  switch (operator) {
    case '<':
      return left < other;
    case '<=':
      return left <= other;
    case '>':
      return left > other;
    default:
      return left >= other;
  }
}

function passes(step: Step & { kind: 'filter' }, value: unknown, root: unknown): boolean {
  const left = operandValues(step.left, value, root);
  if (!step.right) return left.length > 0;
  const right = operandValues(step.right, value, root);
  const [first] = left;
  return left.length > 0 && right.length > 0 && compares(step.operator, first, right[0]);
}

function fieldOf(value: unknown, name: string): unknown[] {
  return isObject(value) && Object.hasOwn(value, name) ? [value[name]] : [];
}

/** A quoted name is a key, dots and all, where there is such a key; else a path of names. */
function quotedOf(value: unknown, name: string): unknown[] {
  const whole = fieldOf(value, name);
  if (whole.length > 0) return whole;
  return name.split('.').reduce<unknown[]>((values, part) => values.flatMap((item) => fieldOf(item, part)), [value]);
}

function applyStep(step: Step, value: unknown, root: unknown): unknown[] {
  switch (step.kind) {
    case 'root':
      return [root];
    case 'field':
      return fieldOf(value, step.name);
    case 'quoted':
      return quotedOf(value, step.name);
    case 'wildcard':
      return childrenOf(value);
    case 'recursive':
      return descendantsOf(value);
    case 'index':
      return Array.isArray(value) ? value.slice(step.index, step.index === -1 ? undefined : step.index + 1) : [];
    case 'slice':
      return sliceOf(value, step);
    case 'union':
      return step.paths.flatMap((path) => applyStep(path, value, root));
    case 'filter':
      return childrenOf(value).filter((item) => passes(step, item, root));
  }
}

/** All values the path leads to, in order; [] when there are none. */
export function evaluatePath(path: readonly Step[], value: unknown, root: unknown = value): unknown[] {
  let values: unknown[] = [value];
  for (const step of path) values = values.flatMap((current) => applyStep(step, current, root));
  return values;
}

/** A value as kubectl prints it: text as it is, numbers and booleans, everything else as JSON. */
export function printValue(value: unknown): string {
  if (typeof value === 'string') return value;
  return value === undefined || value === null ? '' : kubectlJson(value);
}

function renderSegments(segments: readonly Segment[], value: unknown, root: unknown): string {
  return segments
    .map((segment) => {
      if (segment.kind === 'text') return segment.text;
      const values = evaluatePath(segment.path, value, root);
      if (segment.kind === 'path') return values.map(printValue).join(' ');
      return values.map((item) => renderSegments(segment.body, item, root)).join('');
    })
    .join('');
}

/** The template filled with the object. */
export function renderJsonPath(template: string, value: unknown): string {
  return renderSegments(parseJsonPath(template), value, value);
}

/** The values themselves, for `jsonpath-as-json`: of every path outside of ranges, and of the bodies of ranges. */
export function jsonPathValues(template: string, value: unknown): unknown[] {
  const collect = (segments: readonly Segment[], current: unknown): unknown[] =>
    segments.flatMap((segment) => {
      if (segment.kind === 'text') return [];
      const values = evaluatePath(segment.path, current, value);
      return segment.kind === 'path' ? values : values.flatMap((item) => collect(segment.body, item));
    });
  return collect(parseJsonPath(template), value);
}
