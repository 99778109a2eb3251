/**
 * Which Pod Security Standard a namespace asks for, in three modes: read from its labels.
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
const MODES = ['enforce', 'audit', 'warn'] as const;
const NOTHING: Standard = { level: 'privileged', minor: Number.POSITIVE_INFINITY };
const NO_POLICY: PodSecurityPolicy = { enforce: NOTHING, audit: NOTHING, warn: NOTHING };

/** `restricted:latest`, as messages write it. */
export function formatStandard({ level, minor }: Standard): string {
  return `${level}:${Number.isFinite(minor) ? `v1.${minor}` : 'latest'}`;
}

const isLevel = (text: string): text is Level => (LEVELS as readonly string[]).includes(text);

function minorOf(text: string): number | undefined {
  if (text === 'latest') return Number.POSITIVE_INFINITY;
  const [, minor] = VERSION.exec(text) ?? [];
  return minor === undefined ? undefined : Number(minor);
}

function standardOf(labels: Labels, mode: (typeof MODES)[number]): Standard {
  const level = labels[PREFIX + mode];
  const version = labels[`${PREFIX}${mode}-version`];
  const fallback = mode === 'enforce' ? 'restricted' : 'privileged';
  return {
    level: level === undefined ? 'privileged' : isLevel(level) ? level : fallback,
    minor: version === undefined ? Number.POSITIVE_INFINITY : (minorOf(version) ?? Number.POSITIVE_INFINITY),
  };
}

/** The policy of a namespace with these labels; privileged in all modes when it says nothing. */
export function policyOf(labels: Labels | undefined): PodSecurityPolicy {
  if (!labels) return NO_POLICY;
  // Most namespaces say nothing, and pods are created all the time.
  for (const key in labels) {
    if (!key.startsWith(PREFIX)) continue;
    const [enforce, audit, warn] = MODES.map((mode) => standardOf(labels, mode));
    return { enforce: enforce ?? NOTHING, audit: audit ?? NOTHING, warn: warn ?? NOTHING };
  }
  return NO_POLICY;
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
