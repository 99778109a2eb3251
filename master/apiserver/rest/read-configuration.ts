/**
 * The body of a server-side apply: a configuration in YAML, or in JSON, which is YAML too and read much faster.
 *
 * Nothing is dropped here: nulls and unknown fields of a configuration have a meaning of their own.
 */
import { findDuplicateKeys } from '../../../helper/api/schema/duplicate-keys';
import { exactInteger, hasLongNumber, requireExactNumbers } from '../../../helper/api/schema/exact-numbers';
import { badRequest } from '../../../helper/api/status-error';
import { isJsonObject, type JsonObject } from '../../../helper/patch/json-object';

export interface Configuration {
  readonly value: JsonObject;
  /** what Kubernetes' parser says about keys that are given twice; empty when none are */
  readonly problem: string;
}

const refusal = (reason: string) => badRequest(`error decoding YAML: ${reason}`);

/** Reads a configuration. Throws BadRequest for what is no YAML or no object. */
export function parseConfiguration(text: string): Configuration {
  return parseAsJson(text) ?? parseAsYaml(text);
}

/** undefined when the text is no JSON, or JSON that gives a key twice or a number that is not exact: the parser of YAML knows more of it. */
function parseAsJson(text: string): Configuration | undefined {
  if (!/^\s*\{/.test(text)) return undefined;
  try {
    const value = JSON.parse(text) as JsonObject;
    requireExactNumbers(text);
    return findDuplicateKeys(text).length > 0 ? undefined : { value, problem: '' };
  } catch {
    return undefined;
  }
}

function parseAsYaml(text: string): Configuration {
  const { LineCounter, parseDocument } = require('yaml') as typeof import('yaml');
  const lines = new LineCounter();
  const document = parseDocument(text, { merge: true, lineCounter: lines, intAsBigInt: hasLongNumber(text) });
  const broken = document.errors.find(({ code }) => code !== 'DUPLICATE_KEY');
  if (broken) throw refusal(broken.message);
  const problems = document.errors.map(({ pos: [start] }) => {
    const key = /^"?([^\s:"]*)/.exec(text.slice(start))?.[1] ?? '';
    return `\n  line ${lines.linePos(start).line}: key ${JSON.stringify(key)} already set in map`;
  });
  const problem =
    problems.length > 0 ? `error converting YAML to JSON: yaml: unmarshal errors:${problems.join('')}` : '';
  return { value: toJson(document), problem };
}

/** Through JSON, so that dates and other things only YAML knows become what JSON has. */
function toJson(document: { toJS(options: { maxAliasCount: number }): unknown }): JsonObject {
  let value: unknown;
  try {
    value = JSON.parse(JSON.stringify(document.toJS({ maxAliasCount: 100 }) ?? {}, exactInteger));
  } catch (error) {
    throw refusal(error instanceof Error ? error.message : String(error));
  }
  if (isJsonObject(value)) return value;
  throw refusal('expected an object');
}
