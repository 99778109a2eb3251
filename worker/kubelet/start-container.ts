/**
 * Starting one container: image, environment, mounts, runtime, postStart hook — with the events Kubernetes records.
 *
 * A failure is a {@link StartError}: the waiting state the container's status shows and the time of the next attempt.
 * https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#container-state-waiting
 */
import type { Container, EphemeralContainer } from 'kubernetes-types/core/v1';
import type { Pod } from '../../helper/api/core/pod';
import { type ContainerStatus, type Mount, RuntimeError, type SandboxStatus } from '../runtime/runtime';
import { resolveMounts } from '../volumes/resolve-mount';
import type { MountedVolumes } from '../volumes/volume-plugin';
import { containerConfig } from './container-config';
import { ConfigError, type Environment, expandEnvironment, expandFully } from './expand-env';
import { runHook } from './hooks';
import { ImageError } from './images';
import { containerFieldPath } from './pod-events';
import type { NetworkFiles } from './pod-files';
import type { KillContainer } from './pod-plan';
import type { PodServices } from './pod-services';
import { credentialsFor } from './pull-credentials';
import { serviceVariables } from './service-env';

const CONFIG_RETRY_MS = 10_000;
const DEFAULT_MESSAGE_PATH = '/dev/termination-log';

/** A container did not start. `retryAt` is undefined when the runtime keeps the failed container and crash back-off applies. */
export class StartError extends Error {
  constructor(
    readonly reason: string,
    message: string,
    readonly retryAt: Date | undefined,
    readonly image?: string,
  ) {
    super(message);
    this.name = 'StartError';
  }
}

export interface StartRequest {
  readonly pod: Pod;
  readonly container: Container;
  readonly attempt: number;
  readonly sandbox: SandboxStatus;
  readonly volumes: MountedVolumes;
  /** aborted when the pod is to end: hooks and pulls are not waited for any longer */
  readonly isEnding: AbortSignal;
  /** ends a container with its hooks */
  kill(ending: Omit<KillContainer, 'type'>): Promise<void>;
}

/** The running container; throws {@link StartError}, or RuntimeError when the runtime is away. */
export async function startContainer(services: PodServices, request: StartRequest): Promise<ContainerStatus> {
  const { pod, container } = request;
  const report = reporter(services, pod, container);
  try {
    const wish = { podUid: pod.metadata.uid ?? '', container, report };
    const credentials = (name: string) => pullCredentials(services, pod, name);
    const image = await unlessAborted(services.images.ensure({ ...wish, credentials }), request.isEnding);
    if (image === undefined) throw new StartError('PodEnding', 'the pod is being deleted', undefined);
    const environment = await environmentOf(services, request);
    for (const warning of environment.warnings) report('Warning', 'InvalidEnvironmentVariableNames', warning);
    const config = containerConfig({
      ...request,
      environment,
      mounts: await mountsOf(services, request, environment),
      ...(await targetOf(services, request)),
      imageUser: image.user,
      seccompDirectory: services.seccompDirectory,
      memoryCapacityBytes: services.memoryCapacityBytes,
      configuration: services.configuration,
    });
    const started = await services.starts.run(() => services.runtime.startContainer(request.sandbox, config));
    report('Normal', 'Created', `Created container: ${container.name}`);
    report('Normal', 'Started', `Started container ${container.name}`);
    await afterStart(services, request, started);
    return started;
  } catch (error) {
    throw asStartError(services, container, error, report);
  }
}

type Report = (type: 'Normal' | 'Warning', reason: string, message: string) => void;

function reporter(services: PodServices, pod: Pod, container: Container): Report {
  const fieldPath = containerFieldPath(pod, container.name);
  return (type, reason, message) => services.event(pod, { type, reason, message, fieldPath });
}

async function pullCredentials(services: PodServices, pod: Pod, image: string) {
  const namespace = pod.metadata.namespace ?? '';
  const secrets = await Promise.all(
    (pod.spec?.imagePullSecrets ?? []).map(({ name = '' }) => services.objects.secret(namespace, name)),
  );
  return credentialsFor(
    image,
    secrets.map((secret) => decoded(secret?.data)),
  );
}

function decoded(data: Readonly<Record<string, string>> | undefined): Record<string, string> {
  const entries = Object.entries(data ?? {});
  return Object.fromEntries(entries.map(([key, base64]) => [key, Buffer.from(base64, 'base64').toString('utf8')]));
}

/** Looks up all objects first, so that the expansion itself stays pure. */
async function environmentOf(services: PodServices, { pod, container, sandbox }: StartRequest): Promise<Environment> {
  const namespace = pod.metadata.namespace ?? '';
  const configMaps = new Map<string, Readonly<Record<string, string>> | undefined>();
  const secrets = new Map<string, Readonly<Record<string, string>> | undefined>();
  const references = [
    ...(container.envFrom ?? []),
    ...(container.env ?? []).map(({ valueFrom }) => ({
      configMapRef: valueFrom?.configMapKeyRef,
      secretRef: valueFrom?.secretKeyRef,
    })),
  ];
  for (const { configMapRef, secretRef } of references) {
    const mapName = configMapRef?.name;
    const secretName = secretRef?.name;
    if (mapName) configMaps.set(mapName, dataOf(await services.objects.configMap(namespace, mapName)));
    if (secretName) {
      const secret = await services.objects.secret(namespace, secretName);
      secrets.set(secretName, secret && decoded(secret.data));
    }
  }
  const links = pod.spec?.enableServiceLinks ?? true;
  return expandEnvironment(pod, container, {
    configMap: (name) => configMaps.get(name),
    secret: (name) => secrets.get(name),
    fields: services.fields(podIpOf(services, pod, sandbox)),
    services: serviceVariables(await services.clusterServices(pod), namespace, links, services.apiAddress),
  });
}

