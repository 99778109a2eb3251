/**
 * Which groups and versions there are, in the order clients should prefer them.
 *
 * When a name is ambiguous (`events`), kubectl takes the first group that has it; so the order is part of the API.
 * https://kubernetes.io/docs/concepts/overview/kubernetes-api/#api-groups-and-versioning
 */
import type { Kind } from '../../../helper/api/kind';
import { compareText } from './resources';

export interface GroupVersions {
  /** '' is the core group, which is served under /api instead of /apis. */
  readonly group: string;
  /** Preferred version first. */
  readonly versions: readonly string[];
}

/** Kubernetes' own groups by its published priorities; others follow by name. */
const GROUP_ORDER = [
  '',
  'apiregistration.k8s.io',
  'apps',
  'events.k8s.io',
  'authentication.k8s.io',
  'authorization.k8s.io',
  'autoscaling',
  'batch',
  'certificates.k8s.io',
  'networking.k8s.io',
  'policy',
  'rbac.authorization.k8s.io',
  'storage.k8s.io',
  'admissionregistration.k8s.io',
  'apiextensions.k8s.io',
  'scheduling.k8s.io',
  'coordination.k8s.io',
  'node.k8s.io',
  'discovery.k8s.io',
  'flowcontrol.apiserver.k8s.io',
];

/** All groups of the table, core first. */
export function groupVersions(kinds: readonly Kind[]): GroupVersions[] {
  const versions = new Map<string, Set<string>>();
  for (const { group, version } of kinds) versions.set(group, (versions.get(group) ?? new Set()).add(version));
  return [...versions]
    .map(([group, set]) => ({ group, versions: [...set].sort(compareVersions) }))
    .sort((a, b) => rank(a.group) - rank(b.group) || compareText(a.group, b.group));
}

function rank(group: string): number {
  const place = GROUP_ORDER.indexOf(group);
  return place < 0 ? GROUP_ORDER.length : place;
}

/** `v2` before `v1` before `v2beta1` before `v1beta1` before `v1alpha1`; whatever looks otherwise last, by name. */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [parts(a), parts(b)];
  if (!left || !right) return left ? -1 : right ? 1 : compareText(a, b);
  return right.stability - left.stability || right.major - left.major || right.minor - left.minor;
}

function parts(version: string): { major: number; stability: number; minor: number } | undefined {
  const match = /^v(\d+)(?:(alpha|beta)(\d+))?$/.exec(version);
  if (!match) return undefined;
  const stability = match[2] === 'alpha' ? 0 : match[2] === 'beta' ? 1 : 2;
  return { major: Number(match[1]), stability, minor: Number(match[3] ?? 0) };
}
