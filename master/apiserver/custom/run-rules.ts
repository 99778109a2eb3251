/**
 * Judges an object by the rules in its schema.
 *
 * A walk along schema and value. Rules that compare with the state before run on updates, and only where the old value can be told:
 * in fields, and in lists whose items have keys. Rules about what an update left alone are not run again. All rules of an object
 * together have a budget, so that no definition can hold the server.
 * https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#validation-rules
 */
import {
  childPath,
  isJsonMap,
  type JsonSchema,
  propertyOf,
  valuesOf,
} from '../../../helper/api/apiextensions/schema/json-schema';
import { itemFinder } from '../../../helper/api/apiextensions/schema/validate-value';
import type { FieldError } from '../../../helper/api/field-error';
import type { KubeObject } from '../../../helper/api/meta';
import { sameValue } from '../../../helper/api/validate-metadata';
import { type RuleProgram, rulesOf } from './rule-program';

/** What the rules of one object may cost together, as in Kubernetes. */
const OBJECT_BUDGET = 10_000_000;

type FieldReason = FieldError['reason'];

const WORDS: Readonly<Record<string, string>> = {
  FieldValueInvalid: 'Invalid value: ',
  FieldValueForbidden: 'Forbidden',
  FieldValueRequired: 'Required value',
  FieldValueDuplicate: 'Duplicate value: ',
};

class RuleRun {
  readonly errors: FieldError[] = [];
  private budget = OBJECT_BUDGET;

  /** `old` undefined: there was no value here, or it cannot be told which. */
  walk(schema: JsonSchema, value: unknown, old: unknown, path: string, isRoot = false): void {
    if (!hasRules(schema) || this.budget < 0) return;
    if (value === null || value === undefined) return;
    for (const rule of rulesOf(schema, isRoot)) this.judge(rule, schema, value, old, path);
    if (Array.isArray(value)) this.walkList(schema, value, old, path);
    else if (isJsonMap(value)) {
      const before = isJsonMap(old) ? old : undefined;
      const values = valuesOf(schema);
      for (const key of Object.keys(value)) {
        const property = propertyOf(schema, key);
        if (property) this.walk(property, value[key], before?.[key], childPath(path, key));
        else if (values) this.walk(values, value[key], before?.[key], `${path}[${key}]`);
      }
    }
  }

  private walkList(schema: JsonSchema, list: readonly unknown[], old: unknown, path: string): void {
    const { items } = schema;
    if (!items) return;
    const before = Array.isArray(old) ? itemFinder(schema, old) : undefined;
    for (const [index, item] of list.entries()) this.walk(items, item, before?.(item), `${path}[${index}]`);
  }

  private judge(compiled: RuleProgram, schema: JsonSchema, value: unknown, old: unknown, path: string): void {
    const { rule, program, usesOldSelf } = compiled;
    if (this.budget < 0) return;
    if (usesOldSelf && old === undefined && !rule.optionalOldSelf) return;
    if (!usesOldSelf && old !== undefined && sameValue(value, old)) return;
    const bindings = usesOldSelf ? { self: value, oldSelf: oldSelfOf(rule.optionalOldSelf, old) } : { self: value };
    const report = (detail: string, reason?: FieldReason) =>
      this.errors.push(errorAt(path || '<nil>', schema, detail, reason));
    try {
      const { value: verdict, cost } = program.measure(bindings, this.budget);
      this.budget -= cost;
      if (verdict === true) return;
      const at = rule.fieldPath ? path + relativePath(rule.fieldPath, path) : path || '<nil>';
      this.errors.push(errorAt(at, schema, this.messageOf(compiled, bindings), rule.reason as FieldReason | undefined));
    } catch (error) {
      report(evaluationProblem(error, rule.message?.trim() || rule.rule.trim()));
    }
    if (this.budget < 0) {
      report('validation failed due to running out of cost budget, no further validation rules will be run');
    }
  }

  /** A message expression that fails gives way to the message. */
  private messageOf({ rule, message }: RuleProgram, bindings: Record<string, unknown>): string {
    const otherwise = rule.message?.trim() || `failed rule: ${rule.rule.trim()}`;
    if (!message) return otherwise;
    try {
      const { value, cost } = message.measure(bindings, this.budget);
      this.budget -= cost;
      const text = typeof value === 'string' ? value.trim() : '';
      return text && !/[\n\r]/.test(text) ? text : otherwise;
    } catch {
      return otherwise;
    }
  }
}

function oldSelfOf(isOptional: boolean | undefined, old: unknown): unknown {
  if (!isOptional) return old;
  const { CelOptional } = require('../cel/values') as typeof import('../cel/values');
  return old === undefined ? CelOptional.none : CelOptional.of(old);
}

/** `.a.b` below `spec` is `.a.b`; at the top it has no leading dot. */
function relativePath(fieldPath: string, path: string): string {
  const text = fieldPath.replace(/\['([^']*)'\]/g, '[$1]');
  return path ? text : text.replace(/^\./, '');
}

function evaluationProblem(error: unknown, rule: string): string {
  const problem = error instanceof Error ? error.message : String(error);
  if (problem.startsWith('no such overload')) {
    return `'${problem}': call arguments did not match a supported operator, function or macro signature for rule: ${rule}`;
  }
  if (problem.startsWith('operation cancelled')) {
    return `'${problem}': no further validation rules will be run due to call cost exceeds limit for rule: ${rule}`;
  }
  return `${problem} evaluating rule: ${rule}`;
}

/** The value is shown as its type: it may be large. */
function errorAt(
  field: string,
  { type = '' }: JsonSchema,
  detail: string,
  reason: FieldReason = 'FieldValueInvalid',
): FieldError {
  const word = WORDS[reason] ?? WORDS.FieldValueInvalid ?? '';
  const shown = word.endsWith(': ') ? word + JSON.stringify(type) : word;
  return { field, reason, message: `${shown}: ${detail}` };
}

const known = new WeakMap<JsonSchema, boolean>();

/** True when there is a rule at or below this place. */
export function hasRules(schema: JsonSchema): boolean {
  let answer = known.get(schema);
  if (answer === undefined) {
    const values = valuesOf(schema);
    answer =
      (schema['x-kubernetes-validations']?.length ?? 0) > 0 ||
      Object.values(schema.properties ?? {}).some(hasRules) ||
      (schema.items !== undefined && hasRules(schema.items)) ||
      (values !== undefined && hasRules(values));
    known.set(schema, answer);
  }
  return answer;
}

/** What the rules say about an object; `old` is its state before an update. */
export function runRules(schema: JsonSchema, object: KubeObject, old: KubeObject | undefined): FieldError[] {
  const run = new RuleRun();
  run.walk(schema, object, old, '', true);
  return run.errors;
}
