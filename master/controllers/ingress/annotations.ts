/**
 * What annotations of an Ingress ask of nginx, under the names of ingress-nginx. Pure.
 *
 * Every value is checked before it gets near a configuration; one that is wrong is a problem with its field, and so is an annotation
 * of that prefix nothing here acts upon: silence would look like obedience.
 * https://kubernetes.github.io/ingress-nginx/user-guide/nginx-configuration/annotations/
 */
const PREFIX = 'nginx.ingress.kubernetes.io/';

/** Something only the user can put right: where it is and what is wrong with it. */
export interface Problem {
  readonly field: string;
  readonly reason: string;
}

export interface Canary {
  /** of `weightTotal` requests */
  readonly weight: number;
  readonly weightTotal: number;
  readonly header?: string;
  /** the canary is chosen by this value of the header; absent: by `always` */
  readonly headerValue?: string;
  readonly headerPattern?: string;
  readonly cookie?: string;
}

export interface IngressOptions {
  readonly rewriteTarget?: string;
  readonly useRegex: boolean;
  /** answer HTTP with a redirect to HTTPS where the host has a certificate */
  readonly sslRedirect: boolean;
  readonly backendProtocol: 'http' | 'https';
  /** directives of a location, in nginx's own words */
  readonly directives: readonly string[];
  readonly snippet?: string;
  readonly canary?: Canary;
}

type Value = string | number | boolean;
type Rule = (text: string) => Value | Problem;

