/**
 * What a pod's sandbox and containers look like to a CRI runtime: from our configs to its messages. Pure.
 *
 * A sandbox's own config goes along as an annotation: the runtime wants it again with every container, also from a kubelet that has
 * been restarted meanwhile. What a runtime has not learnt yet is refused, never sent and silently dropped.
 * https://kubernetes.io/docs/concepts/architecture/cri/
 */
import { containerLabels, type Ownership, sandboxLabels } from '../docker-labels';
import { type ContainerConfig, type Mount, type PodIdentity, RuntimeError, type SandboxConfig } from '../runtime';
import type {
  CriContainerConfig,
  CriMount,
  CriResources,
  CriSandboxConfig,
  CriSecurityContext,
  NamespaceMode,
  NamespaceOption,
  SecurityProfile,
  Texts,
} from './cri-api';

/** cpu.cfs_period_us: quotas are a share of this */
const CPU_PERIOD_MICROSECONDS = 100_000;
/** The kernel takes no smaller quota. */
const MINIMUM_CPU_QUOTA = 1_000;

export const ANNOTATION = {
  /** of a sandbox: its config, as JSON */
  sandbox: 'io.minik8s/sandbox',
  /** of a container: the image's name in the pod's spec */
  image: 'io.minik8s/image',
} as const;

/** What of a container's config is asked for again while it runs. */
export const OWN_LABEL = {
  /** `tty`, `once` (stdinOnce), both, or nothing */
  input: 'io.minik8s/input',
  /** bytes and number of files: `10485760x5` */
  logs: 'io.minik8s/logs',
} as const;

/** Rotation as the kubelet's defaults: containerLogMaxSize 10Mi, containerLogMaxFiles 5. */
const DEFAULT_LOGS = { maxSizeBytes: 10 * 1024 * 1024, maxFiles: 5 };

/** What of /proc and /sys no container sees, unless its pod asks for `procMount: Unmasked`; Kubernetes' list. */
const MASKED_PATHS = [
  '/proc/asound',
  '/proc/acpi',
  '/proc/kcore',
  '/proc/keys',
  '/proc/latency_stats',
  '/proc/timer_list',
  '/proc/timer_stats',
  '/proc/sched_debug',
  '/proc/scsi',
  '/sys/firmware',
  '/sys/devices/virtual/powercap',
];
const READONLY_PATHS = ['/proc/bus', '/proc/fs', '/proc/irq', '/proc/sys', '/proc/sysrq-trigger'];

const PROPAGATION = {
  private: 'PROPAGATION_PRIVATE',
  rslave: 'PROPAGATION_HOST_TO_CONTAINER',
  rshared: 'PROPAGATION_BIDIRECTIONAL',
} as const;

/** What this runtime has learnt beyond the first version of the interface. */
export interface CriFeatures {
  readonly recursiveReadOnlyMounts: boolean;
  readonly supplementalGroupsPolicy: boolean;
  readonly cgroupVersion: 1 | 2;
}

/** The folder of a pod's logs, named as under Kubernetes' /var/log/pods. */
export function logDirectoryOf(logRoot: string, { namespace, name, uid }: PodIdentity): string {
  return `${logRoot}/${namespace}_${name}_${uid}`;
}

/** A container's log, below its pod's folder. */
export function logNameOf({ name, attempt }: Pick<ContainerConfig, 'name' | 'attempt'>): string {
  return `${name}/${attempt}.log`;
}

export interface SandboxPlace {
  readonly owner: Ownership;
  /** where the folders of pods' logs lie */
  readonly logRoot: string;
}

export function criSandboxConfig(config: SandboxConfig, { owner, logRoot }: SandboxPlace): CriSandboxConfig {
  const { pod, attempt } = config;
  return {
    metadata: { ...pod, attempt },
    // With the host's network the host's name comes along.
    hostname: config.hostNetwork ? '' : config.hostname,
    logDirectory: logDirectoryOf(logRoot, pod),
    labels: sandboxLabels(config, owner),
    annotations: { [ANNOTATION.sandbox]: JSON.stringify(config) },
    linux: {
      cgroupParent: config.cgroupParent,
      securityContext: {
        namespaceOptions: namespacesOf(config),
        privileged: config.privileged ?? false,
        seccomp: { profileType: 'Unconfined' },
      },
      sysctls: config.sysctls,
    },
  };
}

/** The config a sandbox was made with; undefined when the annotation is not ours. */
export function sandboxConfigIn(annotations: Texts): SandboxConfig | undefined {
  const text = annotations[ANNOTATION.sandbox];
  return text === undefined ? undefined : (JSON.parse(text) as SandboxConfig);
}

/** Each container has processes of its own, unless the pod, or the container, asks to see others. */
function namespacesOf(
  { hostNetwork, hostPid, hostIpc, sharePid }: SandboxConfig,
  targetContainerId?: string,
): NamespaceOption {
  const nodeOr = (isNode: boolean, other: NamespaceMode) => (isNode ? 'NODE' : other);
  const own = targetContainerId && !hostPid && !sharePid ? targetContainerId : undefined;
  return {
    network: nodeOr(hostNetwork, 'POD'),
    ipc: nodeOr(hostIpc, 'POD'),
    pid: own ? 'TARGET' : nodeOr(hostPid, sharePid ? 'POD' : 'CONTAINER'),
    ...(own ? { targetId: own } : {}),
  };
}

export interface ContainerPlace {
  readonly owner: Ownership;
  readonly sandboxId: string;
  readonly sandbox: SandboxConfig;
  readonly features: CriFeatures;
}

