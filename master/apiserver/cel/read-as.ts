/**
 * Values as the types a schema gives them: JSON has one kind of number and writes times, durations and bytes as texts.
 */
import { parseDuration, parseTimestamp } from './library/times';
import type { CelType } from './types';
import { CelDouble } from './values';

/** The value in the form its static type asks for; as it is when it has that form already, or none is known. */
export function readAs(type: CelType, value: unknown): unknown {
  switch (type.name) {
    case 'double':
      return typeof value === 'bigint' ? new CelDouble(Number(value)) : value;
    case 'timestamp':
      return typeof value === 'string' ? parseTimestamp(withTime(value)) : value;
    case 'duration':
      return typeof value === 'string' ? parseDuration(value) : value;
    case 'bytes':
      return typeof value === 'string' ? new Uint8Array(Buffer.from(value, 'base64')) : value;
    default:
      return value;
  }
}

/** A day is its first moment. */
const withTime = (text: string): string => (/^\d{4}-\d\d-\d\d$/.test(text) ? `${text}T00:00:00Z` : text);
