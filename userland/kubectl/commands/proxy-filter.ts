/**
 * Which requests `proxy` passes on: pure.
 *
 * Whoever reaches the port acts with the identity of who started it, a page in his browser too. So a request must name this machine
 * as its host, and streams into containers are left out, unless flags say otherwise.
 * https://kubernetes.io/docs/reference/kubectl/generated/kubectl_proxy/
 */
import type { IncomingMessage } from 'node:http';
import { CommandError } from '../command-error';

export interface ProxyFilter {
  /** under which the API appears; begins and ends with a slash */
  readonly prefix: string;
  readonly acceptHosts: readonly RegExp[];
  readonly acceptPaths: readonly RegExp[];
  readonly rejectPaths: readonly RegExp[];
  readonly rejectMethods: readonly RegExp[];
}

/** What the flags are without being given, in their own form. */
export const USUAL_FILTER = {
  acceptHosts: '^localhost$,^127\\.0\\.0\\.1$,^\\[::1\\]$',
  acceptPaths: '^.*',
  rejectPaths: '^/api/.*/pods/.*/exec,^/api/.*/pods/.*/attach',
  rejectMethods: '^$',
} as const;

/** Patterns with commas between them. Throws for one that is none. */
export function patternsOf(text: string): RegExp[] {
  return text.split(',').map((pattern) => {
    try {
      return new RegExp(pattern);
    } catch (error) {
      throw new CommandError(`invalid pattern ${JSON.stringify(pattern)}: ${(error as Error).message}`);
    }
  });
}

const isAny = (patterns: readonly RegExp[], text: string) => patterns.some((pattern) => pattern.test(text));

/** The path at the API server; undefined when the request is not one to pass on. */
export function forwardedPath(
  { method = 'GET', url = '/', headers }: Pick<IncomingMessage, 'method' | 'url' | 'headers'>,
  { prefix, acceptHosts, acceptPaths, rejectPaths, rejectMethods }: ProxyFilter,
): string | undefined {
  if (!url.startsWith(prefix)) return undefined;
  const forwarded = url.slice(prefix.length - 1);
  const [path = ''] = forwarded.split('?', 1);
  const host = (headers.host ?? '').replace(/:\d+$/, '');
  const isRejected = isAny(rejectMethods, method) || isAny(rejectPaths, path);
  return isAny(acceptHosts, host) && !isRejected && isAny(acceptPaths, path) ? forwarded : undefined;
}
