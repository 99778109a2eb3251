/** The pure parts of the proxy subresources: names, paths, links. */
import { parseProxyName, splitProxyPath } from './proxy-name';
import { linkRewriter, rewriteLink, rewriteTags } from './rewrite-links';

describe('parseProxyName()', () => {
  test.each<[string, ReturnType<typeof parseProxyName>]>([
    ['web', { scheme: 'http', name: 'web', port: '' }],
    ['web:80', { scheme: 'http', name: 'web', port: '80' }],
    ['web:http', { scheme: 'http', name: 'web', port: 'http' }],
    ['https:web:443', { scheme: 'https', name: 'web', port: '443' }],
    ['https:web:', { scheme: 'https', name: 'web', port: '' }],
    ['ftp:web:21', undefined],
    ['http::80', undefined],
    ['a:b:c:d', undefined],
    ['', undefined],
  ])('reads %j', (text, expected) => {
    expect(parseProxyName(text)).toEqual(expected);
  });
});

describe('splitProxyPath()', () => {
  test.each([
    ['/api/v1/namespaces/d/pods/a/proxy', '/api/v1/namespaces/d/pods/a/proxy', ''],
    ['/api/v1/namespaces/d/pods/a/proxy/', '/api/v1/namespaces/d/pods/a/proxy', '/'],
    ['/api/v1/namespaces/d/services/a:b/proxy/x%2Fy/z', '/api/v1/namespaces/d/services/a:b/proxy', '/x%2Fy/z'],
    ['/api/v1/nodes/n/proxy/stats/summary', '/api/v1/nodes/n/proxy', '/stats/summary'],
  ])('cuts %s', (path, prefix, rest) => {
    expect(splitProxyPath(path)).toEqual({ prefix, rest });
  });
});

describe('rewriteLink()', () => {
  test.each([
    ['/style.css', '/p/style.css'],
    ['/', '/p/'],
    ['style.css', 'style.css'],
    ['//other/x', '//other/x'],
    ['http://10.0.0.1:80/x', '/p/x'],
    ['http://10.0.0.1:8080/x', 'http://10.0.0.1:8080/x'],
    ['https://elsewhere/x', 'https://elsewhere/x'],
    ['/p/x', '/p/x'],
    ['#top', '#top'],
  ])('turns %s into %s', (link, expected) => {
    expect(rewriteLink(link, '/p', '10.0.0.1:80')).toBe(expected);
  });
});

describe('rewriteTags()', () => {
  test.each([
    ['<a href="/rewriteme">test</a>', '<a href="/p/rewriteme">test</a>'],
    ["<img alt='a > b' src='/i.png'>", "<img alt='a > b' src='/p/i.png'>"],
    ['<form action=/send>', '<form action=/p/send>'],
    ['1 < 2 href="/x"', '1 < 2 href="/x"'],
  ])('turns %s into %s', (text, expected) => {
    expect(rewriteTags(text, '/p', 'h')).toBe(expected);
  });
});

test.each([1, 7, 1000])('linkRewriter() finds tags cut into pieces of %d bytes, and keeps every byte', async (size) => {
  const page = Buffer.from('<p>größer < </p><a href="/rewriteme">test</a> <');
  const rewriter = linkRewriter('/p', 'h');
  for (let at = 0; at < page.length; at += size) rewriter.write(page.subarray(at, at + size));
  rewriter.end();
  expect(Buffer.concat(await rewriter.toArray()).toString()).toBe('<p>größer < </p><a href="/p/rewriteme">test</a> <');
});
