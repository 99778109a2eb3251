/**
 * YAML (or JSON, which is YAML too) that a user wrote in a patch or an editor, with every number as it stands there.
 */
import { parse } from 'yaml';
import { exactInteger, hasLongNumber } from '../../../helper/api/schema/exact-numbers';

/** The value of the text. Throws for what is no YAML, and for a whole number that would lose digits. */
export function parseYaml(text: string): unknown {
  if (!hasLongNumber(text)) return parse(text);
  return JSON.parse(JSON.stringify(parse(text, { intAsBigInt: true }), exactInteger));
}
