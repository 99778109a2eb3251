/**
 * The container runtime as the kubelet sees it, shaped like Kubernetes' Container Runtime Interface (CRI).
 *
 * A sandbox is a pod's shared environment: network and IPC namespaces held by a pause container, and an address.
 * Containers join a sandbox. All state is the runtime's: a restarted kubelet lists sandboxes and containers (labels carry pod
 * uid, name, attempt and spec hash) and goes on. `docker-runtime.ts`, `cri/cri-runtime.ts` and `simulated-runtime.ts` implement it, `two-runtimes.ts` makes one of two;
 * `runtime.contract.test.ts` runs against each. Errors are `RuntimeError`s with a Kubernetes reason.
 * https://kubernetes.io/docs/concepts/architecture/cri/
 */
import type { Duplex, Readable, Writable } from 'node:stream';
import type { Bandwidth } from '../network/bandwidth';

export interface PodIdentity {
  readonly uid: string;
  readonly namespace: string;
  readonly name: string;
}

export interface Mount {
  readonly hostPath: string;
  readonly containerPath: string;
  readonly readOnly: boolean;
  /** are mounts below this one read-only too; default `never` */
  readonly recursiveReadOnly?: 'never' | 'ifPossible' | 'always';
  readonly propagation?: 'private' | 'rslave' | 'rshared';
}

export interface HostPortMapping {
  readonly hostPort: number;
  readonly containerPort: number;
  readonly protocol: 'TCP' | 'UDP' | 'SCTP';
  readonly hostIp?: string;
}

export interface SandboxConfig {
  readonly pod: PodIdentity;
  /** counts sandboxes of one pod: 0, 1, ... */
  readonly attempt: number;
  /** some container of the pod will be privileged */
  readonly privileged?: boolean;
  readonly hostname: string;
  readonly hostNetwork: boolean;
  readonly hostPid: boolean;
  readonly hostIpc: boolean;
  readonly sharePid: boolean;
  readonly portMappings: readonly HostPortMapping[];
  /** absent: traffic is not limited */
  readonly bandwidth?: Bandwidth;
  readonly sysctls: Readonly<Record<string, string>>;
  /** cgroup the pod's containers live under; '' = runtime's default */
  readonly cgroupParent: string;
  /** which of the runtime's ways to run containers, as a RuntimeClass names it; absent: its default */
  readonly runtimeHandler?: string;
  readonly labels: Readonly<Record<string, string>>;
}

