/**
 * Servers and locations as nginx' configuration: the whole of it, one text. Pure.
 *
 * Line by line it is known which Ingress a line comes from, so that what nginx says about line 57 can be told to its owner.
 * nginx' own order gives Kubernetes' precedence: an exact path before the longest prefix; patterns, longest first, before prefixes.
 * https://nginx.org/en/docs/http/ngx_http_core_module.html#location
 */
import { createHash } from 'node:crypto';
import type { Canary } from './annotations';
import type { Location, Server, ServerPlan, Upstream } from './plan-servers';

export interface Origin {
  readonly ingress: string;
  readonly field: string;
}

interface Line {
  readonly text: string;
  readonly origin?: Origin;
}

export interface Configuration {
  readonly text: string;
  /** of the lines that come from an Ingress, by line number from 1 */
  readonly origins: ReadonlyMap<number, Origin>;
}

/** Where nginx tells that it has a configuration of ours. */
export const STATUS_PORT = 10254;

const HEAD = `user nginx;
worker_processes auto;
pid /run/nginx.pid;
error_log /dev/stderr notice;
worker_shutdown_timeout 240s;
events { worker_connections 4096; }
http {
  access_log /dev/stdout;
  default_type text/plain;
  server_tokens off;
  server_names_hash_bucket_size 256;
  variables_hash_max_size 4096;
  client_max_body_size 1m;
  proxy_http_version 1.1;
  proxy_connect_timeout 5s;
  proxy_set_header Host $host;
  proxy_set_header X-Request-ID $request_id;
  proxy_set_header X-Real-IP $remote_addr;
  proxy_set_header X-Forwarded-For $remote_addr;
  proxy_set_header X-Forwarded-Host $host;
  proxy_set_header X-Forwarded-Proto $scheme;
  proxy_set_header Upgrade $http_upgrade;
  proxy_set_header Connection $connection_upgrade;
  map $http_upgrade $connection_upgrade { default upgrade; '' ''; }
  server { listen ${STATUS_PORT}; location = /healthz { access_log off; return 200 "ok\\n"; } }`.split('\n');

/** No certificate, no handshake: a wrong one would only teach people to click warnings away. */
const NO_CERTIFICATE = '  server { listen 443 ssl default_server; ssl_reject_handshake on; }';

const lines = (...texts: string[]): Line[] => texts.map((text) => ({ text }));
const escapePattern = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

/** One label in place of the star, as Kubernetes has it; nginx' own wildcard would take several. */
const serverName = (host: string) =>
  host === '' ? '_' : host.startsWith('*.') ? `"~^[^.]+${escapePattern(host.slice(1))}$"` : host;

/** Default first, then names; longer patterns before shorter ones. */
const serverOrder = (a: Server, b: Server) =>
  Number(a.host !== '') - Number(b.host !== '') || b.host.length - a.host.length || a.host.localeCompare(b.host);

const locationOrder = (a: Location, b: Location) => b.path.length - a.path.length || a.path.localeCompare(b.path);

/** The whole configuration. Of nothing: one that answers 404. */
export function renderNginx({ servers }: Pick<ServerPlan, 'servers'>): Configuration {
  const ordered = [...servers].sort(serverOrder);
  const locations = ordered.flatMap((server) => server.locations);
  const all: Line[] = [
    ...lines(...HEAD),
    ...renderUpstreams(locations),
    ...locations.flatMap((location) => (location.canary ? renderChoice(location) : [])),
    ...(servers.some(({ tls }) => tls) ? lines(NO_CERTIFICATE) : []),
    ...ordered.flatMap(renderServer),
    ...lines('}'),
  ];
  const origins = new Map(all.flatMap(({ origin }, index) => (origin ? [[index + 1, origin] as const] : [])));
  return { text: `${all.map(({ text }) => text).join('\n')}\n`, origins };
}

/** Each once, with the first location that needs it. One without addresses is not needed. */
function renderUpstreams(locations: readonly Location[]): Line[] {
  const users = new Map<string, { upstream: Upstream; origin: Origin }>();
  for (const { upstream, canary, ingress, field } of locations) {
    for (const one of canary ? [upstream, canary.upstream] : [upstream]) {
      if (one.addresses.length > 0 && !users.has(one.name))
        users.set(one.name, { upstream: one, origin: { ingress, field } });
    }
  }
  const ordered = [...users.values()].sort((a, b) => a.upstream.name.localeCompare(b.upstream.name));
  // No connections are kept for later: kube-proxy spreads connections, not requests.
  return ordered.flatMap(({ upstream: { name, addresses }, origin }) => [
    ...lines(`  upstream ${name} {`),
    ...addresses.map((address) => ({ text: `    server ${address};`, origin })),
    ...lines('  }'),
  ]);
}

/** A name for the variables of a canary, short because nginx has little room for names. */
const choiceName = ({ ingress, field }: Location) =>
  createHash('sha256').update(`${ingress} ${field}`).digest('hex').slice(0, 10);

