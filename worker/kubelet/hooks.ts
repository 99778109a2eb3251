/**
 * Lifecycle hooks: postStart and preStop, as a command in the container, an HTTP request to it, or a sleep.
 *
 * https://kubernetes.io/docs/concepts/containers/container-lifecycle-hooks/
 */
import type { Container, LifecycleHandler } from 'kubernetes-types/core/v1';
import type { Pod } from '../../helper/api/core/pod';
import type { Runtime } from '../runtime/runtime';
import { resolvePort } from './probes/resolve-port';
import { runCommand } from './probes/run-command';
import { requestHttp } from './probes/run-probe';

const HOOK_HTTP_TIMEOUT_MS = 30_000;

export interface HookTarget {
  readonly pod: Pod;
  readonly container: Container;
}

/** Runs a hook to its end; resolves with why it failed, undefined when it went well. Never rejects. */
export async function runHook(
  runtime: Runtime,
  containerId: string,
  hook: LifecycleHandler & { sleep?: { seconds: number } },
  { pod, container }: HookTarget,
): Promise<string | undefined> {
  try {
    if (hook.exec) {
      const { exitCode, output } = await runCommand(runtime, containerId, hook.exec.command ?? []);
      return exitCode === 0 ? undefined : `command exited with ${exitCode}: ${output}`;
    }
    if (hook.httpGet) {
      const port = resolvePort(container, hook.httpGet.port);
      const host = hook.httpGet.host ?? pod.status?.podIP ?? '';
      const { status } = await requestHttp({ ...hook.httpGet, host, port }, HOOK_HTTP_TIMEOUT_MS);
      return status < 400 ? undefined : `HTTP request answered ${status}`;
    }
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
