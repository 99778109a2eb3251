/**
 * Discovery in its first form: one document a level (`/api`, `/apis`, `/apis/apps`, `/apis/apps/v1`).
 *
 * Old clients and `curl` use it; kubectl asks for the aggregated form first. Pure: table of kinds in, documents out.
 * https://kubernetes.io/docs/concepts/overview/kubernetes-api/#discovery-api
 */
import { createHash } from 'node:crypto';
import { type Kind, storedAs } from '../../../helper/api/kind';
import type { ExternalVersion } from './external-version';
import { type GroupVersions, groupVersions } from './group-versions';
import { kindsOf, subresourcesOf, verbsOf } from './resources';

/** Paths that belong to no group. */
const OWN_PATHS = [
  '/.well-known/openid-configuration',
  '/api',
  '/apis',
  '/healthz',
  '/livez',
  '/metrics',
  '/openapi/v2',
  '/openapi/v3',
  '/openid/v1/jwks',
  '/readyz',
  '/version',
];

/** `/`: what there is to ask for, by path. */
export function rootPaths(kinds: readonly Kind[], external: readonly ExternalVersion[] = []) {
  const ofGroups = groupVersions(kinds, external).flatMap(({ group, versions }) => {
    const path = group ? `/apis/${group}` : '/api';
    return [...(group ? [path] : []), ...versions.map((version) => `${path}/${version}`)];
  });
  return { paths: [...OWN_PATHS, ...ofGroups].sort() };
}

/** `/api`. `serverAddress` is host:port clients in the cluster reach this server at. */
export function apiVersions(kinds: readonly Kind[], serverAddress: string) {
  return {
    kind: 'APIVersions',
    versions: groupVersions(kinds).find(({ group }) => group === '')?.versions ?? [],
    serverAddressByClientCIDRs: [{ clientCIDR: '0.0.0.0/0', serverAddress }],
  };
}

/** `/apis`. */
export function apiGroupList(kinds: readonly Kind[], external: readonly ExternalVersion[] = []) {
  const groups = groupVersions(kinds, external).filter(({ group }) => group !== '');
  return { kind: 'APIGroupList', apiVersion: 'v1', groups: groups.map(describeGroup) };
}

/** `/apis/<group>`; undefined when there is no such group. */
export function apiGroup(kinds: readonly Kind[], group: string, external: readonly ExternalVersion[] = []) {
  const found = groupVersions(kinds, external).find((entry) => entry.group === group && group !== '');
  return found ? { kind: 'APIGroup', apiVersion: 'v1', ...describeGroup(found) } : undefined;
}

function describeGroup({ group, versions }: GroupVersions) {
  const described = versions.map((version) => ({ groupVersion: `${group}/${version}`, version }));
  return { name: group, versions: described, preferredVersion: described[0] };
}

/** `/api/v1` and `/apis/<group>/<version>`; undefined when nothing is served there. */
export function apiResourceList(kinds: readonly Kind[], group: string, version: string) {
  const served = kindsOf(kinds, group, version);
  if (served.length === 0) return undefined;
  const groupVersion = group ? `${group}/${version}` : version;
  return { kind: 'APIResourceList', apiVersion: 'v1', groupVersion, resources: served.flatMap(describeKind) };
}

function describeKind(kind: Kind) {
  const resource = {
    name: kind.plural,
    singularName: kind.singular,
    namespaced: kind.namespaced,
    kind: kind.kind,
    verbs: verbsOf(kind),
    ...(kind.shortNames.length > 0 ? { shortNames: kind.shortNames } : {}),
    ...(kind.categories.length > 0 ? { categories: kind.categories } : {}),
    ...(kind.stored === false ? {} : { storageVersionHash: storageVersionHash(kind) }),
  };
  const subresources = subresourcesOf(kind).map(({ name, group, version, kind: bodyKind, verbs }) => ({
    name: `${kind.plural}/${name}`,
    singularName: '',
    namespaced: kind.namespaced,
    ...(group ? { group, version } : {}),
    kind: bodyKind,
    verbs,
  }));
  return [resource, ...subresources];
}

/** The first 8 bytes of SHA-256 over `group/version/kind`: clients only compare it. */
function storageVersionHash(row: Kind): string {
  const { group, version, kind } = storedAs(row);
  return createHash('sha256').update(`${group}/${version}/${kind}`).digest().subarray(0, 8).toString('base64');
}
