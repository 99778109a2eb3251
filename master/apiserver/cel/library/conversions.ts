/**
 * Sizes, and one type from another: `int('3')`, `string(2.5)`, `type(x)`.
 * https://github.com/google/cel-spec/blob/master/doc/langdef.md#list-of-standard-definitions
 */
import { global, method, type Overload } from '../functions';
import { CelEvaluationError } from '../syntax';
import {
  A,
  B,
  BOOL,
  BYTES,
  type CelType,
  DOUBLE,
  DURATION,
  DYN,
  INT,
  listOf,
  mapOf,
  STRING,
  TIMESTAMP,
  TYPE,
  UINT,
} from '../types';
import {
  CelDouble,
  type CelDuration,
  type CelTimestamp,
  CelTypeValue,
  type CelUint,
  mapSize,
  typeOfValue,
} from '../values';
import { int, uint } from './operators';
import { formatDuration, formatTimestamp, parseDuration, parseTimestamp } from './times';

const sized = (type: CelType, size: (value: never) => number): Overload[] => {
  const run = (value: never) => BigInt(size(value));
  return [global('size', [type], INT, run), method('size', [type], INT, run)];
};

function whole(value: CelDouble): bigint {
  if (!Number.isFinite(value.value)) throw new CelEvaluationError('integer overflow');
  return BigInt(Math.trunc(value.value));
}

function parseWhole(text: string, type: string): bigint {
  if (!/^[+-]?\d+$/.test(text)) throw new CelEvaluationError(`type conversion error from 'string' to '${type}'`);
  return BigInt(text.replace('+', ''));
}

function parseDouble(text: string): CelDouble {
  const value = Number(text);
  if (text.trim() === '' || (Number.isNaN(value) && text !== 'NaN')) {
    throw new CelEvaluationError("type conversion error from 'string' to 'double'");
  }
  return new CelDouble(value);
}

function parseBool(text: string): boolean {
  if (['true', 'True', 'TRUE', 't', '1'].includes(text)) return true;
  if (['false', 'False', 'FALSE', 'f', '0'].includes(text)) return false;
  throw new CelEvaluationError("type conversion error from 'string' to 'bool'");
}

const same = (value: unknown) => value;

export const conversions: readonly Overload[] = [
  ...sized(STRING, (text: string) => [...text].length),
  ...sized(BYTES, (bytes: Uint8Array) => bytes.length),
  ...sized(listOf(A), (list: unknown[]) => list.length),
  ...sized(mapOf(A, B), (map: object) => mapSize(map)),
  global('int', [INT], INT, same),
  global('int', [UINT], INT, (value: CelUint) => int(value.value)),
  global('int', [DOUBLE], INT, (value: CelDouble) => int(whole(value))),
  global('int', [STRING], INT, (text: string) => int(parseWhole(text, 'int'))),
  global('int', [TIMESTAMP], INT, (time: CelTimestamp) => time.nanos / 1_000_000_000n),
  global('uint', [UINT], UINT, same),
  global('uint', [INT], UINT, (value: bigint) => uint(value)),
  global('uint', [DOUBLE], UINT, (value: CelDouble) => uint(whole(value))),
  global('uint', [STRING], UINT, (text: string) => uint(parseWhole(text, 'uint'))),
  global('double', [DOUBLE], DOUBLE, same),
  global('double', [INT], DOUBLE, (value: bigint) => new CelDouble(Number(value))),
  global('double', [UINT], DOUBLE, (value: CelUint) => new CelDouble(Number(value.value))),
  global('double', [STRING], DOUBLE, parseDouble),
  global('bool', [BOOL], BOOL, same),
  global('bool', [STRING], BOOL, parseBool),
  global('string', [STRING], STRING, same),
  global('string', [BOOL], STRING, String),
  global('string', [INT], STRING, String),
  global('string', [UINT], STRING, (value: CelUint) => String(value.value)),
  global('string', [DOUBLE], STRING, (value: CelDouble) => String(value.value)),
  global('string', [BYTES], STRING, (bytes: Uint8Array) => Buffer.from(bytes).toString()),
  global('string', [TIMESTAMP], STRING, formatTimestamp),
  global('string', [DURATION], STRING, (value: CelDuration) => formatDuration(value)),
  global('bytes', [BYTES], BYTES, same),
  global('bytes', [STRING], BYTES, (text: string) => new Uint8Array(Buffer.from(text))),
  global('timestamp', [TIMESTAMP], TIMESTAMP, same),
  global('timestamp', [STRING], TIMESTAMP, parseTimestamp),
  global('duration', [DURATION], DURATION, same),
  global('duration', [STRING], DURATION, parseDuration),
  global('dyn', [A], DYN, same),
  global('type', [A], TYPE, (value: unknown) => new CelTypeValue(typeOfValue(value).name)),
];
