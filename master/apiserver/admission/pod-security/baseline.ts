/**
 * The baseline level of the Pod Security Standards: no known way to break out of a container. In the order of the rules' names.
 * https://kubernetes.io/docs/concepts/security/pod-security-standards/#baseline
 */
import type { SELinuxOptions } from 'kubernetes-types/core/v1';
import {
  type Check,
  containersNamed,
  isAllowedSince,
  type JudgedPod,
  namesWhere,
  plural,
  quoted,
  setters,
  sortedSet,
  type Violation,
} from './check';

const APPARMOR_PREFIX = 'container.apparmor.security.beta.kubernetes.io/';
const SECCOMP_POD = 'seccomp.security.alpha.kubernetes.io/pod';
const SECCOMP_CONTAINER_PREFIX = 'container.seccomp.security.alpha.kubernetes.io/';
const DEFAULT_CAPABILITIES = new Set(
  'AUDIT_WRITE CHOWN DAC_OVERRIDE FOWNER FSETID KILL MKNOD NET_BIND_SERVICE SETFCAP SETGID SETPCAP SETUID SYS_CHROOT'.split(
    ' ',
  ),
);
/** Sysctls that stay within the pod, and since which version of the standard they are allowed. */
const SAFE_SYSCTLS: Readonly<Record<string, number>> = {
  'kernel.shm_rmid_forced': 0,
  'net.ipv4.ip_local_port_range': 0,
  'net.ipv4.tcp_syncookies': 0,
  'net.ipv4.ping_group_range': 0,
  'net.ipv4.ip_unprivileged_port_start': 0,
  'net.ipv4.ip_local_reserved_ports': 27,
  'net.ipv4.tcp_keepalive_time': 29,
  'net.ipv4.tcp_fin_timeout': 29,
  'net.ipv4.tcp_keepalive_intvl': 29,
  'net.ipv4.tcp_keepalive_probes': 29,
  'net.ipv4.tcp_rmem': 32,
  'net.ipv4.tcp_wmem': 32,
};
const SELINUX_TYPES: Readonly<Record<string, number>> = {
  '': 0,
  container_t: 0,
  container_init_t: 0,
  container_kvm_t: 0,
  container_engine_t: 31,
};

const appArmorProfile: Check = (pod) => {
  const isBad = (type: string | undefined) => type === 'Unconfined';
  const podType = pod.spec.securityContext?.appArmorProfile?.type;
  const names = namesWhere(pod, ({ securityContext }) => isBad(securityContext?.appArmorProfile?.type));
  const annotations = Object.entries(pod.annotations)
    .filter(([key, value]) => key.startsWith(APPARMOR_PREFIX) && !/^(|runtime\/default|localhost\/.*)$/.test(value))
    .map(([key, value]) => `${key}=${JSON.stringify(value)}`);
  const who = setters(isBad(podType), names);
  const details = [
    ...(who ? [`${who} must not set AppArmor profile type to "Unconfined"`] : []),
    ...annotations.sort(),
  ];
  if (!details.length) return undefined;
  return { reason: plural(details.length, 'forbidden AppArmor profile'), detail: details.join(', ') };
};

export const defaultCapabilities: Check = (pod) => {
  const added = (container: JudgedPod['containers'][number]) =>
    (container.securityContext?.capabilities?.add ?? []).filter((name) => !DEFAULT_CAPABILITIES.has(name));
  const names = namesWhere(pod, (container) => added(container).length > 0);
  if (!names.length) return undefined;
  const capabilities = quoted(sortedSet(pod.containers.flatMap(added)));
  const detail = `${containersNamed(names)} must not include ${capabilities} in securityContext.capabilities.add`;
  return { reason: 'non-default capabilities', detail };
};

const hostNamespaces: Check = ({ spec }) => {
  const shared = (['hostNetwork', 'hostPID', 'hostIPC'] as const).filter((field) => spec[field]);
  if (!shared.length) return undefined;
  return { reason: 'host namespaces', detail: shared.map((field) => `${field}=true`).join(', ') };
};

export const hostPathVolumes: Check = ({ spec }) => {
  const names = (spec.volumes ?? []).filter(({ hostPath }) => hostPath).map(({ name }) => name);
  if (!names.length) return undefined;
  return { reason: 'hostPath volumes', detail: `${plural(names.length, 'volume')} ${quoted(names)}` };
};

const hostPorts: Check = (pod) => {
  const names = namesWhere(pod, ({ ports = [] }) => ports.some(({ hostPort }) => hostPort));
  if (!names.length) return undefined;
  const ports = sortedSet(
    pod.containers.flatMap(({ ports = [] }) => ports.flatMap(({ hostPort }) => (hostPort ? [String(hostPort)] : []))),
  );
  const use = plural(names.length, 'uses', 'use');
  const detail = `${containersNamed(names)} ${use} ${plural(ports.length, 'hostPort')} ${ports.join(', ')}`;
  return { reason: 'hostPort', detail };
};