export interface ContainerConfig {
  /** container name in the pod spec */
  readonly name: string;
  /** counts restarts of this container: 0, 1, ... */
  readonly attempt: number;
  readonly image: string;
  /** replaces the image's entrypoint; empty = the image's own */
  readonly command: readonly string[];
  /** replaces the image's arguments; empty = the image's own (unless command is set) */
  readonly args: readonly string[];
  readonly workingDir?: string;
  /** `NAME=value` */
  readonly env: readonly string[];
  readonly mounts: readonly Mount[];
  readonly resources: {
    readonly cpuShares?: number;
    /** 0 or absent: no limit */
    readonly cpuMillicoresLimit?: number;
    readonly memoryBytesLimit?: number;
    readonly pidsLimit?: number;
    readonly oomScoreAdj?: number;
  };
  /** `uid` or `uid:gid`; absent: the image's */
  readonly user?: string;
  readonly supplementalGroups: readonly number[];
  /** the process has the groups named here only, not those the image's /etc/group gives its user */
  readonly hasStrictGroups?: boolean;
  readonly privileged: boolean;
  readonly readOnlyRootFilesystem: boolean;
  readonly addCapabilities: readonly string[];
  readonly dropCapabilities: readonly string[];
  readonly noNewPrivileges: boolean;
  /** `runtime/default`, or the path of a profile on this host; absent: unconfined */
  readonly seccomp?: string;
  /** profile's name or `unconfined`; absent: the runtime's own */
  readonly appArmor?: string;
  /** `user`, `role`, `type`, `level`, as far as given */
  readonly seLinux?: Readonly<Record<string, string>>;
  readonly unmaskProc: boolean;
  readonly stdin: boolean;
  readonly stdinOnce: boolean;
  readonly tty: boolean;
  /** shares the process namespace of this container of the pod; absent: its own, or the pod's */
  readonly targetContainerId?: string;
  readonly stopSignal?: string;
  /** rotation of the container's log; absent: the runtime's own */
  readonly logs?: { readonly maxSizeBytes: number; readonly maxFiles: number };
  /** hash of the container's spec: a differing hash means the container must be recreated */
  readonly specHash: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** Whom a process runs as. */
export interface ProcessUser {
  readonly uid: number;
  readonly gid: number;
  readonly supplementalGroups: readonly number[];
}

export type ContainerState = 'created' | 'running' | 'exited' | 'unknown';

export interface ContainerStatus {
  readonly id: string;
  readonly sandboxId: string;
  readonly pod: PodIdentity;
  readonly name: string;
  readonly attempt: number;
  readonly specHash: string;
  readonly state: ContainerState;
  /** the reference of the pod spec */
  readonly image: string;
  /** content id: `sha256:…`, as status.containerStatuses[].imageID shows it */
  readonly imageId: string;
  readonly createdAt: Date;
  readonly startedAt?: Date;
  readonly finishedAt?: Date;
  readonly exitCode?: number;
  readonly oomKilled: boolean;
  /** the runtime's own message for a failed start */
  readonly error?: string;
  /** and its word for it; absent: ContainerCannotRun */
  readonly errorReason?: string;
  /** process id on the host while running */
  readonly pid?: number;
  /** of its first process; absent where there is none, or none any more */
  readonly user?: ProcessUser;
  readonly labels: Readonly<Record<string, string>>;
  /** where a node has several runtimes and this is not of its first: whose it is */
  readonly runtimeName?: string;
}

export interface SandboxStatus {
  readonly id: string;
  readonly pod: PodIdentity;
  readonly attempt: number;
  readonly state: 'ready' | 'notReady';
  /** '' for host network */
  readonly ip: string;
  readonly createdAt: Date;
  readonly pid?: number;
  readonly hostNetwork: boolean;
  readonly labels: Readonly<Record<string, string>>;
}

/** What the runtime tells of one container or sandbox; the kubelet then looks at the pod anew. */
export interface RuntimeEvent {
  readonly podUid: string;
  readonly containerId: string;
  readonly type: 'started' | 'died' | 'removed' | 'oom';
  readonly at: Date;
}

export interface RuntimeEventHandler {
  onEvent(event: RuntimeEvent): void;
  /** The stream broke and events may be missing: list again. Called on every reconnect. */
  onResync(): void;
}

export interface ImageStatus {
  readonly id: string;
  readonly tags: readonly string[];
  readonly digests: readonly string[];
  readonly sizeBytes: number;
  /** user the image runs as: '' = root */
  readonly user: string;
  /** never to be removed for its space */
  readonly isPinned?: boolean;
}

export interface ExecRequest {
  readonly command: readonly string[];
  readonly stdin: boolean;
  readonly stdout: boolean;
  readonly stderr: boolean;
  readonly tty: boolean;
  /** the output is wanted as a whole when the command has ended; a runtime that can kills what takes longer */
  readonly collected?: { readonly timeoutMs?: number };
}

/** Streams of a running exec or attach. `exitCode` resolves when the command has ended (attach: when the stream has). */
export interface ExecSession {
  readonly stdin: Writable | undefined;
  readonly stdout: Readable | undefined;
  readonly stderr: Readable | undefined;
  readonly exitCode: Promise<number>;
  resize(columns: number, rows: number): Promise<void>;
  /** Ends the session; a still running command is killed where the runtime can. */
  close(): void;
}

export interface LogRequest {
  readonly follow: boolean;
  readonly tailLines?: number;
  readonly since?: Date;
  readonly timestamps: boolean;
}

export interface ContainerUsage {
  readonly cpuNanoCores: number;
  readonly cpuNanoSecondsTotal: number;
  /** with file cache */
  readonly memoryUsageBytes: number;
  /** without file cache that could be dropped */
  readonly memoryWorkingSetBytes: number;
  /** without any file cache */
  readonly memoryRssBytes: number;
  /** absent: none */
  readonly memoryLimitBytes?: number;
  readonly pageFaults: number;
  readonly majorPageFaults: number;
  readonly at: Date;
}

export interface RuntimeInfo {
  /** `docker`, `containerd`, `simulated`: prefix of container ids in status (`docker://…`) */
  readonly name: string;
  readonly version: string;
  readonly cgroupVersion: 1 | 2;
  /** who makes the control groups of containers; absent: there are none */
  readonly cgroupDriver?: 'cgroupfs' | 'systemd';
  /** ways to run containers that a RuntimeClass may name, a name for its default among them; absent: none */
  readonly handlers?: readonly string[];
  /** folder of this host on whose file system the images lie; absent: that of the kubelet */
  readonly imageDirectory?: string;
}

export type RuntimeErrorReason =
  | 'ErrImagePull'
  | 'ErrImageNeverPull'
  | 'InvalidImageName'
  | 'CreateContainerError'
  | 'RunContainerError'
  | 'CreateContainerConfigError'
  | 'CreatePodSandboxError'
  | 'NotFound'
  | 'RuntimeUnavailable';

export class RuntimeError extends Error {
  readonly reason: RuntimeErrorReason;

