/**
 * What may be called what: DNS labels, label keys and values, port names, ...
 *
 * Every function takes a text and returns the reasons it is refused, in Kubernetes' words; an empty array means it is
 * fine. Callers wrap the reasons with the path of the field.
 * https://kubernetes.io/docs/concepts/overview/working-with-objects/names/
 */

/** Checks a text: the reasons it is refused, empty when it is fine. */
export type NameRule = (text: string) => string[];

const LABEL = '[a-z0-9]([-a-z0-9]*[a-z0-9])?';
const SUBDOMAIN = `${LABEL}(\\.${LABEL})*`;
const LABEL_1035 = '[a-z]([-a-z0-9]*[a-z0-9])?';
const QUALIFIED = '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]';
const LABEL_VALUE = `(${QUALIFIED})?`;
const CONFIG_KEY = '[-._a-zA-Z0-9]+';
const ENV_NAME = '[ -<>-~]+';
const PERCENT = '[0-9]+%';
const WILDCARD = `\\*\\.${SUBDOMAIN}`;
const HTTP_PATH = "[A-Za-z0-9/\\-._~%!$&'()*+,;=:]+";

const tooManyCharacters = (maximum: number) => `must be no more than ${maximum} characters`;
const example = (message: string, pattern: string, ...examples: string[]) =>
  `${message} (e.g. ${examples.map((text) => `'${text}', `).join(' or ')}regex used for validation is '${pattern}')`;
/** Compiled once: a pod is checked against these rules dozens of times. Holds one entry per pattern above. */
const compiled = new Map<string, RegExp>();

function matches(text: string, pattern: string): boolean {
  let expression = compiled.get(pattern);
  if (!expression) {
    expression = new RegExp(`^(?:${pattern})$`);
    compiled.set(pattern, expression);
  }
  return expression.test(text);
}

/** The message is built only when needed: nearly every name is fine. */
function checked(text: string, maximum: number, pattern: string, message: () => string): string[] {
  const reasons = text.length > maximum ? [tooManyCharacters(maximum)] : [];
  return matches(text, pattern) ? reasons : [...reasons, message()];
}

/** RFC 1123 label: names of namespaces, containers, volumes; at most 63 characters. */
export const dnsLabel: NameRule = (text) => {
  // A valid subdomain that is no valid label can only have dots (or be too long, which is said already).
  if (text.includes('.') && matches(text, SUBDOMAIN)) {
    return [...(text.length > 63 ? [tooManyCharacters(63)] : []), 'must not contain dots'];
  }
  return checked(text, 63, LABEL, () =>
    example(
      "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character",
      LABEL,
      'my-name',
      '123-abc',
    ),
  );
};

/** RFC 1123 subdomain: names of most objects; at most 253 characters. */
export const dnsSubdomain: NameRule = (text) =>
  checked(text, 253, SUBDOMAIN, () =>
    example(
      "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character",
      SUBDOMAIN,
      'example.com',
    ),
  );

/** RFC 1035 label: names of Services, which become DNS records; at most 63 characters, a letter first. */
export const dns1035Label: NameRule = (text) =>
  checked(text, 63, LABEL_1035, () =>
    example(
      "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character",
      LABEL_1035,
      'my-name',
      'abc-123',
    ),
  );

/** Anything that can be one segment of a URL path: names of RBAC objects. */
export const pathSegment: NameRule = (text) => {
  if (text === '.' || text === '..') return [`may not be '${text}'`];
  return ['/', '%'].filter((part) => text.includes(part)).map((part) => `may not contain '${part}'`);
};

/** Value of a label: empty, or up to 63 alphanumerics, `-`, `_`, `.`. */
export const labelValue: NameRule = (text) =>
  checked(text, 63, LABEL_VALUE, () =>
    example(
      "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character",
      LABEL_VALUE,
      'MyValue',
      'my_value',
      '12345',
    ),
  );