/** Would end a quoted text or a directive, or be read as a variable. */
const UNSAFE = /["'{};\\\n\r]|\$(?![1-9])/;
/** Directives that lead out of the location, or to files; and what would open a block. */
const FORBIDDEN_WORDS =
  /[{}]|\b(include|load_module|location|root|alias|proxy_pass|ssl_\w+|serviceaccount\w*|\w*_by_lua\w*)\b/;

const wrong = (reason: string): Problem => ({ field: '', reason });
const isProblem = (value: Value | Problem): value is Problem => typeof value === 'object';

const flag: Rule = (text) => {
  if (text === 'true' || text === 'false') return text === 'true';
  return wrong(`${JSON.stringify(text)} is not a yes or no, expected "true" or "false"`);
};
const count =
  (least: number, most: number): Rule =>
  (text) => {
    const number = Number(text);
    if (/^\d+$/.test(text) && number >= least && number <= most) return number;
    return wrong(`${JSON.stringify(text)} is wrong, expected a number from ${least} to ${most}`);
  };
const matching =
  (pattern: RegExp, expected: string): Rule =>
  (text) =>
    pattern.test(text) ? text : wrong(`${JSON.stringify(text)} is wrong, expected ${expected}`);
const size = matching(/^\d+[kKmMgG]?$/, 'a size such as "8m"');
const seconds = count(1, 3600);

const rewriteTarget: Rule = (text) => {
  if (!text.startsWith('/') && !/^https?:\/\//.test(text))
    return wrong(`${JSON.stringify(text)} is wrong, expected a path`);
  const unsafe = UNSAFE.exec(text) ?? /\s/.exec(text);
  return unsafe ? wrong(`must not contain ${JSON.stringify(unsafe[0])}`) : text;
};
const pattern: Rule = (text) => {
  if (/["\n\r;{}]/.test(text)) return wrong('must not contain quotes, braces, semicolons or line ends');
  try {
    new RegExp(text);
    return text;
  } catch (error) {
    return wrong((error as Error).message);
  }
};
const snippet: Rule = (text) => {
  const forbidden = FORBIDDEN_WORDS.exec(text);
  if (forbidden) return wrong(`must not contain ${JSON.stringify(forbidden[0])}`);
  const open = text
    .split('\n')
    .map((line) => line.replace(/#.*/, '').trim())
    .filter(Boolean);
  if (open.length > 0 && !open[open.length - 1]?.endsWith(';'))
    return wrong('its last directive does not end with ";"');
  return text;
};

const RULES: Readonly<Record<string, Rule>> = {
  'rewrite-target': rewriteTarget,
  'use-regex': flag,
  'ssl-redirect': flag,
  'force-ssl-redirect': flag,
  'backend-protocol': matching(/^(HTTP|HTTPS)$/i, '"HTTP" or "HTTPS"'),
  'proxy-body-size': size,
  'proxy-connect-timeout': seconds,
  'proxy-read-timeout': seconds,
  'proxy-send-timeout': seconds,
  'configuration-snippet': snippet,
  canary: flag,
  'canary-weight': count(0, 1_000_000),
  'canary-weight-total': count(1, 1_000_000),
  'canary-by-header': matching(/^[A-Za-z0-9-]+$/, 'the name of a header'),
  'canary-by-header-value': matching(/^[A-Za-z0-9 ._~/-]+$/, 'letters, digits and " ._~/-"'),
  'canary-by-header-pattern': pattern,
  'canary-by-cookie': matching(/^\w+$/, 'the name of a cookie: letters, digits and _'),
};

const DIRECTIVES: readonly [annotation: string, render: (value: Value) => string][] = [
  ['proxy-body-size', (value) => `client_max_body_size ${value};`],
  ['proxy-connect-timeout', (value) => `proxy_connect_timeout ${value}s;`],
  ['proxy-read-timeout', (value) => `proxy_read_timeout ${value}s;`],
  ['proxy-send-timeout', (value) => `proxy_send_timeout ${value}s;`],
];

const fieldOf = (name: string) => `metadata.annotations[${PREFIX}${name}]`;

function readCanary(values: ReadonlyMap<string, Value>, problems: Problem[]): Canary | undefined {
  if (values.get('canary') !== true) return undefined;
  const weight = Number(values.get('canary-weight') ?? 0);
  const weightTotal = Number(values.get('canary-weight-total') ?? 100);
  if (weight > weightTotal)
    problems.push({ field: fieldOf('canary-weight'), reason: `${weight} is more than the total of ${weightTotal}` });
  const text = (name: string) => values.get(name) as string | undefined;
  const [header, headerValue] = [text('canary-by-header'), text('canary-by-header-value')];
  const [headerPattern, cookie] = [text('canary-by-header-pattern'), text('canary-by-cookie')];
  return {
    weight: Math.min(weight, weightTotal),
    weightTotal,
    ...(header ? { header } : {}),
    ...(headerValue ? { headerValue } : {}),
    ...(headerPattern && !headerValue ? { headerPattern } : {}),
    ...(cookie ? { cookie } : {}),
  };
}

/** The options, and what is wrong; an Ingress with problems is not to be rendered. Annotations of other programs are not looked at. */
export function readAnnotations(annotations: Readonly<Record<string, string>> = {}): {
  readonly options: IngressOptions;
  readonly problems: readonly Problem[];
} {
  const problems: Problem[] = [];
  const values = new Map<string, Value>();
  for (const [key, text] of Object.entries(annotations)) {
    if (!key.startsWith(PREFIX)) continue;
    const name = key.slice(PREFIX.length);
    const rule = Object.hasOwn(RULES, name) ? RULES[name] : undefined;
    const value = rule ? rule(text) : wrong('is not known here');
    if (isProblem(value)) problems.push({ field: fieldOf(name), reason: value.reason });
    else values.set(name, value);
  }
  const canary = readCanary(values, problems);
  const target = values.get('rewrite-target') as string | undefined;
  const text = values.get('configuration-snippet') as string | undefined;
  const options: IngressOptions = {
    ...(target ? { rewriteTarget: target } : {}),
    useRegex: values.get('use-regex') === true || target !== undefined,
    sslRedirect: values.get('ssl-redirect') !== false,
    backendProtocol: String(values.get('backend-protocol') ?? 'http').toLowerCase() === 'https' ? 'https' : 'http',
    directives: DIRECTIVES.flatMap(([name, render]) => (values.has(name) ? [render(values.get(name) ?? '')] : [])),
    ...(text?.trim() ? { snippet: text } : {}),
    ...(canary ? { canary } : {}),
  };
  return { options, problems };
}
