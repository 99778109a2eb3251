/**
 * What holds for Pod Security in the whole cluster: defaults for namespaces that say nothing, and who is exempt.
 *
 * It is the plugin's part of the admission configuration (`../admission-configuration.ts`), a PodSecurityConfiguration of
 * pod-security.admission.config.k8s.io/v1. Without one nothing is asked by default and nobody is exempt.
 * https://kubernetes.io/docs/tasks/configure-pod-container/enforce-standards-admission-controller/
 */
import { dnsLabel, dnsSubdomain, type NameRule } from '../../../../helper/api/names';
import {
  formatPolicy,
  isLevel,
  LEVELS,
  MODES,
  minorOf,
  NO_POLICY,
  type PodSecurityPolicy,
  type Standard,
} from './policy';

/** Whose pods are not looked at. */
interface Exemptions {
  readonly usernames: ReadonlySet<string>;
  readonly namespaces: ReadonlySet<string>;
  readonly runtimeClasses: ReadonlySet<string>;
}

export interface PodSecuritySettings {
  readonly defaults: PodSecurityPolicy;
  readonly exempt: Exemptions;
}

const NOBODY: ReadonlySet<string> = new Set();
/** Of a server without a configuration file. */
export const NO_POD_SECURITY: PodSecuritySettings = {
  defaults: NO_POLICY,
  exempt: { usernames: NOBODY, namespaces: NOBODY, runtimeClasses: NOBODY },
};

const API_VERSION = 'pod-security.admission.config.k8s.io/v1';
const DEFAULT_KEYS: readonly string[] = MODES.flatMap((mode) => [mode, `${mode}-version`]);
const EXEMPTION_RULES: Readonly<Record<keyof Exemptions, NameRule>> = {
  usernames: (text) => (text === '' ? ['must not be empty'] : []),
  namespaces: dnsLabel,
  runtimeClasses: dnsSubdomain,
};

type Fields = Readonly<Record<string, unknown>>;

function standardOf(given: Fields, mode: (typeof MODES)[number], problems: string[]): Standard {
  const level = given[mode] ?? 'privileged';
  const version = given[`${mode}-version`] ?? 'latest';
  const minor = minorOf(String(version));
  if (!isLevel(String(level))) {
    problems.push(`defaults.${mode}: Invalid value: ${JSON.stringify(level)}: must be one of ${LEVELS.join(', ')}`);
  }
  if (minor === undefined) {
    const path = `defaults.${mode}-version`;
    problems.push(`${path}: Invalid value: ${JSON.stringify(version)}: must be "latest" or "v1.x"`);
  }
  return { level: level as Standard['level'], minor: minor ?? Number.POSITIVE_INFINITY };
}

function namesOf(given: Fields, key: keyof Exemptions, problems: string[]): ReadonlySet<string> {
  const list = given[key] ?? [];
  if (!Array.isArray(list)) {
    problems.push(`exemptions.${key}: must be a list of names`);
    return NOBODY;
  }
  const names = new Set<string>();
  for (const [index, name] of list.map(String).entries()) {
    const path = `exemptions.${key}[${index}]`;
    for (const wrong of EXEMPTION_RULES[key](name))
      problems.push(`${path}: Invalid value: ${JSON.stringify(name)}: ${wrong}`);
    if (names.has(name)) problems.push(`${path}: Duplicate value: ${JSON.stringify(name)}`);
    names.add(name);
  }
  return names;
}

const unknownOf = (given: Fields, known: readonly string[], path: string) =>
  Object.keys(given).flatMap((key) => (known.includes(key) ? [] : [`unknown field "${path}${key}"`]));

/** The settings from their document. Throws an Error that names everything wrong with it. */
export function parsePodSecurity(document: Fields): PodSecuritySettings {
  const { defaults = {}, exemptions = {} } = document as { readonly defaults?: Fields; readonly exemptions?: Fields };
  const problems = [
    ...unknownOf(document, ['apiVersion', 'kind', 'defaults', 'exemptions'], ''),
    ...unknownOf(defaults, DEFAULT_KEYS, 'defaults.'),
    ...unknownOf(exemptions, Object.keys(EXEMPTION_RULES), 'exemptions.'),
  ];
  if (document['apiVersion'] !== API_VERSION || document['kind'] !== 'PodSecurityConfiguration') {
    problems.push(`expected apiVersion ${API_VERSION} and kind PodSecurityConfiguration`);
  }
  const settings: PodSecuritySettings = {
    defaults: {
      enforce: standardOf(defaults, 'enforce', problems),
      audit: standardOf(defaults, 'audit', problems),
      warn: standardOf(defaults, 'warn', problems),
    },
    exempt: {
      usernames: namesOf(exemptions, 'usernames', problems),
      namespaces: namesOf(exemptions, 'namespaces', problems),
      runtimeClasses: namesOf(exemptions, 'runtimeClasses', problems),
    },
  };
  if (problems.length > 0) throw new Error(`PodSecurity: ${problems.join('; ')}`);
  return settings;
}

/** Who sent a pod, where to, and in which runtime class it is to run. */
export interface PodOrigin {
  readonly username: string;
  readonly namespace: string;
  readonly runtimeClass?: string | undefined;
}

/** Why a pod is not looked at; undefined when it is. */
export function exemptionOf({ exempt }: PodSecuritySettings, origin: PodOrigin): string | undefined {
  if (exempt.namespaces.has(origin.namespace)) return 'namespace';
  if (exempt.usernames.has(origin.username)) return 'user';
  return origin.runtimeClass && exempt.runtimeClasses.has(origin.runtimeClass) ? 'runtimeClass' : undefined;
}

/** What the owner of an exempt namespace is told about labels that ask for something; undefined when they ask for nothing of their own. */
export function exemptionWarning(
  { defaults }: PodSecuritySettings,
  namespace: string,
  policy: PodSecurityPolicy,
): string | undefined {
  const asked = formatPolicy(policy);
  if (asked === '' || asked === formatPolicy(defaults)) return undefined;
  return `namespace ${JSON.stringify(namespace)} is exempt from Pod Security, and the policy (${asked}) will be ignored`;
}
