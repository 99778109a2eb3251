/**
 * Builders of the plain data the kubelet's pure functions take, for tests: a pod, its sandbox, its containers.
 */
import type { Container, PodSpec } from 'kubernetes-types/core/v1';
import type { Pod } from '../../../helper/api/core/pod';
import type { ContainerStatus, SandboxStatus } from '../../runtime/runtime';
import { containerSpecHash } from '../spec-hash';

/** The time tests call now. */
export const NOW = new Date('2024-05-01T10:00:00Z');

export const secondsAgo = (seconds: number) => new Date(NOW.getTime() - seconds * 1000);

export function buildContainer(name: string, more: Partial<Container> = {}): Container {
  return { name, image: 'busybox', ...more };
}

export function buildPod(spec: Partial<PodSpec> = {}, metadata: Partial<Pod['metadata']> = {}): Pod {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'web', namespace: 'default', uid: 'u1', resourceVersion: '5', ...metadata },
    spec: { containers: [buildContainer('a')], restartPolicy: 'Always', nodeName: 'node1', ...spec },
  };
}

export function buildSandbox(more: Partial<SandboxStatus> = {}): SandboxStatus {
  return {
    id: 's0',
    pod: { uid: 'u1', namespace: 'default', name: 'web' },
    attempt: 0,
    state: 'ready',
    ip: '10.244.0.5',
    createdAt: secondsAgo(100),
    hostNetwork: false,
    labels: {},
    ...more,
  };
}

/** A running container of the default pod; give `exitCode` for one that has ended, 10 seconds ago unless said otherwise. */
export function buildStatus(name: string, more: Partial<ContainerStatus> = {}): ContainerStatus {
  const hasEnded = more.exitCode !== undefined;
  return {
    id: `${name}-${more.attempt ?? 0}`,
    sandboxId: 's0',
    pod: { uid: 'u1', namespace: 'default', name: 'web' },
    name,
    attempt: 0,
    specHash: containerSpecHash(buildContainer(name)),
    state: hasEnded ? 'exited' : 'running',
    image: 'busybox',
    imageId: 'sha256:1',
    createdAt: secondsAgo(90),
    startedAt: secondsAgo(90),
    ...(hasEnded ? { finishedAt: secondsAgo(10) } : {}),
    oomKilled: false,
    labels: {},
    ...more,
  };
}
