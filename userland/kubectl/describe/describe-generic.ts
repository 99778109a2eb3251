/**
 * `describe` of a kind nobody wrote a description for: all of its fields, with titles instead of names.
 */
import type { AnyObject } from '../resources/get-object';
import type { DescribeText } from './describe-text';

const isPlainObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Words that are written in capitals. */
const ACRONYMS = new Set(['API', 'URL', 'UID', 'OSB', 'GUID']);

/** Shown above in a form of their own, or of no interest. */
const LEFT_OUT = new Set(
  ['managedFields', 'name', 'namespace', 'labels', 'annotations'].map((field) => `.metadata.${field}`),
);

/** `kernelVersion` -> `Kernel Version`; names with other signs than letters stay as they are. */
export function titleOf(field: string): string {
  if (!/^[\p{L}-]+$/u.test(field)) return field;
  const words = field.match(/\p{Lu}+(?!\p{Ll})|\p{Lu}?\p{Ll}+|-+/gu) ?? [];
  return words
    .map((word) => {
      const upper = word.toUpperCase();
      return ACRONYMS.has(upper) ? upper : word.charAt(0).toUpperCase() + word.slice(1);
    })
    .join(' ');
}

const valueText = (value: unknown) => (value === null ? '<nil>' : String(value));

function describeFields(
  text: DescribeText,
  fields: Readonly<Record<string, unknown>>,
  level: number,
  path: string,
): void {
  for (const [field, value] of Object.entries(fields).sort(([a], [b]) => (a < b ? -1 : 1))) {
    const here = `${path}.${field}`;
    if (LEFT_OUT.has(here)) continue;
    if (Array.isArray(value)) {
      text.line(level, `${titleOf(field)}:`);
      for (const item of value as unknown[])
        if (isPlainObject(item)) describeFields(text, item, level + 1, here);
        else text.line(level + 1, valueText(item));
    } else if (isPlainObject(value)) {
      text.line(level, `${titleOf(field)}:`);
      describeFields(text, value, level + 1, here);
    } else text.line(level, `${titleOf(field)}:`, valueText(value));
  }
}

export function describeGeneric(text: DescribeText, object: AnyObject): void {
  text.line(0, 'Name:', object.metadata.name).line(0, 'Namespace:', object.metadata.namespace ?? '');
  text.map('Labels', object.metadata.labels).map('Annotations', object.metadata.annotations, ': ');
  describeFields(text, { ...object }, 0, '');
}
