/**
 * Compiles every rule of a definition when it is written, so that a rule that cannot run is refused with the compiler's words, and one
 * that could run for too long by what it may cost.
 * https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#validation-rules
 */
import type { CustomResourceDefinition } from '../../../helper/api/apiextensions/definition';
import {
  childPath,
  type JsonSchema,
  propertyOf,
  propertyPath,
  valuesOf,
} from '../../../helper/api/apiextensions/schema/json-schema';
import { type FieldError, invalid } from '../../../helper/api/field-error';
import type { Kind } from '../../../helper/api/kind';
import type { KubeObject } from '../../../helper/api/meta';
import { sameValue } from '../../../helper/api/validate-metadata';
import { boundOf } from '../cel/bounds';
import { type Cardinality, elementCardinality, RuleBudget } from './rule-budget';
import { compileRule, type RuleProgram } from './rule-program';
import { hasRules } from './run-rules';

/** What is wrong with the rules of a definition whose schemas are valid otherwise. */
export function checkRules({ spec }: CustomResourceDefinition): FieldError[] {
  const [first] = spec.versions;
  const isShared = spec.versions.every(({ schema }) => sameValue(schema, first?.schema));
  const checked = isShared ? spec.versions.slice(0, 1) : spec.versions;
  return checked.flatMap(({ schema }, index) => {
    const path = isShared ? 'spec.validation.openAPIV3Schema' : `spec.versions[${index}].schema.openAPIV3Schema`;
    const root = schema?.openAPIV3Schema;
    if (!root) return [];
    const budget = new RuleBudget();
    const errors = checkSchema(root, { path, uncorrelated: undefined, cardinality: 1, isRoot: true }, budget);
    return [...errors, ...budget.verdict(path)];
  });
}

/** Where the walk is: what is known from the places above. */
interface Place {
  readonly path: string;
  /** the place above which old values can no longer be told; undefined as long as they can */
  readonly uncorrelated: string | undefined;
  readonly cardinality: Cardinality;
  readonly isRoot?: boolean;
}

function checkSchema(schema: JsonSchema, place: Place, budget: RuleBudget): FieldError[] {
  if (!hasRules(schema)) return [];
  const { path, uncorrelated, cardinality } = place;
  const errors = checkPlace(schema, place, budget);
  const isAtomicMap = schema['x-kubernetes-map-type'] === 'atomic';
  const inMap = uncorrelated ?? (isAtomicMap ? path : undefined);
  const inList = uncorrelated ?? (schema['x-kubernetes-list-type'] === 'map' ? undefined : path);
  const inside = elementCardinality(schema, cardinality);
  const check = (part: JsonSchema, at: string, above: string | undefined, often: Cardinality) =>
    errors.push(...checkSchema(part, { path: at, uncorrelated: above, cardinality: often }, budget));
  for (const name of Object.keys(schema.properties ?? {})) {
    const property = propertyOf(schema, name);
    if (property) check(property, propertyPath(path, name), inMap, cardinality);
  }
  const values = valuesOf(schema);
  if (values) check(values, childPath(path, 'additionalProperties'), inMap, inside);
  if (schema.items) check(schema.items, childPath(path, 'items'), inList, inside);
  return errors;
}

function checkPlace(schema: JsonSchema, place: Place, budget: RuleBudget): FieldError[] {
  const { path, uncorrelated, isRoot = false } = place;
  const errors: FieldError[] = [];
  for (const [index, rule] of (schema['x-kubernetes-validations'] ?? []).entries()) {
    const at = `${childPath(path, 'x-kubernetes-validations')}[${index}]`;
    const compiled = compileRule(rule, schema, isRoot);
    if ('problems' in compiled) {
      const { rule: ruleProblem, message } = compiled.problems;
      if (ruleProblem) errors.push(invalid(`${at}.rule`, rule, ruleProblem));
      if (message) errors.push(invalid(`${at}.messageExpression`, rule, message));
    } else {
      errors.push(...checkCost(compiled, schema, { ...place, path: at }, budget));
      errors.push(...checkOldSelf(compiled, at, uncorrelated));
    }
    if (rule.fieldPath?.trim() && !leadsSomewhere(schema, rule.fieldPath.trim())) {
      errors.push(invalid(`${at}.fieldPath`, rule.fieldPath, 'fieldPath must be a valid path'));
    }
  }
  return errors;
}

/** `place.path` is the rule's. */
function checkCost(compiled: RuleProgram, schema: JsonSchema, place: Place, budget: RuleBudget): FieldError[] {
  const { path, cardinality, isRoot = false } = place;
  const bound = boundOf(schema, isRoot);
  const bounds = { self: bound, oldSelf: compiled.rule.optionalOldSelf ? undefined : bound };
  const errors = budget.addRule(`${path}.rule`, compiled.program.estimate(bounds), cardinality, bound);
  if (!compiled.message) return errors;
  return [...errors, ...budget.addMessage(`${path}.messageExpression`, compiled.message.estimate(bounds))];
}

function checkOldSelf({ rule, usesOldSelf }: RuleProgram, at: string, uncorrelated: string | undefined): FieldError[] {
  if (usesOldSelf && uncorrelated !== undefined) {
    const detail = `oldSelf cannot be used on the uncorrelatable portion of the schema within ${uncorrelated}`;
    return [invalid(`${at}.rule`, rule.rule, detail)];
  }
  if (usesOldSelf || rule.optionalOldSelf === undefined) return [];
  return [invalid(`${at}.optionalOldSelf`, rule.optionalOldSelf, 'may not be set if oldSelf is not used in rule')];
}

/** True when the schema describes the field at `.a['b'].c`. */
function leadsSomewhere(schema: JsonSchema, fieldPath: string): boolean {
  let place: JsonSchema | undefined = schema;
  let rest = fieldPath;
  while (rest !== '' && place) {
    const step: RegExpExecArray | null = /^(?:\.([A-Za-z_][\w-]*)|\['((?:[^'\\]|\\.)+)'\])/.exec(rest);
    if (!step) return false;
    place = propertyOf(place, step[1] ?? step[2] ?? '') ?? valuesOf(place);
    rest = rest.slice(step[0].length);
  }
  return place !== undefined;
}

/** Rules that were too dear before there was a limit, or by an older estimate, may stay. */
function newProblems(found: FieldError[], old: CustomResourceDefinition): FieldError[] {
  if (!found.some(({ reason }) => reason === 'FieldValueForbidden')) return found;
  const before = new Set(checkRules(old).map(({ field, message }) => `${field} ${message}`));
  return found.filter(({ field, message }) => !before.has(`${field} ${message}`));
}

/** The row of definitions with the check added; rules an update did not touch are not compiled again. */
export function withRuleChecks(kind: Kind): Kind {
  const { strategy } = kind;
  const read = (object: KubeObject) => object as unknown as CustomResourceDefinition;
  return {
    ...kind,
    strategy: {
      ...strategy,
      validateCreate: (object) => (strategy.validate(object).length > 0 ? [] : checkRules(read(object))),
      validateUpdate(object, old) {
        const errors = strategy.validateUpdate?.(object, old) ?? [];
        const isSame = sameValue(read(object).spec.versions, read(old).spec.versions);
        return errors.length > 0 || isSame ? errors : newProblems(checkRules(read(object)), read(old));
      },
    },
  };
}
