/**
 * Under which name a request owns what it writes, and the checks of the options that say so.
 * https://kubernetes.io/docs/reference/using-api/server-side-apply/#managers
 */
import { type FieldError, invalid, tooLong } from '../../../helper/api/field-error';

/** Bytes. */
const LONGEST_MANAGER = 128;
/** Letters, marks, numbers, punctuation, symbols and the plain space, as Go's unicode.IsPrint. */
const PRINTABLE = /^[\p{L}\p{M}\p{N}\p{P}\p{S} ]$/u;

/** The fieldManager parameter, or else the program the client says it is: `kubectl/v1.32.4 (linux)` is `kubectl`. */
export function managerName(fieldManager: string | null | undefined, userAgent: string | undefined): string {
  if (fieldManager) return fieldManager;
  let name = '';
  for (const letter of (userAgent ?? '').split('/', 1)[0] ?? '') {
    if (!PRINTABLE.test(letter)) continue;
    if (Buffer.byteLength(name + letter) > LONGEST_MANAGER) break;
    name += letter;
  }
  return name;
}

/** What is wrong with the fieldManager parameter; '' is nobody in particular. */
export function validateFieldManager(manager: string): FieldError[] {
  if (Buffer.byteLength(manager) > LONGEST_MANAGER) return [tooLong('fieldManager', LONGEST_MANAGER)];
  const isPrintable = [...manager].every((letter) => PRINTABLE.test(letter));
  return isPrintable ? [] : [invalid('fieldManager', manager, 'should only contain printable characters')];
}
