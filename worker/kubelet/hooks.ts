/**
 * Lifecycle hooks: postStart and preStop, as a command in the container, an HTTP request to it, or a sleep.
 *
 * https://kubernetes.io/docs/concepts/containers/container-lifecycle-hooks/
 */
import type { Container, LifecycleHandler } from 'kubernetes-types/core/v1';
import type { Pod } from '../../helper/api/core/pod';
import type { Runtime } from '../runtime/runtime';
import { requestHttp } from './probes/http-request';
import { resolvePort } from './probes/resolve-port';
import { runCommand } from './probes/run-command';

const HOOK_HTTP_TIMEOUT_MS = 30_000;
const HOOK_AGENT = 'kube-lifecycle/1.32';

export interface HookTarget {
  readonly pod: Pod;
  readonly container: Container;
  /** where requests without a host go */
  readonly podIp: string;
}

/** Runs a hook to its end; resolves with why it failed, undefined when it went well. Never rejects. */
export async function runHook(
  runtime: Runtime,
  containerId: string,
  hook: LifecycleHandler & { sleep?: { seconds: number } },
  target: HookTarget,
): Promise<string | undefined> {
  try {
    if (hook.exec) {
      const { exitCode, output } = await runCommand(runtime, containerId, hook.exec.command ?? []);
      return exitCode === 0 ? undefined : `command exited with ${exitCode}: ${output}`;
    }
    if (hook.httpGet) return await requestHook(hook.httpGet, target);
    if (hook.sleep) {
      await new Promise((resolve) => setTimeout(resolve, (hook.sleep?.seconds ?? 0) * 1000));
      return undefined;
    }
    // tcpSocket is not a hook in Kubernetes either: the field is accepted there for old manifests and fails at run time.
    return 'invalid handler: exec, httpGet or sleep expected';
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** A server that speaks plain HTTP on a port called HTTPS is asked again without encryption, for manifests older than the scheme. */
async function requestHook(
  get: NonNullable<LifecycleHandler['httpGet']>,
  { pod, container, podIp }: HookTarget,
): Promise<string | undefined> {
  const port = resolvePort(container, get.port);
  const host = get.host || podIp || (pod.status?.podIP ?? '');
  const request = { ...get, host, port, userAgent: HOOK_AGENT };
  // Any answer will do: Kubernetes' kubelet does not look at the status code of a hook either.
  await requestHttp(request, HOOK_HTTP_TIMEOUT_MS).catch((error: NodeJS.ErrnoException) => {
    if (get.scheme !== 'HTTPS' || !isPlainHttpAnswer(error)) throw error;
    return requestHttp({ ...request, scheme: 'HTTP' }, HOOK_HTTP_TIMEOUT_MS);
  });
  return undefined;
}

/** What node:tls says of a server that answered without TLS. */
function isPlainHttpAnswer({ code }: NodeJS.ErrnoException): boolean {
  return code === 'ERR_SSL_WRONG_VERSION_NUMBER' || code === 'EPROTO' || code === 'ERR_SSL_PACKET_LENGTH_TOO_LONG';
}
