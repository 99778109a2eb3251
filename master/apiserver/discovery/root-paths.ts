/**
 * `/`: the list of all paths this server answers, for whoever looks around (`kubectl get --raw /`).
 * https://kubernetes.io/docs/concepts/overview/kubernetes-api/
 */
import type { Kind } from '../../../helper/api/kind';
import type { ExternalVersion } from './external-version';
import { groupVersions } from './group-versions';
import { compareText } from './resources';

const FIXED = [
  '/.well-known/openid-configuration',
  '/api',
  '/apis',
  '/apis/',
  '/healthz',
  '/livez',
  '/metrics',
  '/openapi/v2',
  '/openapi/v3',
  '/openapi/v3/',
  '/openid/v1/jwks',
  '/readyz',
  '/version',
];

/** The paths in the order of their names: groups and versions, and what is always there. */
export function rootPaths(kinds: readonly Kind[], external: readonly ExternalVersion[]): { paths: string[] } {
  const groups = groupVersions(kinds, external).flatMap(({ group, versions }) => {
    const root = group ? `/apis/${group}` : '/api';
    return [root, ...versions.map((version) => `${root}/${version}`)];
  });
  return { paths: [...new Set([...FIXED, ...groups])].sort(compareText) };
}
