/**
 * Which groups and versions there are, in the order clients should prefer them.
 *
 * When a name is ambiguous (`events`), kubectl takes the first group that has it; so the order is part of the API.
 * https://kubernetes.io/docs/concepts/overview/kubernetes-api/#api-groups-and-versioning
 */
import type { Kind } from '../../../helper/api/kind';
import type { ExternalVersion } from './external-version';
import { groupPriority, versionPriority } from './priorities';
import { compareText } from './resources';

export interface GroupVersions {
  /** '' is the core group, which is served under /api instead of /apis. */
  readonly group: string;
  /** Preferred version first. */
  readonly versions: readonly string[];
}

/**
 * All groups of the table and of extension servers, core first: a group counts as much as its foremost version, versions of one priority are in
 * the order of their names.
 */
export function groupVersions(kinds: readonly Kind[], external: readonly ExternalVersion[] = []): GroupVersions[] {
  const groups = new Map<string, { priority: number; versions: Map<string, number> }>();
  const add = (group: string, version: string, ofGroup: number, ofVersion: number) => {
    const known = groups.get(group) ?? { priority: 0, versions: new Map() };
    groups.set(group, known);
    known.priority = Math.max(known.priority, ofGroup);
    known.versions.set(version, ofVersion);
  };
  for (const kind of kinds) add(kind.group, kind.version, groupPriority(kind.group), versionPriority(kind));
  // An extension server's version takes the place of one of the same name.
  for (const each of external) add(each.group, each.version, each.groupPriority, each.versionPriority);
  return [...groups]
    .sort(([a, left], [b, right]) => right.priority - left.priority || compareText(a, b))
    .map(([group, { versions }]) => ({
      group,
      versions: [...versions]
        .sort(([a, left], [b, right]) => right - left || compareVersions(a, b))
        .map(([name]) => name),
    }));
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
