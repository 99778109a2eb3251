/**
 * The restricted level of the Pod Security Standards: baseline, and current best practice of hardening on top.
 *
 * Three rules take the place of laxer ones of the baseline from the version on in which they came.
 * https://kubernetes.io/docs/concepts/security/pod-security-standards/#restricted
 */
import type { Volume } from 'kubernetes-types/core/v1';
import {
  BASELINE,
  badSeccompProfile,
  confines,
  defaultCapabilities,
  hostPathVolumes,
  seccompProfile,
} from './baseline';
import { type Check, containersNamed, type JudgedPod, namesWhere, plural, quoted, setters, sortedSet } from './check';

const ALLOWED_VOLUMES = [
  'configMap',
  'csi',
  'downwardAPI',
  'emptyDir',
  'ephemeral',
  'persistentVolumeClaim',
  'projected',
  'secret',
] as const;
/** Since this version of the standard, pods for Windows are spared what their kernel does not know. */
const WINDOWS_SPARED_MINOR = 25;

const isSpared = ({ spec }: JudgedPod, minor: number) => minor >= WINDOWS_SPARED_MINOR && spec.os?.name === 'windows';

const allowPrivilegeEscalation: Check = (pod, minor) => {
  if (isSpared(pod, minor)) return undefined;
  const names = namesWhere(pod, ({ securityContext }) => securityContext?.allowPrivilegeEscalation !== false);
  if (!names.length) return undefined;
  const detail = `${containersNamed(names)} must set securityContext.allowPrivilegeEscalation=false`;
  return { reason: 'allowPrivilegeEscalation != false', detail };
};

const capabilities: Check = (pod, minor) => {
  if (isSpared(pod, minor)) return undefined;
  const added = ({ securityContext }: JudgedPod['containers'][number]) =>
    (securityContext?.capabilities?.add ?? []).filter((name) => name !== 'NET_BIND_SERVICE');
  const keeping = namesWhere(pod, ({ securityContext }) => !securityContext?.capabilities?.drop?.includes('ALL'));
  const adding = namesWhere(pod, (container) => added(container).length > 0);
  const details = [
    ...(keeping.length ? [`${containersNamed(keeping)} must set securityContext.capabilities.drop=["ALL"]`] : []),
    ...(adding.length
      ? [
          `${containersNamed(adding)} must not include ${quoted(sortedSet(pod.containers.flatMap(added)))} in securityContext.capabilities.add`,
        ]
      : []),
  ];
  return details.length ? { reason: 'unrestricted capabilities', detail: details.join('; ') } : undefined;
};

const typeOf = (volume: Volume) => Object.keys(volume).find((key) => key !== 'name') ?? 'unknown';

const restrictedVolumes: Check = ({ spec }) => {
  const bad = (spec.volumes ?? []).filter((volume) => !ALLOWED_VOLUMES.some((type) => volume[type]));
  if (!bad.length) return undefined;
  const names = quoted(bad.map(({ name }) => name));
  const types = sortedSet(bad.map(typeOf));
  const use = `${plural(bad.length, 'uses', 'use')} restricted volume ${plural(types.length, 'type')}`;
  return {
    reason: 'restricted volume types',
    detail: `${plural(bad.length, 'volume')} ${names} ${use} ${quoted(types)}`,
  };
};

const runAsNonRoot: Check = (pod) => {
  const ofPod = pod.spec.securityContext?.runAsNonRoot;
  const refusing = namesWhere(pod, ({ securityContext }) => securityContext?.runAsNonRoot === false);
  const reason = 'runAsNonRoot != true';
  const who = setters(ofPod === false, refusing);
  if (who) return { reason, detail: `${who} must not set securityContext.runAsNonRoot=false` };
  const silent = ofPod ? [] : namesWhere(pod, ({ securityContext }) => securityContext?.runAsNonRoot === undefined);
  if (!silent.length) return undefined;
  return { reason, detail: `pod or ${containersNamed(silent)} must set securityContext.runAsNonRoot=true` };
};

const runAsUser: Check = (pod) => {
  const names = namesWhere(pod, ({ securityContext }) => securityContext?.runAsUser === 0);
  const who = setters(pod.spec.securityContext?.runAsUser === 0, names);
  return who ? { reason: 'runAsUser=0', detail: `${who} must not set runAsUser=0` } : undefined;
};

const seccomp: Check = (pod, minor) => {
  if (isSpared(pod, minor)) return undefined;
  const bad = badSeccompProfile(pod);
  if (bad || confines(pod.spec.securityContext?.seccompProfile?.type)) return bad;
  const silent = namesWhere(pod, ({ securityContext }) => !securityContext?.seccompProfile);
  if (!silent.length) return undefined;
  const wanted = 'securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost"';
  return { reason: 'seccompProfile', detail: `pod or ${containersNamed(silent)} must set ${wanted}` };
};

/** Rules, the version each came with, and the one of the baseline whose place it takes. */
const OWN: readonly { readonly check: Check; readonly since: number; readonly replaces?: Check }[] = [
  { check: allowPrivilegeEscalation, since: 8 },
  { check: capabilities, since: 22, replaces: defaultCapabilities },
  { check: restrictedVolumes, since: 0, replaces: hostPathVolumes },
  { check: runAsNonRoot, since: 0 },
  { check: runAsUser, since: 23 },
  { check: seccomp, since: 19, replaces: seccompProfile },
];

/** All rules of the level in a version of the standard. */
export function restrictedChecks(minor: number): readonly Check[] {
  const own = OWN.filter(({ since }) => since <= minor);
  const replaced = new Set(own.map(({ replaces }) => replaces));
  return [...BASELINE.filter((check) => !replaced.has(check)), ...own.map(({ check }) => check)];
}
