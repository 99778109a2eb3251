/**
 * Pod templates compared and named: the same template always gives the same hash, and so the same ReplicaSet name.
 *
 * Templates are compared by meaning: order of fields, absent and empty values and the hash label itself do not count. The
 * hash is 32-bit FNV-1a over that canonical text, spelled in letters that form no words. Two templates with one hash are
 * told apart by the Deployment's `collisionCount`, which goes into the hash. (Kubernetes hashes Go's memory layout instead;
 * the hash values differ, their meaning does not.)
 * https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#pod-template-hash-label
 */
import type { PodTemplateSpec } from 'kubernetes-types/core/v1';

export const POD_TEMPLATE_HASH = 'pod-template-hash';

const SAFE_LETTERS = 'bcdfghjklmnpqrstvwxz2456789';
const FNV_OFFSET = 0x811c9dc5;
const FNV_PRIME = 0x01000193;

/** The value with sorted keys, without null and empty parts; undefined when nothing is left. */
function canonical(value: unknown): unknown {
  if (value === null || value === undefined) return undefined;
  if (Array.isArray(value)) return value.length > 0 ? value.map((item) => canonical(item) ?? null) : undefined;
  if (typeof value !== 'object') return value;
  const entries = Object.entries(value)
    .map(([key, part]) => [key, canonical(part)] as const)
    .filter(([, part]) => part !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return entries.length > 0 ? Object.fromEntries(entries) : undefined;
}

/** Canonical texts are kept by template object: cached objects never change, and every reconcile compares them. */
const texts = new WeakMap<object, string>();

function canonicalText(template: PodTemplateSpec): string {
  const known = texts.get(template);
  if (known !== undefined) return known;
  const { [POD_TEMPLATE_HASH]: _hash, ...labels } = template.metadata?.labels ?? {};
  const text = JSON.stringify(canonical({ ...template, metadata: { ...template.metadata, labels } })) ?? '';
  texts.set(template, text);
  return text;
}

/** True when both templates make the same pods. */
export function sameTemplate(one: PodTemplateSpec | undefined, other: PodTemplateSpec | undefined): boolean {
  return canonicalText(one ?? {}) === canonicalText(other ?? {});
}

/** The value of the pod-template-hash label, e.g. `6d4cf56db6`. */
export function templateHash(template: PodTemplateSpec | undefined, collisionCount: number | undefined): string {
  let hash = FNV_OFFSET;
  const text = canonicalText(template ?? {}) + (collisionCount === undefined ? '' : `#${collisionCount}`);
  for (const byte of Buffer.from(text)) hash = Math.imul(hash ^ byte, FNV_PRIME) >>> 0;
  return [...String(hash)].map((digit) => SAFE_LETTERS[digit.charCodeAt(0) % SAFE_LETTERS.length]).join('');
}
