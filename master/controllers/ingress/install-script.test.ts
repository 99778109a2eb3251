import { readComplaint, renderInstallation } from './install-script';

describe('renderInstallation()', () => {
  it('writes files, has them checked and only then puts them in place', () => {
    const { script } = renderInstallation('http {}\n', new Map([['a.crt', "END'\n"]]));
    expect(script).toBe(`set -e
umask 077
rm -rf /etc/ingress/next && mkdir -p /etc/ingress/next /etc/ingress/current
base64 -d > /etc/ingress/next/a.crt <<'END'
RU5EJwo=
END
base64 -d > /etc/ingress/next/nginx.conf <<'END'
aHR0cCB7fQo=
END
nginx -t -c /etc/ingress/next/nginx.conf 2>&1
rm -rf /etc/ingress/old && mv /etc/ingress/current /etc/ingress/old && mv /etc/ingress/next /etc/ingress/current
if [ -s /run/nginx.pid ]; then nginx -c /etc/ingress/current/nginx.conf -s reload; fi
echo 'configuration accepted'
`);
  });

  it('has another hash for another configuration', () => {
    const [a, b, again] = ['a', 'b', 'a'].map((text) => renderInstallation(text, new Map()).hash);
    expect(a).toBe(again);
    expect(a).not.toBe(b);
  });
});

describe('readComplaint()', () => {
  it.each([
    ['accepts', 'nginx: [warn] x\nconfiguration accepted\n', undefined],
    [
      'finds reason and line',
      'nginx: [emerg] 36#36: unknown directive "foo" in /etc/ingress/next/nginx.conf:57\nnginx: configuration file test failed\n',
      { reason: 'unknown directive "foo"', line: 57 },
    ],
    ['finds a reason without a line', 'nginx: [emerg] bind() failed\n', { reason: 'bind() failed', line: undefined }],
    ['keeps what it does not understand', 'sh: nginx: not found', { reason: 'sh: nginx: not found', line: undefined }],
  ])('%s', (_, output, expected) => expect(readComplaint(output)).toEqual(expected));
});
