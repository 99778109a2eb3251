/**
 * From a pod's spec to what the runtime is told: the sandbox and its containers.
 *
 * Pure. Everything looked up beforehand (environment, mounts, image user, node capacity) comes in as data. Resource
 * formulas are the kubelet's: cpu requests become shares, limits become quota and memory ceilings.
 * Where pod and container both say something, the container's word counts.
 * https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/#how-pods-with-resource-limits-are-run
 */
import { join } from 'node:path';
import type { Container, SecurityContext } from 'kubernetes-types/core/v1';
import type { Pod } from '../../helper/api/core/pod';
import { bytesOf, milliValue } from '../../helper/api/quantity';
import { bandwidthOf } from '../network/bandwidth';
import type { ContainerConfig, HostPortMapping, Mount, PodIdentity, SandboxConfig } from '../runtime/runtime';
import type { KubeletConfiguration } from './config/kubelet-configuration';
import { ConfigError, type Environment, expandReferences } from './expand-env';
import { kernelHostname, type NamePlace } from './pod-hostname';
import { oomScoreAdjustment } from './qos';
import { containerSpecHash } from './spec-hash';
import { normalizeSysctl } from './sysctls';

const SHARES_PER_CPU = 1024;
const MIN_SHARES = 2;

export interface ContainerContext {
  readonly pod: Pod;
  readonly container: Container;
  readonly attempt: number;
  readonly environment: Environment;
  readonly mounts: readonly Mount[];
  /** `USER` of the image: '' = root */
  readonly imageUser: string;
  readonly memoryCapacityBytes: number;
  readonly configuration: Pick<
    KubeletConfiguration,
    'containerLogMaxSizeBytes' | 'containerLogMaxFiles' | 'podPidsLimit'
  >;
  /** where Localhost seccomp profiles lie on this host */
  readonly seccompDirectory: string;
  /** the container whose processes it shall see */
  readonly targetContainerId?: string;
}

/** Throws {@link ConfigError} when runAsNonRoot forbids what the image wants. */
export function containerConfig(context: ContainerContext): ContainerConfig {
  const { pod, container, attempt, environment, mounts } = context;
  const security = container.securityContext ?? {};
  const user = userOf(pod, security, context.imageUser);
  checkNonRoot(context);
  const { values } = environment;
  const seccomp = seccompOf(context, security);
  const appArmor = appArmorOf(pod, security);
  return {
    name: container.name,
    attempt,
    image: container.image ?? '',
    command: (container.command ?? []).map((text) => expandReferences(text, values)),
    args: (container.args ?? []).map((text) => expandReferences(text, values)),
    ...(container.workingDir ? { workingDir: container.workingDir } : {}),
    env: environment.env,
    mounts,
    resources: resourcesOf(context),
    ...(user !== undefined ? { user } : {}),
    supplementalGroups: supplementalGroupsOf(pod),
    hasStrictGroups: groupPolicyOf(pod) === 'Strict',
    privileged: security.privileged ?? false,
    readOnlyRootFilesystem: security.readOnlyRootFilesystem ?? false,
    addCapabilities: security.capabilities?.add ?? [],
    dropCapabilities: security.capabilities?.drop ?? [],
    noNewPrivileges: security.allowPrivilegeEscalation === false,
    ...(seccomp === undefined ? {} : { seccomp }),
    ...(appArmor !== undefined ? { appArmor } : {}),
    seLinux: seLinuxOf(pod, security),
    unmaskProc: security.procMount === 'Unmasked',
    stdin: container.stdin ?? false,
    stdinOnce: container.stdinOnce ?? false,
    tty: container.tty ?? false,
    logs: {
      maxSizeBytes: context.configuration.containerLogMaxSizeBytes,
      maxFiles: context.configuration.containerLogMaxFiles,
    },
    ...(context.targetContainerId ? { targetContainerId: context.targetContainerId } : {}),
    specHash: containerSpecHash(container),
    labels: {},
  };
}

function resourcesOf({ pod, container, memoryCapacityBytes, configuration }: ContainerContext) {
  const { podPidsLimit } = configuration;
  const { limits = {}, requests = {} } = container.resources ?? {};
  const requestedCpu = requests['cpu'] ?? limits['cpu'];
  return {
    cpuShares: cpuShares(milliValue(requestedCpu)),
    ...(limits['cpu'] ? { cpuMillicoresLimit: milliValue(limits['cpu']) } : {}),
    ...(limits['memory'] ? { memoryBytesLimit: bytesOf(limits['memory']) } : {}),
    ...(podPidsLimit > 0 ? { pidsLimit: podPidsLimit } : {}),
    oomScoreAdj: oomScoreAdjustment(pod, container, memoryCapacityBytes),
  };
}

/** Relative weight of the container when cpus are short: 1024 a core, never below 2 (cgroup minimum). */
export function cpuShares(millicores: number): number {
  return Math.max(MIN_SHARES, Math.floor((millicores * SHARES_PER_CPU) / 1000));
}

/** `uid` or `uid:gid`; undefined = the image's own. A group alone goes with the image's user. */
function userOf(pod: Pod, security: SecurityContext, imageUser: string): string | undefined {
  const uid = security.runAsUser ?? pod.spec?.securityContext?.runAsUser;
  const gid = security.runAsGroup ?? pod.spec?.securityContext?.runAsGroup;
  if (uid === undefined && gid === undefined) return undefined;
  return gid === undefined ? String(uid) : `${uid ?? (imageUser.split(':')[0] || 0)}:${gid}`;
}

