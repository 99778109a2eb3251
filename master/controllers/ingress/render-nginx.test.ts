import { readAnnotations } from './annotations';
import type { Location, Server } from './plan-servers';
import { renderNginx } from './render-nginx';

const options = (annotations: Record<string, string> = {}) =>
  readAnnotations(
    Object.fromEntries(
      Object.entries(annotations).map(([name, text]) => [`nginx.ingress.kubernetes.io/${name}`, text]),
    ),
  ).options;
const upstream = (name: string, ...addresses: string[]) => ({ name, addresses });
const WEB = upstream('default-web-80', '10.96.0.9:80');
const location = (path: string, match: Location['match'], more: Partial<Location> = {}): Location => ({
  path,
  match,
  upstream: WEB,
  options: options(),
  ingress: 'default/a',
  field: 'spec.rules[0].http.paths[0]',
  ...more,
});
const rest = (text: string) => text.slice(text.indexOf('location = /healthz')).split('\n').slice(1).join('\n');
const render = (...servers: Server[]) => rest(renderNginx({ servers }).text);

describe('renderNginx()', () => {
  it('answers 404 when there is nothing', () => {
    expect(render({ host: '', locations: [] })).toBe(`  server {
    listen 80 default_server;
    server_name _;
    location / { return 404 "no rule for this host and path\\n"; }
  }
}
`);
  });

  it('renders kinds of paths so that the exact one comes before the longest prefix', () => {
    const locations = [location('/x', 'exact'), location('/x', 'prefix'), location('/', 'prefix')];
    expect(render({ host: 'h', locations })).toBe(`  upstream default-web-80 {
    server 10.96.0.9:80;
  }
  server {
    listen 80;
    server_name h;
    location = /x {
      proxy_pass http://default-web-80;
    }
    location /x/ {
      proxy_pass http://default-web-80;
    }
    location / {
      proxy_pass http://default-web-80;
    }
  }
}
`);
  });

  it('renders a wildcard as one label, HTTPS with its redirect, rewrites and snippets', () => {
    const rewritten = location('/c(/|$)(.*)', 'regex', {
      options: options({
        'rewrite-target': '/$2',
        'proxy-body-size': '8m',
        'configuration-snippet': 'add_header A b;',
      }),
    });
    const tls = { certificate: 'p.crt', key: 'p.key' };
    expect(render({ host: '*.shop.local', locations: [rewritten], tls })).toBe(`  upstream default-web-80 {
    server 10.96.0.9:80;
  }
  server { listen 443 ssl default_server; ssl_reject_handshake on; }
  server {
    listen 80;
    listen 443 ssl;
    ssl_certificate p.crt;
    ssl_certificate_key p.key;
    server_name "~^[^.]+\\.shop\\.local$";
    location ~* "^/c(/|$)(.*)" {
      if ($scheme = http) { return 308 https://$host$request_uri; }
      client_max_body_size 8m;
      add_header A b;
      rewrite "(?i)^/c(/|$)(.*)" /$2 break;
      proxy_pass http://default-web-80;
    }
    location / { return 404 "no rule for this host and path\\n"; }
  }
}
`);
  });

  it('answers 503 where nobody is', () => {
    const nobody = location('/', 'exact', {
      upstream: upstream('default-none-80'),
      options: options({ 'rewrite-target': '/x' }),
    });
    expect(render({ host: 'h', locations: [nobody] })).toContain(`    location = / {
      return 503 "no endpoint behind this path\\n";
    }
`);
  });

  it('chooses the canary by header, then cookie, then weight', () => {
    const canary = {
      upstream: upstream('default-next-80', '10.96.0.10:80'),
      options: options({
        canary: 'true',
        'canary-weight': '20',
        'canary-by-header': 'X-Try',
        'canary-by-cookie': 'try',
      }),
    };
    expect(render({ host: 'h', locations: [location('/', 'prefix', { canary })] })).toBe(`  upstream default-next-80 {
    server 10.96.0.10:80;
  }
  upstream default-web-80 {
    server 10.96.0.9:80;
  }
  split_clients "$request_id" $by_weight_f27ee4952b { 20% 1; * 0; }
  map $cookie_try $by_cookie_f27ee4952b { always 1; never 0; default $by_weight_f27ee4952b; }
  map $http_x_try $by_header_f27ee4952b { always 1; never 0; default $by_cookie_f27ee4952b; }
  map $by_header_f27ee4952b $upstream_f27ee4952b { 1 default-next-80; default default-web-80; }
  server {
    listen 80;
    server_name h;
    location / {
      if ($upstream_f27ee4952b = nobody) { return 503 "no endpoint behind this path\\n"; }
      proxy_pass http://$upstream_f27ee4952b;
    }
  }
}
`);
  });

  it('knows which Ingress a line comes from', () => {
    const snippet = options({ 'configuration-snippet': 'add_header A b;' });
    const { text, origins } = renderNginx({
      servers: [{ host: 'h', locations: [location('/', 'prefix', { options: snippet })] }],
    });
    const line = text.split('\n').findIndex((one) => one.includes('add_header A b;')) + 1;
    expect(origins.get(line)).toEqual({
      ingress: 'default/a',
      field: 'metadata.annotations[nginx.ingress.kubernetes.io/configuration-snippet]',
    });
    expect(origins.get(1)).toBeUndefined();
  });
});