const privileged: Check = (pod) => {
  const names = namesWhere(pod, ({ securityContext }) => securityContext?.privileged === true);
  if (!names.length) return undefined;
  return { reason: 'privileged', detail: `${containersNamed(names)} must not set securityContext.privileged=true` };
};

const procMount: Check = (pod) => {
  const names = namesWhere(pod, ({ securityContext }) => (securityContext?.procMount ?? 'Default') !== 'Default');
  if (!names.length) return undefined;
  const types = sortedSet(pod.containers.flatMap(({ securityContext }) => securityContext?.procMount ?? []));
  const bad = quoted(types.filter((type) => type !== 'Default'));
  return { reason: 'procMount', detail: `${containersNamed(names)} must not set securityContext.procMount to ${bad}` };
};

const seLinuxOptions: Check = (pod, minor) => {
  const isBadType = (type: string) => !isAllowedSince(SELINUX_TYPES, type, minor);
  const isBad = (options: SELinuxOptions | undefined) =>
    options !== undefined && (isBadType(options.type ?? '') || Boolean(options.user) || Boolean(options.role));
  const ofPod = pod.spec.securityContext?.seLinuxOptions;
  const names = namesWhere(pod, ({ securityContext }) => isBad(securityContext?.seLinuxOptions));
  const who = setters(isBad(ofPod), names);
  if (!who) return undefined;
  const all = [ofPod, ...pod.containers.map(({ securityContext }) => securityContext?.seLinuxOptions)];
  const types = sortedSet(all.flatMap((options) => options?.type ?? []).filter(isBadType));
  const data = [
    ...(types.length ? [`${plural(types.length, 'type')} ${quoted(types)}`] : []),
    ...(all.some((options) => options?.user) ? ['user may not be set'] : []),
    ...(all.some((options) => options?.role) ? ['role may not be set'] : []),
  ];
  const detail = `${who} set forbidden securityContext.seLinuxOptions: ${data.join('; ')}`;
  return { reason: 'seLinuxOptions', detail };
};

/** Profiles that confine. */
export const confines = (type: string | undefined): boolean => type === 'RuntimeDefault' || type === 'Localhost';

/** Who sets a seccomp profile that does not confine; used by both levels. */
export function badSeccompProfile(pod: JudgedPod): Violation | undefined {
  const isBad = (type: string | undefined) => type !== undefined && !confines(type);
  const ofPod = pod.spec.securityContext?.seccompProfile?.type;
  const names = namesWhere(pod, ({ securityContext }) => isBad(securityContext?.seccompProfile?.type));
  const who = setters(isBad(ofPod), names);
  if (!who) return undefined;
  const types = [ofPod, ...pod.containers.map(({ securityContext }) => securityContext?.seccompProfile?.type)];
  const bad = sortedSet(types.flatMap((type) => (isBad(type) ? (type ?? []) : [])));
  const detail = `${who} must not set securityContext.seccompProfile.type to ${quoted(bad)}`;
  return { reason: 'seccompProfile', detail };
}

export const seccompProfile: Check = (pod, minor) => {
  if (minor >= 19) return badSeccompProfile(pod);
  const keys = [SECCOMP_POD, ...pod.containers.map(({ name }) => SECCOMP_CONTAINER_PREFIX + name)];
  const bad = keys.filter((key) => !/^(|(runtime|docker)\/default|localhost\/.*)$/.test(pod.annotations[key] ?? ''));
  if (!bad.length) return undefined;
  const texts = sortedSet(bad.map((key) => `${key}=${JSON.stringify(pod.annotations[key])}`));
  return { reason: 'seccompProfile', detail: `forbidden ${plural(texts.length, 'annotation')} ${texts.join(', ')}` };
};

const sysctls: Check = ({ spec }, minor) => {
  const names = (spec.securityContext?.sysctls ?? []).map(({ name }) => name);
  const forbidden = names.filter((name) => !isAllowedSince(SAFE_SYSCTLS, name, minor));
  return forbidden.length ? { reason: 'forbidden sysctls', detail: forbidden.join(', ') } : undefined;
};

const windowsHostProcess: Check = (pod) => {
  const ofPod = pod.spec.securityContext?.windowsOptions?.hostProcess === true;
  const names = namesWhere(pod, ({ securityContext }) => securityContext?.windowsOptions?.hostProcess === true);
  const who = setters(ofPod, names);
  if (!who) return undefined;
  return { reason: 'hostProcess', detail: `${who} must not set securityContext.windowsOptions.hostProcess=true` };
};

/** All rules of the level. */
export const BASELINE: readonly Check[] = [
  appArmorProfile,
  defaultCapabilities,
  hostNamespaces,
  hostPathVolumes,
  hostPorts,
  privileged,
  procMount,
  seLinuxOptions,
  seccompProfile,
  sysctls,
  windowsHostProcess,
];
