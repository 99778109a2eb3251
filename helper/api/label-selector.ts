/**
 * Label selectors: choosing objects by their labels, as text (`app=web,tier in (a,b),!canary`) or as the structure in a spec.
 *
 * Both forms become a list of requirements that must all hold. A missing structure selects nothing, an empty one
 * selects everything. Services, ReplicaSets, `kubectl -l` and list requests all end here.
 * https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors
 */
import { type FieldError, forbidden, invalid, required } from './field-error';
import type { LabelSelector } from './meta';
import { labelValue, qualifiedNameRule } from './names';
import { badRequest } from './status-error';

/** One condition on the labels of an object. */
export interface Requirement {
  readonly key: string;
  readonly operator: 'Equals' | 'NotEquals' | 'In' | 'NotIn' | 'Exists' | 'DoesNotExist' | 'Gt' | 'Lt';
  readonly values: readonly string[];
}

type Labels = Readonly<Record<string, string>>;

const BINARY_OPERATORS: Readonly<Record<string, Requirement['operator']>> = {
  in: 'In',
  notin: 'NotIn',
  '=': 'Equals',
  '==': 'Equals',
  '!=': 'NotEquals',
  gt: 'Gt',
  lt: 'Lt',
  '>': 'Gt',
  '<': 'Lt',
};
const TOKEN = /\s*(==|!=|[=!<>(),]|[^\s=!<>(),]+)/y;

/** The words and signs of a selector, in order; the empty text has none. */
function tokenize(text: string): string[] {
  const tokens: string[] = [];
  const end = text.trimEnd().length;
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < end) {
    const match = TOKEN.exec(text);
    if (!match?.[1]) break;
    tokens.push(match[1]);
  }
  return tokens;
}

const isWord = (token: string | undefined): token is string => token !== undefined && !/^[=!<>(),]/.test(token);
const refuse = (found: string | undefined, expected: string) =>
  badRequest(`unable to parse requirement: found '${found ?? ''}', expected: ${expected}`);

function checkKey(key: string): void {
  const [reason] = qualifiedNameRule(key);
  if (reason) throw badRequest(`unable to parse requirement: <nil>: Invalid value: ${JSON.stringify(key)}: ${reason}`);
}

function checkValues(key: string, values: readonly string[]): void {
  values.forEach((value, index) => {
    const [reason] = labelValue(value);
    if (!reason) return;
    const shown = `values[${index}][${key}]: Invalid value: ${JSON.stringify(value)}: ${reason}`;
    throw badRequest(`unable to parse requirement: ${shown}`);
  });
}

/** Reads tokens one requirement at a time. */
class SelectorReader {
  private position = 0;
  constructor(private readonly tokens: readonly string[]) {}

  get done(): boolean {
    return this.position >= this.tokens.length;
  }

  private peek(): string | undefined {
    return this.tokens[this.position];
  }

  private take(): string | undefined {
    const token = this.tokens[this.position];
    this.position += 1;
    return token;
  }

  /** A comma, or the end. */
  separator(): void {
    if (this.done) return;
    const token = this.take();
    if (token !== ',') throw refuse(token, `',' or 'end of string'`);
    if (this.done) throw refuse('', 'identifier after ,');
  }

  requirement(): Requirement {
    const negated = this.peek() === '!';
    if (negated) this.take();
    const key = this.take();
    if (!isWord(key)) throw refuse(key, `!, identifier, or 'end of string'`);
    checkKey(key);
    if (negated) return { key, operator: 'DoesNotExist', values: [] };
    if (this.done || this.peek() === ',') return { key, operator: 'Exists', values: [] };
    return this.comparison(key);
  }

  private comparison(key: string): Requirement {
    const sign = this.take() ?? '';
    const operator = BINARY_OPERATORS[sign];
    if (!operator) throw refuse(sign, 'in, notin, =, ==, !=, gt, lt');
    const values = operator === 'In' || operator === 'NotIn' ? this.valueSet() : [this.exactValue()];
    if ((operator === 'Gt' || operator === 'Lt') && !/^-?\d+$/.test(values[0] ?? '')) {
      const shown = `values[0]: Invalid value: ${JSON.stringify(values[0])}`;
      throw badRequest(`unable to parse requirement: ${shown}: for 'Gt', 'Lt' operators, the value must be an integer`);
    }
    checkValues(key, values);
    return { key, operator, values };
  }

  private exactValue(): string {
    const token = this.peek();
    if (token === undefined || token === ',') return '';
    if (!isWord(token)) throw refuse(token, 'identifier');
    this.take();
    return token;
  }

  private valueSet(): string[] {
    const open = this.take();
    if (open !== '(') throw refuse(open, "'('");
    const values: string[] = [];
    let expectValue = true;
    for (let token = this.take(); token !== ')'; token = this.take()) {
      if (token === ',') {
        if (expectValue) values.push('');
        expectValue = true;
      } else if (isWord(token) && expectValue) {
        values.push(token);
        expectValue = false;
      } else {
        throw refuse(token, "',', or ')'");
      }
    }
    if (expectValue) values.push('');
    return [...new Set(values)].sort();
  }
}

