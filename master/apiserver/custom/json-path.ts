/**
 * JSON paths as definitions use them for printed columns: `.status.conditions[?(@.type=="Ready")].status`.
 *
 * Fields, quoted fields, positions, `[*]`, and filters that compare with a constant: the simple form Kubernetes promises.
 * https://kubernetes.io/docs/reference/kubectl/jsonpath/
 */

/** One step: from every value reached so far to the next ones. */
type Step = (value: unknown) => unknown[];

/** Reads the values at a place in an object; empty when there are none. */
export type JsonPath = (object: unknown) => unknown[];

const FIELD = /^\.((?:\\.|[^.[\\])+)/;
const QUOTED = /^\.?\[\s*(?:'((?:\\.|[^'\\])*)'|"((?:\\.|[^"\\])*)")\s*\]/;
const POSITION = /^\.?\[\s*(-?\d+)\s*\]/;
const EVERY = /^\.?\[\s*\*\s*\]|^\.\*/;
const FILTER = /^\.?\[\s*\?\s*\(\s*@((?:\.[^\s=!<>]+)?)\s*(?:(==|!=|<=|>=|<|>)\s*(.+?))?\s*\)\s*\]/;

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;

function field(name: string): Step {
  return (value) => (isObject(value) && Object.hasOwn(value, name) ? [(value as Record<string, unknown>)[name]] : []);
}

function position(index: number): Step {
  return (value) => {
    if (!Array.isArray(value)) return [];
    const at = index < 0 ? value.length + index : index;
    return at in value ? [value[at]] : [];
  };
}

const every: Step = (value) => (isObject(value) ? Object.values(value) : []);

/** The constant of a filter: `"Ready"`, `'Ready'`, `3`, `true`. */
function constantOf(text: string): unknown {
  const quoted = /^'(.*)'$/.exec(text)?.[1];
  if (quoted !== undefined) return quoted;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

const COMPARISONS: Readonly<Record<string, (left: number | string, right: number | string) => boolean>> = {
  '<': (left, right) => left < right,
  '<=': (left, right) => left <= right,
  '>': (left, right) => left > right,
  '>=': (left, right) => left >= right,
};

function filter(inner: JsonPath, operator: string | undefined, constant: unknown): Step {
  const passes = (item: unknown) => {
    const [found] = inner(item);
    if (operator === undefined) return found !== undefined;
    if (operator === '==') return found === constant;
    if (operator === '!=') return found !== undefined && found !== constant;
    return COMPARISONS[operator]?.(found as number, constant as number) ?? false;
  };
  return (value) => (Array.isArray(value) ? value.filter(passes) : []);
}

/** Reads one step off the front of the text; throws when there is none. */
function nextStep(text: string): { step: Step; length: number } {
  const quoted = QUOTED.exec(text);
  if (quoted) return { step: field((quoted[1] ?? quoted[2] ?? '').replace(/\\(.)/g, '$1')), length: quoted[0].length };
  const numbered = POSITION.exec(text);
  if (numbered) return { step: position(Number(numbered[1])), length: numbered[0].length };
  const all = EVERY.exec(text);
  if (all) return { step: every, length: all[0].length };
  const filtered = FILTER.exec(text);
  if (filtered) {
    const [whole, path = '', operator, constant] = filtered;
    const inner = path ? parseJsonPath(path) : (item: unknown) => [item];
    return {
      step: filter(inner, operator, constant === undefined ? undefined : constantOf(constant)),
      length: whole.length,
    };
  }
  const named = FIELD.exec(text);
  if (named) return { step: field((named[1] ?? '').replace(/\\(.)/g, '$1')), length: named[0].length };
  throw new Error(`unexpected ${JSON.stringify(text.slice(0, 20))} in a JSON path`);
}

/** Compiles a path; throws an Error that says where it cannot be read. */
export function parseJsonPath(text: string): JsonPath {
  const steps: Step[] = [];
  for (let rest = text; rest !== '' && rest !== '.'; ) {
    const { step, length } = nextStep(rest);
    steps.push(step);
    rest = rest.slice(length);
  }
  return (object) => steps.reduce<unknown[]>((values, step) => values.flatMap(step), [object]);
}