/** Throws CreateContainerConfigError for what this runtime cannot do. */
export function criContainerConfig(config: ContainerConfig, place: ContainerPlace): CriContainerConfig {
  const { sandbox, features, owner, sandboxId } = place;
  if (config.hasStrictGroups && !features.supplementalGroupsPolicy) throw refusal('supplementalGroupsPolicy "Strict"');
  if (config.stopSignal) throw refusal('a stop signal of the container');
  return {
    metadata: { name: config.name, attempt: config.attempt },
    image: { image: config.image },
    command: config.command,
    args: config.args,
    workingDir: config.workingDir ?? '',
    envs: config.env.map(variableOf),
    mounts: config.mounts.map((mount) => mountOf(mount, features)),
    labels: { ...containerLabels(config, { id: sandboxId, pod: sandbox.pod }, owner), ...ownLabels(config) },
    annotations: { [ANNOTATION.image]: config.image },
    logPath: logNameOf(config),
    stdin: config.stdin,
    stdinOnce: config.stdinOnce,
    tty: config.tty,
    linux: { resources: resourcesOf(config, features), securityContext: securityOf(config, sandbox) },
  };
}

function ownLabels({ tty, stdinOnce, logs = DEFAULT_LOGS }: ContainerConfig): Texts {
  return {
    [OWN_LABEL.input]: [...(tty ? ['tty'] : []), ...(stdinOnce ? ['once'] : [])].join('-'),
    [OWN_LABEL.logs]: `${logs.maxSizeBytes}x${logs.maxFiles}`,
  };
}

function refusal(what: string): RuntimeError {
  return new RuntimeError('CreateContainerConfigError', `${what} is not supported by this container runtime`);
}

function variableOf(text: string): { key: string; value: string } {
  const equals = text.indexOf('=');
  return { key: text.slice(0, equals), value: text.slice(equals + 1) };
}

function mountOf(mount: Mount, { recursiveReadOnlyMounts }: CriFeatures): CriMount {
  const { hostPath, containerPath, readOnly, propagation = 'private', recursiveReadOnly = 'never' } = mount;
  if (recursiveReadOnly === 'always' && !recursiveReadOnlyMounts) {
    throw refusal(`recursive read-only mode, requested by mount "${containerPath}",`);
  }
  const isRecursive = readOnly && recursiveReadOnly !== 'never' && recursiveReadOnlyMounts;
  return {
    hostPath,
    containerPath,
    readonly: readOnly,
    propagation: PROPAGATION[propagation],
    ...(isRecursive ? { recursiveReadOnly: true } : {}),
  };
}

function resourcesOf({ resources }: ContainerConfig, { cgroupVersion }: CriFeatures): CriResources {
  const { cpuShares, cpuMillicoresLimit, memoryBytesLimit, pidsLimit, oomScoreAdj } = resources;
  const quota = Math.round(((cpuMillicoresLimit ?? 0) * CPU_PERIOD_MICROSECONDS) / 1000);
  return {
    ...(cpuShares ? { cpuShares } : {}),
    ...(cpuMillicoresLimit ? { cpuPeriod: CPU_PERIOD_MICROSECONDS, cpuQuota: Math.max(quota, MINIMUM_CPU_QUOTA) } : {}),
    // Memory and swap together at the same figure: no swap beyond the limit.
    ...(memoryBytesLimit ? { memoryLimitInBytes: memoryBytesLimit, memorySwapLimitInBytes: memoryBytesLimit } : {}),
    // The interface knows no number of processes; version 1 of the hierarchy gets it written when the container is there.
    ...(pidsLimit && cgroupVersion === 2 ? { unified: { 'pids.max': String(pidsLimit) } } : {}),
    ...(oomScoreAdj === undefined ? {} : { oomScoreAdj }),
  };
}

function securityOf(config: ContainerConfig, sandbox: SandboxConfig): CriSecurityContext {
  const isMasked = !config.unmaskProc && !config.privileged;
  return {
    capabilities: { addCapabilities: config.addCapabilities, dropCapabilities: config.dropCapabilities },
    privileged: config.privileged,
    namespaceOptions: namespacesOf(sandbox, config.targetContainerId),
    ...(config.seLinux && Object.keys(config.seLinux).length > 0 ? { selinuxOptions: config.seLinux } : {}),
    ...userOf(config.user),
    readonlyRootfs: config.readOnlyRootFilesystem,
    supplementalGroups: config.supplementalGroups,
    supplementalGroupsPolicy: config.hasStrictGroups ? 'Strict' : 'Merge',
    noNewPrivs: config.noNewPrivileges,
    maskedPaths: isMasked ? MASKED_PATHS : [],
    readonlyPaths: isMasked ? READONLY_PATHS : [],
    seccomp: seccompOf(config.seccomp),
    ...(config.appArmor === undefined ? {} : { apparmor: appArmorOf(config.appArmor) }),
  };
}

/** `uid`, `name`, either with `:gid`. */
function userOf(text = ''): Pick<CriSecurityContext, 'runAsUser' | 'runAsUsername' | 'runAsGroup'> {
  const [user = '', group] = text.split(':');
  if (user === '') return {};
  return {
    ...(/^\d+$/.test(user) ? { runAsUser: { value: Number(user) } } : { runAsUsername: user }),
    ...(group === undefined ? {} : { runAsGroup: { value: Number(group) } }),
  };
}

function seccompOf(seccomp: string | undefined): SecurityProfile {
  if (seccomp === undefined) return { profileType: 'Unconfined' };
  return seccomp.startsWith('/')
    ? { profileType: 'Localhost', localhostRef: seccomp }
    : { profileType: 'RuntimeDefault' };
}

function appArmorOf(profile: string): SecurityProfile {
  return profile === 'unconfined' ? { profileType: 'Unconfined' } : { profileType: 'Localhost', localhostRef: profile };
}