/** Header before cookie before weight; `always` and `never` decide, anything else asks the next one. */
function renderChoice(location: Location): Line[] {
  const { upstream, canary } = location;
  if (!canary?.options.canary) return [];
  const name = choiceName(location);
  const rules = canary.options.canary;
  const percent = Math.floor((rules.weight / rules.weightTotal) * 10_000) / 100;
  const share = percent >= 100 ? '* 1;' : percent > 0 ? `${percent}% 1; * 0;` : '* 0;';
  return lines(
    `  split_clients "$request_id" $by_weight_${name} { ${share} }`,
    ...(rules.cookie
      ? [`  map $cookie_${rules.cookie} $by_cookie_${name} { always 1; never 0; default $by_weight_${name}; }`]
      : []),
    ...(rules.header
      ? [
          `  map $http_${rules.header.toLowerCase().replaceAll('-', '_')} $by_header_${name} { ${headerCases(rules)} default ${beforeHeader(rules, name)}; }`,
        ]
      : []),
    `  map ${rules.header ? `$by_header_${name}` : beforeHeader(rules, name)} $upstream_${name} { 1 ${target(canary.upstream)}; default ${target(upstream)}; }`,
  );
}

const beforeHeader = ({ cookie }: Canary, name: string) => (cookie ? `$by_cookie_${name}` : `$by_weight_${name}`);

function headerCases({ headerValue, headerPattern }: Canary): string {
  if (headerValue) return `"${headerValue}" 1;`;
  return headerPattern ? `"~${headerPattern}" 1;` : 'always 1; never 0;';
}

const NOBODY = 'nobody';
const target = ({ name, addresses }: Upstream) => (addresses.length > 0 ? name : NOBODY);

function renderServer(server: Server): Line[] {
  const { host, tls, locations } = server;
  const listens = ['listen 80'].map((listen) => `    ${listen}${host === '' ? ' default_server' : ''};`);
  const secure = tls
    ? ['    listen 443 ssl;', `    ssl_certificate ${tls.certificate};`, `    ssl_certificate_key ${tls.key};`]
    : [];
  const hasRoot = locations.some(({ path, match }) => path === '/' && match === 'prefix');
  return [
    ...lines('  server {', ...listens, ...secure, `    server_name ${serverName(host)};`),
    ...[...locations].sort(locationOrder).flatMap((location) => renderLocation(location, server)),
    ...lines(...(hasRoot ? [] : ['    location / { return 404 "no rule for this host and path\\n"; }']), '  }'),
  ];
}

/** A prefix ends at a slash: `/cart` takes `/cart` and `/cart/1`, not `/cartoon`. */
function heads({ path, match }: Location): string[] {
  if (match === 'exact') return [`= ${path}`];
  if (match === 'regex') return [`~* "^${path}"`];
  const trimmed = path.replace(/\/+$/, '');
  return trimmed === '' ? ['/'] : [`= ${trimmed}`, `${trimmed}/`];
}

function renderLocation(location: Location, server: Server): Line[] {
  const { ingress, field, match } = location;
  const exact = new Set(server.locations.filter((one) => one.match === 'exact').map((one) => one.path));
  // The path itself may have an exact rule, which comes first.
  const wanted = heads(location).filter(
    (head) => match !== 'prefix' || !head.startsWith('= ') || !exact.has(head.slice(2)),
  );
  const from = (origin: Origin, texts: readonly string[]) =>
    texts.map((text): Line => ({ text: `      ${text.trim()}`, origin }));
  const snippet = (location.options.snippet ?? '').split('\n').filter((text) => text.trim());
  const own = { ingress, field };
  return wanted.flatMap((head) => [
    { text: `    location ${head} {`, origin: own },
    // `rewrite … break` ends the work of return, if and set: what must come before it does.
    ...from(own, [...renderRefusals(location, server), ...location.options.directives]),
    ...from({ ingress, field: SNIPPET_FIELD }, snippet),
    ...from(own, renderPass(location)),
    ...lines('    }'),
  ]);
}

const SNIPPET_FIELD = 'metadata.annotations[nginx.ingress.kubernetes.io/configuration-snippet]';
const UNAVAILABLE = 'return 503 "no endpoint behind this path\\n";';

/** Answers that need no backend. */
function renderRefusals(location: Location, { tls }: Server): string[] {
  const { upstream, canary, options } = location;
  const redirect = tls && options.sslRedirect ? ['if ($scheme = http) { return 308 https://$host$request_uri; }'] : [];
  if (canary) return [...redirect, `if ($upstream_${choiceName(location)} = ${NOBODY}) { ${UNAVAILABLE} }`];
  return upstream.addresses.length > 0 ? redirect : [...redirect, UNAVAILABLE];
}

function renderPass(location: Location): string[] {
  const { upstream, canary, options, match, path } = location;
  const pattern = match === 'regex' ? `^${path}` : escapePattern(path);
  const rewrite = options.rewriteTarget ? [`rewrite "(?i)${pattern}" ${options.rewriteTarget} break;`] : [];
  if (canary) return [...rewrite, `proxy_pass ${options.backendProtocol}://$upstream_${choiceName(location)};`];
  return upstream.addresses.length > 0 ? [...rewrite, `proxy_pass ${options.backendProtocol}://${upstream.name};`] : [];
}
