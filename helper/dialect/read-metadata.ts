/**
 * Name and labels of a dialect object.
 */
import { canonicalName, NAME_ANNOTATION } from './canonical-name';
import type { FieldReader } from './field-reader';

export interface DialectName {
  readonly name: string;
  /** the original, when it differs */
  readonly annotations: Record<string, string>;
}

export function readName(fields: FieldReader): DialectName {
  const original = fields.requiredText('name');
  const name = canonicalName(original);
  if (!name)
    throw fields.wrong(
      'name',
      `${JSON.stringify(original)} is wrong, expected letters, digits, '-' and '_', beginning and ending with a letter or digit`,
    );
  return { name, annotations: name === original ? {} : { [NAME_ANNOTATION]: original } };
}

export function readLabels(metadata: FieldReader | undefined): Record<string, string> {
  return metadata?.textMap('labels') ?? {};
}
