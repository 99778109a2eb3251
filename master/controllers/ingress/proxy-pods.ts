/**
 * The nginx pods: which can be configured, and handing them a configuration.
 */
import { Readable } from 'node:stream';
import { type Pod, podResource } from '../../../helper/api/core/pod';
import { resourcePath } from '../../../helper/api/resource';
import { runExec } from '../../../helper/client/exec-stream';
import type { ClientConfig } from '../../../helper/client/kubeconfig';
import { type Installation, readComplaint } from './install-script';
import { PROXY_NAMESPACE } from './proxy-objects';

const EXEC_TIMEOUT_MS = 20_000;
const CONTAINER = 'nginx';

/** Says why nginx refuses a configuration; undefined when it runs it now. Throws when the pod could not be asked. */
export type Install = (pod: Pod, installation: Installation) => Promise<ReturnType<typeof readComplaint>>;

/** Id of the running container: a restarted one knows nothing. Undefined: cannot be configured now. */
export function runningContainer({ metadata, status }: Pod): string | undefined {
  if (metadata.deletionTimestamp) return undefined;
  const state = status?.containerStatuses?.find(({ name }) => name === CONTAINER);
  return state?.state?.running ? state.containerID : undefined;
}

/** Why no pod can be configured, where a user has to do something about it; undefined: one runs, or will in a moment. */
export function proxyProblem(pods: readonly Pod[]): string | undefined {
  if (pods.some((pod) => runningContainer(pod) !== undefined)) return undefined;
  const waiting = pods.flatMap(({ status }) => status?.containerStatuses ?? []).map(({ state }) => state?.waiting);
  const stuck = waiting.find((one) =>
    /^(ErrImage|ImagePull|CrashLoop|CreateContainer\w*Error|InvalidImage)/.test(one?.reason ?? ''),
  );
  if (!stuck) return undefined;
  // A pull that fails has two reasons in turn: one problem all the same.
  const reason = /Image/.test(stuck.reason ?? '')
    ? "its image is not to be had; './run.sh images build nginx' makes it"
    : stuck.reason;
  return `no nginx pod runs in ${PROXY_NAMESPACE}: ${reason}`;
}

/** Installs by running the script in the pod. */
export function installByExec(config: ClientConfig): Install {
  return async ({ metadata: { namespace, name } }, { script }) => {
    const query = new URLSearchParams([
      ['command', 'sh'],
      ['container', CONTAINER],
      ...['stdin', 'stdout', 'stderr'].map((stream): [string, string] => [stream, 'true']),
    ]);
    let output = '';
    const take = (bytes: Buffer) => {
      output += bytes.toString();
    };
    const streams = { stdin: Readable.from([Buffer.from(script)]), stdout: take, stderr: take };
    const path = `${resourcePath(podResource, namespace, name, 'exec')}?${query}`;
    const code = await runExec(config, path, streams, AbortSignal.timeout(EXEC_TIMEOUT_MS));
    const complaint = readComplaint(output);
    if (!complaint && code !== 0) throw new Error(`the script ended with code ${code}: ${output.slice(-300)}`);
    return complaint;
  };
}
