/**
 * Compiles every rule of a definition when it is written, so that a rule that cannot run is refused with the compiler's words.
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
import { compileRule } from './rule-program';
import { hasRules } from './run-rules';

/** What is wrong with the rules of a definition whose schemas are valid otherwise. */
export function checkRules({ spec }: CustomResourceDefinition): FieldError[] {
  const [first] = spec.versions;
  const isShared = spec.versions.every(({ schema }) => sameValue(schema, first?.schema));
  const checked = isShared ? spec.versions.slice(0, 1) : spec.versions;
  return checked.flatMap(({ schema }, index) => {
    const path = isShared ? 'spec.validation.openAPIV3Schema' : `spec.versions[${index}].schema.openAPIV3Schema`;
    const root = schema?.openAPIV3Schema;
    return root ? checkSchema(root, path, undefined, true) : [];
  });
}

/** `uncorrelated`: the place above which old values can no longer be told; undefined as long as they can. */
function checkSchema(schema: JsonSchema, path: string, uncorrelated: string | undefined, isRoot = false): FieldError[] {
  if (!hasRules(schema)) return [];
  const errors = checkPlace(schema, path, uncorrelated, isRoot);
  const isAtomicMap = schema['x-kubernetes-map-type'] === 'atomic';
  const inMap = uncorrelated ?? (isAtomicMap ? path : undefined);
  const inList = uncorrelated ?? (schema['x-kubernetes-list-type'] === 'map' ? undefined : path);
  for (const name of Object.keys(schema.properties ?? {})) {
    const property = propertyOf(schema, name);
    if (property) errors.push(...checkSchema(property, propertyPath(path, name), inMap));
  }
  const values = valuesOf(schema);
  if (values) errors.push(...checkSchema(values, childPath(path, 'additionalProperties'), inMap));
  if (schema.items) errors.push(...checkSchema(schema.items, childPath(path, 'items'), inList));
  return errors;
}

function checkPlace(schema: JsonSchema, path: string, uncorrelated: string | undefined, isRoot: boolean): FieldError[] {
  const errors: FieldError[] = [];
  for (const [index, rule] of (schema['x-kubernetes-validations'] ?? []).entries()) {
    const at = `${childPath(path, 'x-kubernetes-validations')}[${index}]`;
    const compiled = compileRule(rule, schema, isRoot);
    if ('problems' in compiled) {
      const { rule: ruleProblem, message } = compiled.problems;
      if (ruleProblem) errors.push(invalid(`${at}.rule`, rule, ruleProblem));
      if (message) errors.push(invalid(`${at}.messageExpression`, rule, message));
    } else if (compiled.usesOldSelf && uncorrelated !== undefined) {
      const detail = `oldSelf cannot be used on the uncorrelatable portion of the schema within ${uncorrelated}`;
      errors.push(invalid(`${at}.rule`, rule.rule, detail));
    } else if (!compiled.usesOldSelf && rule.optionalOldSelf !== undefined) {
      errors.push(
        invalid(`${at}.optionalOldSelf`, rule.optionalOldSelf, 'may not be set if oldSelf is not used in rule'),
      );
    }
    if (rule.fieldPath?.trim() && !leadsSomewhere(schema, rule.fieldPath.trim())) {
      errors.push(invalid(`${at}.fieldPath`, rule.fieldPath, 'fieldPath must be a valid path'));
    }
  }
  return errors;
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
        return errors.length > 0 || isSame ? errors : checkRules(read(object));
      },
    },
  };
}
