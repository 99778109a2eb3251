/**
 * Macros: calls whose arguments are not evaluated first, since they name variables (`all(x, …)`) or ask whether a field is there.
 * https://github.com/google/cel-spec/blob/master/doc/langdef.md#macros
 */
import type { Call, Comprehend, Expr, Problem } from './syntax';

/** Name, number of arguments -> what it makes, how many of the arguments are variables, and whether a condition follows them. */
interface Form {
  readonly macro: Comprehend;
  readonly variables: 1 | 2;
  readonly hasCondition: boolean;
}

const form = (macro: Comprehend, variables: 1 | 2 = 1, hasCondition = false): Form => ({
  macro,
  variables,
  hasCondition,
});

const FORMS: ReadonlyMap<string, Form> = new Map([
  ['all/2', form('all')],
  ['exists/2', form('exists')],
  ['exists_one/2', form('existsOne')],
  ['existsOne/2', form('existsOne')],
  ['filter/2', form('filter')],
  ['map/2', form('map')],
  ['map/3', form('map', 1, true)],
  ['all/3', form('all', 2)],
  ['exists/3', form('exists', 2)],
  ['exists_one/3', form('existsOne', 2)],
  ['existsOne/3', form('existsOne', 2)],
  ['transformList/3', form('transformList', 2)],
  ['transformList/4', form('transformList', 2, true)],
  ['transformMap/3', form('transformMap', 2)],
  ['transformMap/4', form('transformMap', 2, true)],
  ['transformMapEntry/3', form('transformMapEntry', 2)],
  ['transformMapEntry/4', form('transformMapEntry', 2, true)],
  ['optMap/2', form('optMap')],
  ['optFlatMap/2', form('optFlatMap')],
]);

/** What the call is as a macro, what is wrong with it, or undefined when it is an ordinary call. */
export function asMacro(call: Call): Expr | { readonly problem: Problem } | undefined {
  const { fn, target, args, at } = call;
  if (!target) return fn === 'has' && args.length === 1 && args[0] ? presence(args[0], at) : undefined;
  const found = FORMS.get(`${fn}/${args.length}`);
  if (!found) return undefined;
  const variables: string[] = [];
  for (const argument of args.slice(0, found.variables)) {
    if (argument.node !== 'identifier') return { problem: { at: argument.at, text: 'argument is not an identifier' } };
    variables.push(argument.name);
  }
  const body = args.at(-1);
  if (!body) return undefined;
  const condition = found.hasCondition ? args.at(-2) : undefined;
  return { node: 'comprehension', at, macro: found.macro, range: target, variables, condition, body };
}

function presence(argument: Expr, at: number): Expr | { readonly problem: Problem } {
  if (argument.node !== 'select') return { problem: { at, text: 'invalid argument to has() macro' } };
  return { ...argument, isTest: true };
}
