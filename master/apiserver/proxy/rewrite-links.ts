/**
 * Links of a proxied page: what points to the server's root is made to point through the proxy. Pure.
 *
 * A page that says `/style.css` means its own server, not the API server; relative links and links to other hosts are right as they
 * are. https://kubernetes.io/docs/tasks/access-application-cluster/access-cluster-services/
 */
import { Transform } from 'node:stream';

/** A tag that has not ended after so much is passed on as it is. */
const LONGEST_TAG = 64 * 1024;
const TAG = /<[a-z](?:"[^"]*"|'[^']*'|[^'">])*>/gi;
const LINK =
  /(\s(?:href|src|action|formaction|background|cite|classid|codebase|data|icon|longdesc|manifest|poster|profile|usemap)\s*=\s*)("[^"]*"|'[^']*'|[^\s"'>]+)/gi;

/** `link` as seen through the proxy at `prefix`; `host` is the proxied server's own. */
export function rewriteLink(link: string, prefix: string, host: string): string {
  const own = [`http://${host}`, `https://${host}`, `//${host}`].find(
    (origin) => link === origin || link.startsWith(`${origin}/`),
  );
  const path = own === undefined ? link : link.slice(own.length) || '/';
  const isHere = path.startsWith('/') && !path.startsWith('//');
  if (!isHere || path === prefix || path.startsWith(`${prefix}/`)) return isHere ? path : link;
  return prefix + path;
}

/** The text with the links of its complete tags rewritten. */
export function rewriteTags(text: string, prefix: string, host: string): string {
  return text.replace(TAG, (tag) =>
    tag.replace(LINK, (_, before: string, value: string) => {
      const quote = value.startsWith('"') || value.startsWith("'") ? value.charAt(0) : '';
      const link = quote ? value.slice(1, -1) : value;
      return `${before}${quote}${rewriteLink(link, prefix, host)}${quote}`;
    }),
  );
}

/** Rewrites a page as it flows by; a tag cut in two waits for its other half. */
export function linkRewriter(prefix: string, host: string): Transform {
  let rest = '';
  return new Transform({
    // latin1 keeps every byte as it is, whatever the page's own encoding: tags and paths are ASCII.
    transform(chunk: Buffer, _encoding, done) {
      const text = rest + chunk.toString('latin1');
      const open = text.lastIndexOf('<');
      const isCut = open >= 0 && text.indexOf('>', open) < 0 && text.length - open < LONGEST_TAG;
      rest = isCut ? text.slice(open) : '';
      done(null, Buffer.from(rewriteTags(isCut ? text.slice(0, open) : text, prefix, host), 'latin1'));
    },
    flush(done) {
      done(null, Buffer.from(rest, 'latin1'));
    },
  });
}