function qualifiedNamePart(name: string): string[] {
  const reasons = name === '' ? ['name part must be non-empty'] : [];
  if (name.length > 63) reasons.push(`name part ${tooManyCharacters(63)}`);
  if (matches(name, QUALIFIED)) return reasons;
  const message =
    "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character";
  return [...reasons, example(message, QUALIFIED, 'MyName', 'my.name', '123-abc')];
}

/** Key of a label, annotation, taint or resource: `name` or `example.com/name`. */
export const qualifiedNameRule: NameRule = (text) => {
  const parts = text.split('/');
  if (parts.length > 2) {
    const message =
      "a qualified name must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character";
    const shown = example(message, QUALIFIED, 'MyName', 'my.name', '123-abc');
    return [`${shown} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`];
  }
  const [first = '', second] = parts;
  if (second === undefined) return qualifiedNamePart(first);
  const prefix =
    first === '' ? ['prefix part must be non-empty'] : dnsSubdomain(first).map((reason) => `prefix part ${reason}`);
  return [...prefix, ...qualifiedNamePart(second)];
};

/** Name of a container port (IANA service name): at most 15 of a-z, 0-9 and `-`, with a letter. */
export const portName: NameRule = (text) => {
  const reasons: string[] = [];
  if (text.length > 15) reasons.push(tooManyCharacters(15));
  if (!/^[-a-z0-9]+$/.test(text)) {
    reasons.push('must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)');
  }
  if (!/[a-z]/.test(text)) reasons.push('must contain at least one letter (a-z)');
  if (text.includes('--')) reasons.push('must not contain consecutive hyphens');
  if (text.startsWith('-') || text.endsWith('-')) reasons.push('must not begin or end with a hyphen');
  return reasons;
};

/** A TCP, UDP or SCTP port. */
export function portNumber(port: number): string[] {
  return Number.isInteger(port) && port >= 1 && port <= 65535 ? [] : ['must be between 1 and 65535, inclusive'];
}

/** Key of a ConfigMap or Secret: it becomes a file name. */
export const configKey: NameRule = (text) => {
  const message = "a valid config key must consist of alphanumeric characters, '-', '_' or '.'";
  const reasons = checked(text, 253, CONFIG_KEY, () =>
    example(message, CONFIG_KEY, 'key.name', 'KEY_NAME', 'key-name'),
  );
  if (text === '.') reasons.push("must not be '.'");
  else if (text === '..') reasons.push("must not be '..'");
  else if (text.startsWith('..')) reasons.push("must not start with '..'");
  return reasons;
};

/** Name of an environment variable: any printable ASCII but `=`. */
export const envVarName: NameRule = (text) =>
  matches(text, ENV_NAME)
    ? []
    : ["a valid environment variable name must consist only of printable ASCII characters other than '='"];

/** `25%` */
export const percentText: NameRule = (text) =>
  matches(text, PERCENT)
    ? []
    : [example("a valid percent string must be a numeric string followed by an ending '%'", PERCENT, '1%', '93%')];

/** `*.example.com` */
export const wildcardDnsSubdomain: NameRule = (text) =>
  checked(text, 253, WILDCARD, () =>
    example(
      "a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, which must consist of lower case alphanumeric characters, '-' or '.' and end with an alphanumeric character",
      WILDCARD,
      '*.example.com',
    ),
  );

/** `example.com/name`: who is responsible for something. The text may not be empty. */
export const domainPrefixedPath: NameRule = (text) => {
  const slash = text.indexOf('/');
  const [host, path] = [text.slice(0, slash), text.slice(slash + 1)];
  if (slash < 1 || !path) return ['must be a domain-prefixed path (such as "acme.io/foo")'];
  const reasons = dnsSubdomain(host);
  return matches(path, HTTP_PATH)
    ? reasons
    : [...reasons, `Invalid path (regex used for validation is '${HTTP_PATH}')`];
};

/** generateName is judged as the name it will become: a trailing dash gets its random suffix. */
export function asPrefix(rule: NameRule): NameRule {
  return (text) => rule(text.endsWith('-') ? `${text.slice(0, -1)}a` : text);
}
