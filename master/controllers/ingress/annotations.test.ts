import { readAnnotations } from './annotations';

const read = (annotations: Record<string, string>) =>
  readAnnotations(
    Object.fromEntries(
      Object.entries(annotations).map(([name, text]) => [`nginx.ingress.kubernetes.io/${name}`, text]),
    ),
  );

describe('readAnnotations()', () => {
  it('has defaults for an Ingress without any', () => {
    expect(readAnnotations()).toEqual({
      options: { useRegex: false, sslRedirect: true, backendProtocol: 'http', directives: [] },
      problems: [],
    });
  });

  it('looks at no annotation of another program', () => {
    expect(readAnnotations({ 'example.com/rewrite-target': 'x' }).problems).toEqual([]);
  });

  it('reads what it knows', () => {
    const { options, problems } = read({
      'rewrite-target': '/$2',
      'ssl-redirect': 'false',
      'backend-protocol': 'HTTPS',
      'proxy-body-size': '8m',
      'proxy-read-timeout': '30',
      'configuration-snippet': 'add_header X-A b;\n',
      canary: 'true',
      'canary-weight': '20',
      'canary-by-header': 'X-Try',
      'canary-by-cookie': 'try',
    });
    expect(problems).toEqual([]);
    expect(options).toEqual({
      rewriteTarget: '/$2',
      useRegex: true,
      sslRedirect: false,
      backendProtocol: 'https',
      directives: ['client_max_body_size 8m;', 'proxy_read_timeout 30s;'],
      snippet: 'add_header X-A b;\n',
      canary: { weight: 20, weightTotal: 100, header: 'X-Try', cookie: 'try' },
    });
  });

  it.each([
    ['an unknown annotation', 'auth-url', 'http://x', 'is not known here'],
    ['a flag', 'use-regex', 'yes', '"yes" is not a yes or no, expected "true" or "false"'],
    ['a weight that is no number', 'canary-weight', 'half', '"half" is wrong, expected a number from 0 to 1000000'],
    ['a target that is no path', 'rewrite-target', 'x', '"x" is wrong, expected a path'],
    ['a target with a variable', 'rewrite-target', '/$host', 'must not contain "$"'],
    ['a target that ends its directive', 'rewrite-target', '/; root /', 'must not contain ";"'],
    ['a snippet that opens a block', 'configuration-snippet', 'location / {}', 'must not contain "location"'],
    ['a snippet that closes one', 'configuration-snippet', '} server {', 'must not contain "}"'],
    ['a snippet that reads files', 'configuration-snippet', 'include /etc/passwd;', 'must not contain "include"'],
    ['a snippet without its end', 'configuration-snippet', 'deny all', 'its last directive does not end with ";"'],
    ['a pattern', 'canary-by-header-pattern', '(', 'Invalid regular expression: /(/: Unterminated group'],
    ['a header', 'canary-by-header', 'a b', '"a b" is wrong, expected the name of a header'],
  ])('refuses %s', (_, name, text, reason) => {
    expect(read({ [name]: text }).problems).toEqual([
      { field: `metadata.annotations[nginx.ingress.kubernetes.io/${name}]`, reason },
    ]);
  });

  it('refuses a weight above the total', () => {
    expect(read({ canary: 'true', 'canary-weight': '30', 'canary-weight-total': '20' }).problems).toEqual([
      {
        field: 'metadata.annotations[nginx.ingress.kubernetes.io/canary-weight]',
        reason: '30 is more than the total of 20',
      },
    ]);
  });
});
