/**
 * `curl URL`: a request made from inside the cluster network: by wget or curl in a running pod, else from this host.
 *
 * From the host only addresses are dialled that this host routes to the cluster's own bridge: anything else would leave the machine
 * and be answered by somebody who is not the cluster.
 */
import { execFile } from 'node:child_process';
import { isIP } from 'node:net';
import { promisify } from 'node:util';
import { type Pod, podResource } from '../../../helper/api/core/pod';
import { CommandError, SilentExit } from '../command-error';
import { execCaptured } from '../exec/exec-in-pod';
import { type AddVerb, type Context, defineVerb, type Verb } from '../verb';

const TIMEOUT_SECONDS = 10;
/** Pods asked for a client before giving up. */
const MAX_PODS = 5;
const NO_SUCH_COMMAND = new Set([126, 127]);

const fetchers = (url: string): readonly string[][] => [
  ['wget', '-q', '-O', '-', url],
  ['curl', '-sS', url],
];

const isRunning = (pod: Pod) =>
  pod.status?.phase === 'Running' && !pod.metadata.deletionTimestamp && !pod.spec?.hostNetwork;

/** true when a pod has made the request, well or not */
async function fetchInPods(url: string, context: Context): Promise<boolean> {
  const { items } = await context.client.list(podResource, { namespace: context.namespace });
  for (const pod of items.filter(isRunning).slice(0, MAX_PODS)) {
    const container = pod.spec?.containers[0]?.name ?? '';
    for (const command of fetchers(url)) {
      const limit = AbortSignal.timeout(TIMEOUT_SECONDS * 1000);
      const signal = AbortSignal.any([context.signal, limit]);
      const result = await execCaptured({ pod, container, command }, context, signal).catch(() => undefined);
      if (limit.aborted) throw new CommandError(`curl: ${url} did not answer within ${TIMEOUT_SECONDS} s`);
      // An image without this program: another program, another pod.
      if (!result || NO_SUCH_COMMAND.has(result.code)) continue;
      context.output.out(result.stdout);
      context.output.err(result.stderr);
      if (result.code !== 0) throw new SilentExit(result.code);
      return true;
    }
  }
  return false;
}

/** Throws when the address is none of the cluster's. */
async function checkRoute(host: string, bridgeName: string): Promise<void> {
  if (!isIP(host))
    throw new CommandError(
      `curl: no running pod can resolve ${JSON.stringify(host)}, and from this host only addresses can be dialled`,
    );
  const { stdout } = await promisify(execFile)('ip', ['route', 'get', host]).catch((error: Error) => ({
    stdout: error.message,
  }));
  if (!stdout.includes(`dev ${bridgeName} `))
    throw new CommandError(`curl: ${host} is no address of the cluster: this host does not route it to ${bridgeName}`);
}

async function fetchFromHost(url: URL, context: Context): Promise<void> {
  await checkRoute(url.hostname.replace(/^\[|\]$/g, ''), context.shell.settings.bridgeName);
  const signal = AbortSignal.any([context.signal, AbortSignal.timeout(TIMEOUT_SECONDS * 1000)]);
  const response = await fetch(url, { signal }).catch((error: Error & { cause?: Error }) => {
    throw new CommandError(`curl: ${url.href}: ${error.cause?.message ?? error.message}`);
  });
  context.output.out(await response.text());
}

const verb: Verb<object, { readonly words: readonly string[] }> = {
  complete: ({ args }) => ({ words: args }),
  validate({ words }) {
    const [url] = words;
    if (words.length !== 1 || !url) throw new CommandError('curl what? Expected curl URL');
    if (!URL.canParse(withScheme(url)) || !/^https?:/.test(withScheme(url)))
      throw new CommandError(`curl: ${JSON.stringify(url)} is no http URL`);
  },
  async run({ words }, context) {
    const url = withScheme(words[0] ?? '');
    if (!(await fetchInPods(url, context))) await fetchFromHost(new URL(url), context);
  },
};

const withScheme = (text: string) => (/^[a-z]+:\/\//i.test(text) ? text : `http://${text}`);

export const addCurl: AddVerb = (program, host) =>
  defineVerb(program.command('curl').description('request a URL from inside the cluster network'), host, verb);
