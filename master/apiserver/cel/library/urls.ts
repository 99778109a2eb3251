/**
 * URLs in expressions: `url('https://a:1/b?c=d').getHost()`. As in Go, a path alone is a URL; a word alone is not.
 * https://kubernetes.io/docs/reference/using-api/cel/#kubernetes-url-library
 */
import { global, method, type Overload } from '../functions';
import { CelEvaluationError } from '../syntax';
import { BOOL, listOf, mapOf, STRING, simpleType } from '../types';
import type { OpaqueValue } from '../values';

const URL_TYPE = simpleType('kubernetes.URL');
const BASE = 'http://path.invalid';

class UrlValue implements OpaqueValue {
  readonly celType = URL_TYPE.name;
  constructor(
    readonly text: string,
    readonly url: URL,
    readonly isPath: boolean,
  ) {}
  isEqualTo(other: unknown): boolean {
    return other instanceof UrlValue && other.text === this.text;
  }
  /** as written: URL leaves out the port a scheme has anyway */
  get host(): string {
    return this.isPath ? '' : (/^[^:]+:\/\/(?:[^/@]*@)?([^/?#]*)/.exec(this.text)?.[1] ?? '');
  }
}

function parse(text: string): UrlValue | undefined {
  const isPath = text.startsWith('/');
  if (!isPath && !/^[A-Za-z][A-Za-z0-9+.-]*:/.test(text)) return undefined;
  try {
    return new UrlValue(text, isPath ? new URL(text, BASE) : new URL(text), isPath);
  } catch {
    return undefined;
  }
}

function read(text: string): UrlValue {
  const value = parse(text);
  if (!value)
    throw new CelEvaluationError(
      `URL parse error during conversion from string: parse ${JSON.stringify(text)}: invalid URI for request`,
    );
  return value;
}

function query({ url }: UrlValue): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const key of url.searchParams.keys()) found.set(key, url.searchParams.getAll(key));
  return found;
}

const part = (name: string, of: (value: UrlValue) => string): Overload => method(name, [URL_TYPE], STRING, of);
const portOf = (value: UrlValue) => /:(\d+)$/.exec(value.host)?.[1] ?? '';

export const urls: readonly Overload[] = [
  global('url', [STRING], URL_TYPE, read),
  global('isURL', [STRING], BOOL, (text: string) => parse(text) !== undefined),
  part('getScheme', ({ url, isPath }) => (isPath ? '' : url.protocol.slice(0, -1))),
  part('getHost', (value) => value.host),
  part('getHostname', (value) => value.host.replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1')),
  part('getPort', portOf),
  part('getEscapedPath', ({ url, text, isPath }) => {
    return url.pathname === '/' && !isPath && !/^[^:]+:\/\/[^/]*\//.test(text) ? '' : url.pathname;
  }),
  method('getQuery', [URL_TYPE], mapOf(STRING, listOf(STRING)), query),
];