function checkNonRoot({ pod, container, imageUser }: ContainerContext): void {
  const mustNotBeRoot = container.securityContext?.runAsNonRoot ?? pod.spec?.securityContext?.runAsNonRoot;
  if (!mustNotBeRoot) return;
  const podText = `${pod.metadata.name}_${pod.metadata.namespace}(${pod.metadata.uid})`;
  const where = `(pod: "${podText}", container: ${container.name})`;
  const asked = container.securityContext?.runAsUser ?? pod.spec?.securityContext?.runAsUser;
  if (asked === 0) throw new ConfigError(`container's runAsUser breaks non-root policy ${where}`);
  if (asked !== undefined) return;
  const uid = imageUser.split(':')[0] ?? '';
  if (uid === '' || uid === '0') {
    throw new ConfigError(`container has runAsNonRoot and image will run as root ${where}`);
  }
  if (!/^\d+$/.test(uid)) {
    const text = `container has runAsNonRoot and image has non-numeric user (${uid}), cannot verify user is non-root ${where}`;
    throw new ConfigError(text);
  }
}

function supplementalGroupsOf(pod: Pod): number[] {
  const { supplementalGroups = [], fsGroup } = pod.spec?.securityContext ?? {};
  return fsGroup === undefined ? [...supplementalGroups] : [fsGroup, ...supplementalGroups];
}

function groupPolicyOf(pod: Pod): string | undefined {
  // Younger than the published types.
  const context = pod.spec?.securityContext as { readonly supplementalGroupsPolicy?: string } | undefined;
  return context?.supplementalGroupsPolicy;
}

function seccompOf({ pod, seccompDirectory }: ContainerContext, security: SecurityContext): string | undefined {
  const profile = security.seccompProfile ?? pod.spec?.securityContext?.seccompProfile;
  if (profile?.type === 'Localhost') return join(seccompDirectory, profile.localhostProfile ?? '');
  return profile?.type === 'RuntimeDefault' ? 'runtime/default' : undefined;
}

/** undefined: what the runtime does by itself. */
function appArmorOf(pod: Pod, security: SecurityContext): string | undefined {
  const profile = security.appArmorProfile ?? pod.spec?.securityContext?.appArmorProfile;
  if (profile?.type === 'Unconfined') return 'unconfined';
  return profile?.type === 'Localhost' ? profile.localhostProfile : undefined;
}

function seLinuxOf(pod: Pod, security: SecurityContext): Readonly<Record<string, string>> {
  const { user, role, type, level } = security.seLinuxOptions ?? pod.spec?.securityContext?.seLinuxOptions ?? {};
  const given = Object.entries({ user, role, type, level }).filter((entry): entry is [string, string] =>
    Boolean(entry[1]),
  );
  return Object.fromEntries(given);
}

/** Names the pod to the runtime. */
function podIdentity(pod: Pod): PodIdentity {
  return { uid: pod.metadata.uid ?? '', namespace: pod.metadata.namespace ?? '', name: pod.metadata.name };
}

/** Throws when the name the pod wants is longer than the kernel takes, or its bandwidth makes no sense. */
export function sandboxConfig(
  pod: Pod,
  attempt: number,
  place: NamePlace,
  { runtimeHandler = '', cgroupParent = '' } = {},
): SandboxConfig {
  const { spec } = pod;
  const bandwidth = spec?.hostNetwork ? undefined : bandwidthOf(pod.metadata.annotations);
  const sysctls = (spec?.securityContext?.sysctls ?? []).map(({ name, value }) => [normalizeSysctl(name), value]);
  return {
    pod: podIdentity(pod),
    attempt,
    ...(hasPrivilegedContainer(pod) ? { privileged: true } : {}),
    hostname: kernelHostname(pod, place),
    hostNetwork: spec?.hostNetwork ?? false,
    hostPid: spec?.hostPID ?? false,
    hostIpc: spec?.hostIPC ?? false,
    sharePid: spec?.shareProcessNamespace ?? false,
    portMappings: spec?.hostNetwork ? [] : hostPorts(pod),
    ...(bandwidth ? { bandwidth } : {}),
    sysctls: Object.fromEntries(sysctls),
    cgroupParent,
    ...(runtimeHandler ? { runtimeHandler } : {}),
    labels: {},
  };
}

function hasPrivilegedContainer({ spec }: Pod): boolean {
  const all = [...(spec?.initContainers ?? []), ...(spec?.containers ?? []), ...(spec?.ephemeralContainers ?? [])];
  return all.some(({ securityContext }) => securityContext?.privileged);
}

/** Ports of the node the pod's containers take; with the node's network, all of theirs. */
export function hostPorts(pod: Pod): HostPortMapping[] {
  const all = [
    ...(pod.spec?.initContainers ?? []).filter((each) => each.restartPolicy),
    ...(pod.spec?.containers ?? []),
  ];
  return all.flatMap((container) =>
    (container.ports ?? []).flatMap(({ hostPort, containerPort, protocol, hostIP }) =>
      hostPort
        ? [{ hostPort, containerPort, protocol: protocolOf(protocol), ...(hostIP ? { hostIp: hostIP } : {}) }]
        : [],
    ),
  );
}

function protocolOf(text: string | undefined): 'TCP' | 'UDP' | 'SCTP' {
  return text === 'UDP' || text === 'SCTP' ? text : 'TCP';
}
