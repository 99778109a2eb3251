/**
 * Checks that a configuration can be applied: only fields the type has, and list items that can be told apart.
 *
 * Types of values are not looked at here; the outcome of the apply is checked as any body is.
 */
import { isJsonObject } from '../../../helper/patch/json-object';
import { type FieldType, type ListType, typeOfField, typeOfValue } from './field-type';
import { itemElement, itemProblem } from './list-items';
import { fieldElement, type PathElement, shownPath } from './path-element';

/** Deeper than any real object; whoever sends more is refused before anything walks it. */
const MAX_DEPTH = 500;

/** All that is wrong, in Kubernetes' words (`.spec.foo: field not declared in schema`); empty when nothing is. */
export function checkConfiguration(type: FieldType, configuration: unknown): string[] {
  const problems: string[] = [];
  check(problems, [], type, configuration);
  return problems;
}

function check(problems: string[], path: PathElement[], declared: FieldType, value: unknown): void {
  if (path.length > MAX_DEPTH) {
    problems.push(`${shownPath(path.slice(0, 3))}: nested more than ${MAX_DEPTH} deep`);
    return;
  }
  const type = typeOfValue(declared, value);
  if (type.kind === 'map' && isJsonObject(value)) {
    for (const key of Object.keys(value)) {
      const inner = [...path, fieldElement(key)];
      if (!type.fields.has(key) && !type.values) problems.push(`${shownPath(inner)}: field not declared in schema`);
      else check(problems, inner, typeOfField(type, key), value[key]);
    }
  } else if (type.kind === 'list' && Array.isArray(value)) checkList(problems, path, type, value);
}

function checkList(problems: string[], path: PathElement[], type: ListType, list: readonly unknown[]): void {
  const seen = new Set<PathElement>();
  list.forEach((item, index) => {
    const problem = itemProblem(type, item);
    const element = itemElement(type, item);
    if (problem || element === undefined) problems.push(`${shownPath(path)}: element ${index}: ${problem}`);
    else if (seen.has(element)) problems.push(`${shownPath(path)}: duplicate entries for key ${shownPath([element])}`);
    else {
      seen.add(element);
      check(problems, [...path, element], type.items, item);
    }
  });
}