/** Parses the text of `labelSelector=`; the empty text gives no requirements. Throws BadRequest with Kubernetes' words. */
export function parseLabelSelector(text: string): Requirement[] {
  const reader = new SelectorReader(tokenize(text));
  const requirements: Requirement[] = [];
  while (!reader.done) {
    requirements.push(reader.requirement());
    reader.separator();
  }
  return requirements.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
}

function holds({ key, operator, values }: Requirement, labels: Labels): boolean {
  const value = Object.hasOwn(labels, key) ? labels[key] : undefined;
  switch (operator) {
    case 'Equals':
    case 'In':
      return value !== undefined && values.includes(value);
    case 'NotEquals':
    case 'NotIn':
      return value === undefined || !values.includes(value);
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
    default: {
      if (value === undefined || !/^-?\d+$/.test(value)) return false;
      return operator === 'Gt' ? BigInt(value) > BigInt(values[0] ?? '0') : BigInt(value) < BigInt(values[0] ?? '0');
    }
  }
}

/** True when all requirements hold; no requirements match everything. */
export function matchesRequirements(requirements: readonly Requirement[], labels: Labels | undefined): boolean {
  return requirements.every((requirement) => holds(requirement, labels ?? {}));
}

/** The requirements of a structured selector, sorted by key. An unknown operator is kept out: validation names it. */
export function requirementsOf(selector: LabelSelector): Requirement[] {
  const equal = Object.entries(selector.matchLabels ?? {}).map(
    ([key, value]): Requirement => ({ key, operator: 'Equals', values: [value] }),
  );
  const expressions = (selector.matchExpressions ?? []).map(
    ({ key, operator, values }): Requirement => ({
      key,
      operator: operator as Requirement['operator'],
      values: [...(values ?? [])].sort(),
    }),
  );
  return [...equal, ...expressions].sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
}

/** undefined matches nothing, the empty selector matches everything. */
export function matchesLabelSelector(selector: LabelSelector | undefined | null, labels: Labels | undefined): boolean {
  return selector ? matchesRequirements(requirementsOf(selector), labels) : false;
}

/** A plain map of labels, as in a Service's selector: every pair must be present. An empty map matches nothing. */
export function matchesLabelMap(selector: Labels | undefined | null, labels: Labels | undefined): boolean {
  const pairs = Object.entries(selector ?? {});
  return pairs.length > 0 && pairs.every(([key, value]) => labels?.[key] === value);
}

function formatRequirement({ key, operator, values }: Requirement): string {
  switch (operator) {
    case 'Exists':
      return key;
    case 'DoesNotExist':
      return `!${key}`;
    case 'In':
      return `${key} in (${values.join(',')})`;
    case 'NotIn':
      return `${key} notin (${values.join(',')})`;
    default:
      return `${key}${{ Equals: '=', NotEquals: '!=', Gt: '>', Lt: '<' }[operator]}${values[0] ?? ''}`;
  }
}

/** The text form, which {@link parseLabelSelector} reads back: `app=web,tier in (a,b)`. '' for none or an empty selector. */
export function formatLabelSelector(selector: LabelSelector | undefined | null): string {
  return selector ? requirementsOf(selector).map(formatRequirement).join(',') : '';
}

function validateExpression(
  { key, operator, values = [] }: { key: string; operator: string; values?: string[] },
  path: string,
): FieldError[] {
  const errors: FieldError[] = [];
  if (operator === 'In' || operator === 'NotIn') {
    if (!values.length) errors.push(required(`${path}.values`, "must be specified when `operator` is 'In' or 'NotIn'"));
  } else if (operator === 'Exists' || operator === 'DoesNotExist') {
    if (values.length) {
      errors.push(forbidden(`${path}.values`, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'"));
    }
  } else {
    errors.push(invalid(`${path}.operator`, operator, 'not a valid selector operator'));
  }
  errors.push(...qualifiedNameRule(key ?? '').map((reason) => invalid(`${path}.key`, key, reason)));
  values.forEach((value, index) => {
    errors.push(...labelValue(value).map((reason) => invalid(`${path}.values[${index}]`, value, reason)));
  });
  return errors;
}

/** All that is wrong with a structured selector at `path`. */
export function validateLabelSelector(selector: LabelSelector | undefined | null, path: string): FieldError[] {
  if (!selector) return [];
  const labels = Object.entries(selector.matchLabels ?? {}).flatMap(([key, value]) => [
    ...qualifiedNameRule(key).map((reason) => invalid(`${path}.matchLabels`, key, reason)),
    ...labelValue(value).map((reason) => invalid(`${path}.matchLabels`, value, reason)),
  ]);
  const expressions = (selector.matchExpressions ?? []).flatMap((expression, index) =>
    validateExpression(expression, `${path}.matchExpressions[${index}]`),
  );
  return [...labels, ...expressions];
}