function dataOf(object: { data?: Record<string, string> } | undefined): Record<string, string> | undefined {
  return object && (object.data ?? {});
}

/** The container whose processes an ephemeral container wants to see. */
async function targetOf(
  services: PodServices,
  { pod, container }: StartRequest,
): Promise<{ targetContainerId?: string }> {
  const { targetContainerName } = container as EphemeralContainer;
  if (!targetContainerName) return {};
  const all = await services.runtime.listContainers(pod.metadata.uid);
  const target = all.find(({ name, state }) => name === targetContainerName && state === 'running');
  if (!target) throw new ConfigError(`unable to find target container ${JSON.stringify(targetContainerName)}`);
  return { targetContainerId: target.id };
}

function podIpOf(services: PodServices, pod: Pod, sandbox: SandboxStatus): string {
  return pod.spec?.hostNetwork ? services.nodeIp : sandbox.ip;
}

async function mountsOf(services: PodServices, request: StartRequest, environment: Environment): Promise<Mount[]> {
  const { pod, container, attempt, volumes } = request;
  const expand = (text: string) => expandFully(text, environment.values);
  const bindDirectory = services.bindsSubPaths ? services.volumes.subPathDirectory(pod.metadata.uid ?? '') : undefined;
  const mounts = await resolveMounts({ container, volumes, expand, bindDirectory }).catch((error: Error) => {
    throw new ConfigError(error.message);
  });
  const taken = new Set(mounts.map(({ containerPath }) => containerPath));
  const add = (hostPath: string, containerPath: string) => {
    if (!taken.has(containerPath)) mounts.push({ hostPath, containerPath, readOnly: false });
  };
  const files = await networkFilesOf(services, request);
  add(files.hosts, '/etc/hosts');
  add(files.resolvConf, '/etc/resolv.conf');
  const message = await services.files.createMessageFile(pod.metadata.uid ?? '', container.name, attempt);
  add(message, container.terminationMessagePath ?? DEFAULT_MESSAGE_PATH);
  return mounts;
}

async function networkFilesOf(services: PodServices, request: StartRequest): Promise<NetworkFiles> {
  const { pod, container, attempt, sandbox } = request;
  const podIp = podIpOf(services, pod, sandbox);
  const files = await services.files.writeNetworkFiles(pod, { ...services.place, podIp });
  // Said once for the pod, with its first container.
  const [first] = [...(pod.spec?.initContainers ?? []), ...(pod.spec?.containers ?? [])];
  if (attempt > 0 || first?.name !== container.name) return files;
  for (const message of files.warnings) services.event(pod, { type: 'Warning', reason: 'DNSConfigForming', message });
  return files;
}

/** The postStart hook. A hook that fails costs the container its life, as in Kubernetes. */
async function afterStart(services: PodServices, request: StartRequest, started: ContainerStatus): Promise<void> {
  const { pod, container, isEnding, sandbox } = request;
  const hook = container.lifecycle?.postStart;
  if (!hook) return;
  const podIp = podIpOf(services, pod, sandbox);
  const run = runHook(services.runtime, started.id, hook, { pod, container, podIp });
  const failure = await unlessAborted(
    run.then((text) => text ?? ''),
    isEnding,
  );
  if (!failure) return;
  services.log.warn({ pod: pod.metadata.name, container: container.name, failure }, 'postStart hook failed');
  reporter(services, pod, container)('Warning', 'FailedPostStartHook', 'PostStartHook failed');
  await request.kill({
    containerId: started.id,
    name: container.name,
    graceSeconds: pod.spec?.terminationGracePeriodSeconds ?? 30,
    message: 'FailedPostStartHook',
  });
  throw new StartError('PostStartHookError', `PostStartHookError: ${failure}`, undefined);
}

/** The outcome of `work`; undefined as soon as the signal says that it no longer matters. */
async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T | undefined> {
  if (signal.aborted) return undefined;
  let onAbort: () => void = () => undefined;
  const aborted = new Promise<undefined>((resolve) => {
    onAbort = () => resolve(undefined);
    signal.addEventListener('abort', onAbort);
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', onAbort);
    // Nobody may be waiting any more: a late failure is nobody's.
    work.catch(() => undefined);
  }
}

function asStartError(services: PodServices, container: Container, error: unknown, report: Report): unknown {
  const retryAt = new Date(services.now().getTime() + CONFIG_RETRY_MS);
  if (error instanceof ImageError) {
    report('Warning', 'Failed', `Error: ${error.reason}`);
    return new StartError(error.reason, error.message, error.until, error.image);
  }
  if (error instanceof RuntimeError) {
    if (error.reason === 'RuntimeUnavailable') return error;
    services.images.forgetImage(container.image ?? '');
    report('Warning', 'Failed', `Error: ${error.message}`);
    const keepsContainer = error.reason === 'RunContainerError';
    return new StartError(error.reason, error.message, keepsContainer ? undefined : retryAt);
  }
  if (error instanceof StartError) return error;
  const message = error instanceof Error ? error.message : String(error);
  report('Warning', 'Failed', `Error: ${message}`);
  return new StartError('CreateContainerConfigError', message, retryAt);
}
