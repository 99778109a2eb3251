/**
 * Pods on the real runtime, and waiting for them: what the cases of pods, Services, names and the overlay share.
 */
import type { Connection } from './connection';

export const NAMESPACE = 'bench';
export const PODS = `/api/v1/namespaces/${NAMESPACE}/pods`;
const IMAGE = 'minik8s/base:1';
const LIMIT_MS = 60_000;
const LOOK_EVERY_MS = 10;

export interface PodView {
  readonly metadata: { readonly name: string };
  readonly spec: { readonly nodeName?: string };
  readonly status?: {
    readonly phase?: string;
    readonly podIP?: string;
    readonly containerStatuses?: readonly { readonly containerID?: string }[];
  };
}

export const SLEEP = ['sleep', '3600'];
/** Answers with its own name. */
export const WEB = ['sh', '-c', 'mkdir -p /www; hostname > /www/index.html; exec httpd -f -p 80 -h /www'];

/** `spec`: further fields of the pod's spec. */
export function runningPod(
  name: string,
  labels: Readonly<Record<string, string>>,
  command: readonly string[],
  spec: object = {},
  annotations: Readonly<Record<string, string>> = {},
): object {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: NAMESPACE, labels, annotations },
    spec: {
      terminationGracePeriodSeconds: 1,
      containers: [{ name: 'c', image: IMAGE, imagePullPolicy: 'IfNotPresent', command }],
      ...spec,
    },
  };
}

/** Looks until it is so; throws after a minute. */
export async function until(look: () => Promise<boolean>, everyMs = LOOK_EVERY_MS): Promise<void> {
  const deadline = performance.now() + LIMIT_MS;
  while (!(await look())) {
    if (performance.now() > deadline) throw new Error(`not so after ${LIMIT_MS} ms`);
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
}

export async function seconds(work: () => Promise<void>): Promise<number> {
  const began = performance.now();
  await work();
  return (performance.now() - began) / 1000;
}

/** The object there; undefined when there is none. */
export async function read<T>(connection: Connection, path: string): Promise<T | undefined> {
  const { status, body } = await connection.request('GET', path);
  return status === 200 ? (JSON.parse(body.toString()) as T) : undefined;
}

export const isRunning = (pod: PodView | undefined): boolean => pod?.status?.phase === 'Running';

export async function listPods(connection: Connection, label: string): Promise<PodView[]> {
  const list = await read<{ items: PodView[] }>(connection, `${PODS}?labelSelector=${label}`);
  return list?.items ?? [];
}

export async function allRunning(connection: Connection, label: string, count: number): Promise<boolean> {
  return (await listPods(connection, label)).filter(isRunning).length === count;
}

export async function removeAll(connection: Connection, label: string): Promise<void> {
  await connection.request('DELETE', `${PODS}?labelSelector=${label}`, { gracePeriodSeconds: 0 });
  await until(async () => (await listPods(connection, label)).length === 0);
}
