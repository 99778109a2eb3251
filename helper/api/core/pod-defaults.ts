/**
 * What a pod gets when its author leaves it out.
 *
 * Template defaults (everything a PodTemplateSpec gets too) are kept apart from those only a real pod gets: requests from
 * limits, host ports, service links. Every function is idempotent.
 * https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/
 */
import type {
  Container,
  DownwardAPIVolumeFile,
  EnvVar,
  HTTPGetAction,
  LifecycleHandler,
  ObjectFieldSelector,
  PodSpec,
  Probe,
  ResourceFieldSelector,
  Volume,
  VolumeProjection,
} from 'kubernetes-types/core/v1';
import { canonicalizeResources, canonicalQuantity, isQuantity } from '../quantity';
import { dropGatedFields } from './gated-fields';
import type { Pod } from './pod-object';
import { volumeSourcesOf } from './volume-validation';

/** 0644, as Kubernetes writes it in decimal. */
const DEFAULT_FILE_MODE = 0o644;

/** `Always` for images that may change under their name (no tag, or `:latest`), else `IfNotPresent`. */
export function defaultImagePullPolicy(image: string): 'Always' | 'IfNotPresent' {
  if (image.includes('@')) return 'IfNotPresent';
  const name = image.slice(image.lastIndexOf('/') + 1);
  const colon = name.indexOf(':');
  const tag = colon < 0 ? 'latest' : name.slice(colon + 1);
  return tag === 'latest' ? 'Always' : 'IfNotPresent';
}

function defaultFieldRefs(ref: {
  fieldRef?: ObjectFieldSelector | undefined;
  resourceFieldRef?: ResourceFieldSelector | undefined;
}): void {
  if (ref.fieldRef) ref.fieldRef.apiVersion ||= 'v1';
  const { resourceFieldRef } = ref;
  if (!resourceFieldRef) return;
  const divisor = resourceFieldRef.divisor ?? '0';
  resourceFieldRef.divisor = isQuantity(divisor) ? canonicalQuantity(divisor) : divisor;
}

function defaultHttpGet(httpGet: HTTPGetAction | undefined): void {
  if (!httpGet) return;
  httpGet.path ||= '/';
  httpGet.scheme ||= 'HTTP';
}

function defaultProbe(probe: Probe | undefined): void {
  if (!probe) return;
  probe.timeoutSeconds ||= 1;
  probe.periodSeconds ||= 10;
  probe.successThreshold ||= 1;
  probe.failureThreshold ||= 3;
  defaultHttpGet(probe.httpGet);
  if (probe.grpc) probe.grpc.service ??= '';
}

const defaultHandler = (handler: LifecycleHandler | undefined) => defaultHttpGet(handler?.httpGet);
const defaultEnv = (env: EnvVar) => defaultFieldRefs(env.valueFrom ?? {});

/** Defaults of one container, init container included. */
function defaultContainer(container: Container): void {
  container.imagePullPolicy ||= defaultImagePullPolicy(container.image ?? '');
  container.terminationMessagePath ||= '/dev/termination-log';
  container.terminationMessagePolicy ||= 'File';
  container.resources ??= {};
  canonicalizeResources(container.resources.limits);
  canonicalizeResources(container.resources.requests);
  for (const port of container.ports ?? []) port.protocol ||= 'TCP';
  for (const env of container.env ?? []) defaultEnv(env);
  defaultProbe(container.livenessProbe);
  defaultProbe(container.readinessProbe);
  defaultProbe(container.startupProbe);
  defaultHandler(container.lifecycle?.postStart);
  defaultHandler(container.lifecycle?.preStop);
}

const defaultDownwardFiles = (items: readonly DownwardAPIVolumeFile[] | undefined) => {
  for (const item of items ?? []) defaultFieldRefs(item);
};

function defaultProjection(source: VolumeProjection): void {
  if (source.serviceAccountToken) source.serviceAccountToken.expirationSeconds ??= 3600;
  defaultDownwardFiles(source.downwardAPI?.items);
}

function defaultVolume(volume: Volume): void {
  if (!volumeSourcesOf(volume).length) volume.emptyDir = {};
  const { configMap, secret, downwardAPI, projected, hostPath, emptyDir } = volume;
  for (const source of [configMap, secret, downwardAPI, projected]) {
    if (source) source.defaultMode ??= DEFAULT_FILE_MODE;
  }
  if (hostPath) hostPath.type ??= '';
  if (emptyDir && isQuantity(emptyDir.sizeLimit)) emptyDir.sizeLimit = canonicalQuantity(emptyDir.sizeLimit);
  defaultDownwardFiles(downwardAPI?.items);
  for (const source of projected?.sources ?? []) defaultProjection(source);
}

/** Defaults every pod spec gets, in a pod and in a template. */
export function defaultPodSpec(spec: PodSpec): void {
  dropGatedFields(spec);
  spec.restartPolicy ||= 'Always';
  spec.terminationGracePeriodSeconds ??= 30;
  spec.dnsPolicy ||= 'ClusterFirst';
  spec.securityContext ??= {};
  spec.schedulerName ||= 'default-scheduler';
  // `serviceAccount` is the old name of the same field: readers find the value under both.
  spec.serviceAccountName ||= spec.serviceAccount ?? '';
  if (spec.serviceAccountName) spec.serviceAccount = spec.serviceAccountName;
  else delete spec.serviceAccountName;
  canonicalizeResources(spec.overhead);
  for (const volume of spec.volumes ?? []) defaultVolume(volume);
  for (const container of [...(spec.initContainers ?? []), ...(spec.containers ?? [])]) defaultContainer(container);
  for (const container of spec.ephemeralContainers ?? []) defaultContainer(container);
}

/** A container that limits a resource without requesting it requests as much as it may use. */
function requestWhatIsLimited(container: Container): void {
  const { resources } = container;
  if (!resources?.limits) return;
  // What is no quantity is refused where its author wrote it, not a second time here.
  const limits = Object.entries(resources.limits).filter(([, value]) => isQuantity(value));
  resources.requests = { ...Object.fromEntries(limits), ...resources.requests };
}

/** On the host's network a container port is a host port. */
function exposeOnHost(container: Container): void {
  for (const port of container.ports ?? []) port.hostPort ||= port.containerPort;
}

/** All defaults of a pod. */
export function defaultPod(pod: Pod): void {
  const { spec } = pod;
  if (!spec) return;
  defaultPodSpec(spec);
  spec.enableServiceLinks ??= true;
  for (const container of [...(spec.initContainers ?? []), ...(spec.containers ?? [])]) {
    requestWhatIsLimited(container);
    if (spec.hostNetwork) exposeOnHost(container);
  }
}
