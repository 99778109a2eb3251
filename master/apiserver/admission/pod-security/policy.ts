/**
 * Which Pod Security Standard a namespace asks for, in three modes: read from its labels, and where they are silent from the defaults of
 * the cluster (`configuration.ts`).
 *
 * A mode names a level and the version of the standard (`latest` or `v1.<minor>`). What cannot be read is refused when the labels
 * are written; should it be there all the same, enforcing falls back to the strictest level and the other modes to none.
 * https://kubernetes.io/docs/concepts/security/pod-security-admission/#pod-security-admission-labels-for-namespaces
 */
import { type FieldError, invalid } from '../../../../helper/api/field-error';

export const LEVELS = ['privileged', 'baseline', 'restricted'] as const;
export type Level = (typeof LEVELS)[number];

/** A standard in a version; `minor` is Infinity for `latest`. */
export interface Standard {
  readonly level: Level;
  readonly minor: number;
}

export interface PodSecurityPolicy {
  readonly enforce: Standard;
  readonly audit: Standard;
  readonly warn: Standard;
}

type Labels = Readonly<Record<string, string>>;

const PREFIX = 'pod-security.kubernetes.io/';
const VERSION = /^v1\.(0|[1-9]\d*)$/;
export const MODES = ['enforce', 'audit', 'warn'] as const;
const NOTHING: Standard = { level: 'privileged', minor: Number.POSITIVE_INFINITY };
/** Nothing is asked of pods. */
export const NO_POLICY: PodSecurityPolicy = { enforce: NOTHING, audit: NOTHING, warn: NOTHING };

/** `restricted:latest`, as messages write it. */
export function formatStandard({ level, minor }: Standard): string {
  return `${level}:${Number.isFinite(minor) ? `v1.${minor}` : 'latest'}`;
}

/** True for the name of a level. */
export const isLevel = (text: string): text is Level => (LEVELS as readonly string[]).includes(text);

/** The minor version a text names, Infinity for `latest`; undefined when it names none. */
export function minorOf(text: string): number | undefined {
  if (text === 'latest') return Number.POSITIVE_INFINITY;
  const [, minor] = VERSION.exec(text) ?? [];
  return minor === undefined ? undefined : Number(minor);
}

function standardOf(labels: Labels, mode: (typeof MODES)[number], usual: Standard): Standard {
  const level = labels[PREFIX + mode];
  const version = labels[`${PREFIX}${mode}-version`];
  const fallback = mode === 'enforce' ? 'restricted' : 'privileged';
  return {
    level: level === undefined ? usual.level : isLevel(level) ? level : fallback,
    minor: version === undefined ? usual.minor : (minorOf(version) ?? Number.POSITIVE_INFINITY),
  };
}

/** The policy of a namespace with these labels; `usual` where it says nothing. */
export function policyOf(labels: Labels | undefined, usual: PodSecurityPolicy = NO_POLICY): PodSecurityPolicy {
  if (!labels) return usual;
  // Most namespaces say nothing, and pods are created all the time.
  for (const key in labels) {
    if (!key.startsWith(PREFIX)) continue;
    return {
      enforce: standardOf(labels, 'enforce', usual.enforce),
      audit: standardOf(labels, 'audit', usual.audit),
      warn: standardOf(labels, 'warn', usual.warn),
    };
  }
  return usual;
}

/** `enforce=baseline:latest, warn=restricted:latest`: the modes that ask for something; '' when none does. */
export function formatPolicy(policy: PodSecurityPolicy): string {
  const asking = MODES.filter((mode) => policy[mode].level !== 'privileged');
  return asking.map((mode) => `${mode}=${formatStandard(policy[mode])}`).join(', ');
}

/** What is wrong with the labels; empty when nothing is. */
export function validatePolicyLabels(labels: Labels | undefined): FieldError[] {
  return MODES.flatMap((mode) => {
    const errors: FieldError[] = [];
    const level = labels?.[PREFIX + mode];
    const version = labels?.[`${PREFIX}${mode}-version`];
    if (level !== undefined && !isLevel(level)) {
      errors.push(invalid(`metadata.labels[${PREFIX}${mode}]`, level, `must be one of ${LEVELS.join(', ')}`));
    }
    if (version !== undefined && minorOf(version) === undefined) {
      const field = `metadata.labels[${PREFIX}${mode}-version]`;
      errors.push(invalid(field, version, 'must be "latest" or "v1.x"'));
    }
    return errors;
  });
}