  constructor(reason: RuntimeErrorReason, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'RuntimeError';
    this.reason = reason;
  }
}

export type DialAddress = 'localhost' | 'podAddress';

export interface Runtime {
  info(): Promise<RuntimeInfo>;
  /** On a node with several runtimes: the one that has this pod, and so its images. */
  of?(podUid: string): Runtime;
  /** Sandboxes of this cluster and node, dead ones included. */
  listSandboxes(podUid?: string): Promise<SandboxStatus[]>;
  /** Containers of this cluster and node, dead ones included, newest attempt first. */
  listContainers(podUid?: string): Promise<ContainerStatus[]>;
  /** Starts delivering events; returns the way to stop. */
  watchEvents(handler: RuntimeEventHandler): () => void;

  /** Creates and starts the pause container and attaches the network. A sandbox that fails half-way is removed again. */
  runSandbox(config: SandboxConfig): Promise<SandboxStatus>;
  /** Stops every container of the sandbox at once, and the network. Idempotent. */
  stopSandbox(sandboxId: string): Promise<void>;
  removeSandbox(sandboxId: string): Promise<void>;

  /** Creates and starts. Throws CreateContainerError or RunContainerError; a container that could not start is left for its status. */
  startContainer(sandbox: SandboxStatus, config: ContainerConfig): Promise<ContainerStatus>;
  /** Stop signal, then SIGKILL after `graceSeconds`. Idempotent; resolves when the container is dead. */
  stopContainer(containerId: string, graceSeconds: number): Promise<void>;
  removeContainer(containerId: string): Promise<void>;

  imageStatus(image: string): Promise<ImageStatus | undefined>;
  /** Resolves with the image's id. `auth` is a docker config auth entry. */
  pullImage(image: string, auth?: { readonly username: string; readonly password: string }): Promise<string>;
  listImages(): Promise<ImageStatus[]>;
  removeImage(imageId: string): Promise<void>;

  exec(containerId: string, request: ExecRequest): Promise<ExecSession>;
  attach(containerId: string, request: Omit<ExecRequest, 'command'>): Promise<ExecSession>;
  /**
   * Connects to a TCP port of the pod: at `localhost` as its own programs do (port forwarding), or at the pod's address as its
   * neighbours do (proxy). Throws NotFound when nothing listens there.
   */
  dial(sandbox: SandboxStatus, port: number, at: DialAddress): Promise<Duplex>;
  /** stdout and stderr in order, one stream of bytes; ends when the container has ended, or at once without follow. */
  logs(containerId: string, request: LogRequest): Promise<Readable>;
  usage(containerId: string): Promise<ContainerUsage | undefined>;
  /** Files and folders of this host that the container fills: its log, its writable layer. Empty: it keeps none, or is gone. */
  diskPaths(containerId: string): Promise<readonly string[]>;
  close(): Promise<void>;
}
