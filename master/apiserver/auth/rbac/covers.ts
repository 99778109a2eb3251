/**
 * Whether a set of rules includes another: the question behind "nobody may give what he does not have".
 *
 * Rules are taken apart into their smallest pieces, one verb on one resource, and each piece must be included in one rule of the owner.
 * https://kubernetes.io/docs/reference/access-authn-authz/rbac/#privilege-escalation-prevention-and-bootstrapping
 */
import type { PolicyRule } from 'kubernetes-types/rbac/v1';
import { ALL, urlMatches } from './rule-matching';

/** The pieces of a rule: one verb, one group, one resource, at most one name; or one verb on one path. */
function piecesOf({ verbs, apiGroups = [], resources = [], resourceNames = [], nonResourceURLs = [] }: PolicyRule) {
  const pieces: PolicyRule[] = [];
  for (const group of apiGroups) {
    for (const resource of resources) {
      for (const verb of verbs) {
        const piece = { apiGroups: [group], resources: [resource], verbs: [verb] };
        if (resourceNames.length === 0) pieces.push(piece);
        else pieces.push(...resourceNames.map((name) => ({ ...piece, resourceNames: [name] })));
      }
    }
  }
  for (const url of nonResourceURLs) {
    pieces.push(...verbs.map((verb) => ({ nonResourceURLs: [url], verbs: [verb] })));
  }
  return pieces;
}

const hasAll = (owned: readonly string[] = [], wanted: readonly string[] = []) =>
  owned.includes(ALL) || wanted.every((value) => owned.includes(value));

/** `*` covers subresources, `pods` does not cover `pods/log`, a star with a subresource covers that of everything. */
function hasResource(owned: readonly string[], wanted: string): boolean {
  const slash = wanted.indexOf('/');
  return owned.includes(ALL) || owned.includes(wanted) || (slash >= 0 && owned.includes(`*${wanted.slice(slash)}`));
}

function ownsPiece(owned: PolicyRule, piece: PolicyRule): boolean {
  if (!hasAll(owned.verbs, piece.verbs)) return false;
  if (piece.nonResourceURLs) {
    return piece.nonResourceURLs.every((url) => owned.nonResourceURLs?.some((own) => urlMatches(own, url)));
  }
  return (
    hasAll(owned.apiGroups, piece.apiGroups) &&
    (piece.resources ?? []).every((resource) => hasResource(owned.resources ?? [], resource)) &&
    (!owned.resourceNames?.length ||
      (piece.resourceNames?.every((name) => owned.resourceNames?.includes(name)) ?? false))
  );
}

/** The pieces of `wanted` no rule of `owned` includes; empty when all is covered. */
export function uncoveredRules(owned: readonly PolicyRule[], wanted: readonly PolicyRule[]): PolicyRule[] {
  return wanted.flatMap(piecesOf).filter((piece) => !owned.some((rule) => ownsPiece(rule, piece)));
}

/** Pieces about the same resource (and name) as one rule with all their verbs: shorter to read. */
export function joinPieces(pieces: readonly PolicyRule[]): PolicyRule[] {
  const byTarget = new Map<string, PolicyRule>();
  for (const { verbs, ...target } of pieces) {
    // Kubernetes joins resources only; paths stay apart.
    const key = target.nonResourceURLs ? JSON.stringify([target, verbs]) : JSON.stringify(target);
    const known = byTarget.get(key);
    byTarget.set(key, { ...target, verbs: [...(known?.verbs ?? []), ...verbs] });
  }
  return [...byTarget.values()];
}

/** `["a" "b"]`: a list as Go prints it. */
export const quotedList = (values: readonly string[]) => `[${values.map((value) => JSON.stringify(value)).join(' ')}]`;

/** `{APIGroups:[""], Resources:["pods"], Verbs:["get"]}` */
export function ruleText({ apiGroups, resources, nonResourceURLs, resourceNames, verbs }: PolicyRule): string {
  const parts = {
    APIGroups: apiGroups,
    Resources: resources,
    NonResourceURLs: nonResourceURLs,
    ResourceNames: resourceNames,
    Verbs: verbs,
  };
  const texts = Object.entries(parts).flatMap(([name, values]) =>
    values?.length ? [`${name}:${quotedList(values)}`] : [],
  );
  return `{${texts.join(', ')}}`;
}
