/**
 * How the kinds of a definition may be called.
 * https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/
 */
import type { CustomResourceDefinitionNames } from 'kubernetes-types/apiextensions/v1';
import { type FieldError, invalid, required } from '../field-error';
import { dns1035Label } from '../names';

/** Rules of the names a user asks for: all of them are needed. */
export function validateWantedNames(names: Partial<CustomResourceDefinitionNames>, path: string): FieldError[] {
  const missing = (['plural', 'singular', 'kind', 'listKind'] as const).filter((name) => !names[name]);
  return [...missing.map((name) => required(`${path}.${name}`)), ...validateNames(names, path)];
}

/** Rules of names wherever they stand. */
export function validateNames(names: Partial<CustomResourceDefinitionNames>, path: string): FieldError[] {
  const { plural, singular, kind, listKind, shortNames, categories } = names;
  const errors: FieldError[] = [];
  const check = (field: string, value: string | undefined) => {
    const reasons = value ? dns1035Label(value) : [];
    if (reasons.length > 0) errors.push(invalid(`${path}.${field}`, value, reasons.join(',')));
  };
  const checkMixed = (field: string, value: string | undefined) => {
    const reasons = value ? dns1035Label(value.toLowerCase()) : [];
    const detail = `may have mixed case, but should otherwise match: ${reasons.join(',')}`;
    if (reasons.length > 0) errors.push(invalid(`${path}.${field}`, value, detail));
  };
  check('plural', plural);
  check('singular', singular);
  checkMixed('kind', kind);
  checkMixed('listKind', listKind);
  for (const [index, name] of (shortNames ?? []).entries()) check(`shortNames[${index}]`, name);
  if (kind && kind === listKind) {
    errors.push(invalid(`${path}.listKind`, listKind, 'kind and listKind may not be the same'));
  }
  for (const [index, name] of (categories ?? []).entries()) check(`categories[${index}]`, name);
  return errors;
}
