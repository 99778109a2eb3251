/**
 * One entry of `x-kubernetes-validations`, compiled: a program over `self`, and `oldSelf` where the rule compares with the state before.
 *
 * The compiler is loaded when the first rule is: a cluster without rules never reads it.
 * https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#validation-rules
 */
import type { JsonSchema, ValidationRule } from '../../../helper/api/apiextensions/schema/json-schema';
import type { CelProgram } from '../cel/compile-cel';
import type { CelType } from '../cel/types';

/** A rule that can run. */
export interface RuleProgram {
  readonly rule: ValidationRule;
  readonly program: CelProgram;
  readonly message: CelProgram | undefined;
  /** it compares with the state before, so it judges updates only, unless oldSelf is optional */
  readonly usesOldSelf: boolean;
}

/** What is wrong with the texts of a rule. */
export interface RuleProblems {
  readonly rule?: string;
  readonly message?: string;
}

type Compiled = RuleProgram | { readonly problems: RuleProblems };

/** The two halves of the compiler, loaded late. */
function loadCel() {
  const { compileCel } = require('../cel/compile-cel') as typeof import('../cel/compile-cel');
  const { schemaType } = require('../cel/schema-type') as typeof import('../cel/schema-type');
  const types = require('../cel/types') as typeof import('../cel/types');
  return { compileCel, schemaType, types };
}

const problemOf = (error: unknown) => (error instanceof Error ? error.message : String(error));

/** True when the only thing that kept the expression from compiling is that nobody said what oldSelf is. */
const wantsOldSelf = (problem: string) => problem.includes("undeclared reference to 'oldSelf'");

/** Compiles a rule that judges values of this schema; `isRoot` for whole objects. */
export function compileRule(rule: ValidationRule, schema: JsonSchema, isRoot: boolean): Compiled {
  const { compileCel, schemaType, types } = loadCel();
  const self = schemaType(schema, isRoot);
  const oldSelf = rule.optionalOldSelf ? types.optionalOf(self) : self;
  const compile = (expression: string, expected: CelType, detail: string) => {
    const attempt = (variables: Record<string, CelType>) => {
      const program = compileCel(expression, { variables });
      const { name } = program.resultType;
      if (name !== expected.name && name !== 'dyn') throw new Error(detail);
      return program;
    };
    try {
      return { program: attempt({ self }), usesOldSelf: false };
    } catch (error) {
      if (!wantsOldSelf(problemOf(error))) throw error;
      return { program: attempt({ self, oldSelf }), usesOldSelf: true };
    }
  };
  const problems: { rule?: string; message?: string } = {};
  const tryCompile = (part: 'rule' | 'message', expression: string, expected: CelType, detail: string) => {
    try {
      return compile(expression, expected, detail);
    } catch (error) {
      const problem = problemOf(error);
      problems[part] =
        problem === detail ? detail : `${part === 'message' ? 'messageExpression ' : ''}compilation failed: ${problem}`;
      return undefined;
    }
  };
  const judged = tryCompile('rule', rule.rule, types.BOOL, 'must evaluate to a bool');
  const text = rule.messageExpression?.trim();
  const said = text
    ? tryCompile('message', text, types.STRING, 'messageExpression must evaluate to a string')
    : undefined;
  if (!judged || problems.message) return { problems };
  return { rule, program: judged.program, message: said?.program, usesOldSelf: judged.usesOldSelf };
}

const remembered = new WeakMap<JsonSchema, readonly RuleProgram[]>();

/** The programs of the rules that stand directly at this place. Rules that do not compile were refused when the definition was written. */
export function rulesOf(schema: JsonSchema, isRoot: boolean): readonly RuleProgram[] {
  const rules = schema['x-kubernetes-validations'];
  if (!rules || rules.length === 0) return [];
  let known = remembered.get(schema);
  if (!known) {
    known = rules.flatMap((rule) => {
      const compiled = compileRule(rule, schema, isRoot);
      return 'problems' in compiled ? [] : [compiled];
    });
    remembered.set(schema, known);
  }
  return known;
}
