/**
 * `port-forward TYPE/NAME [LOCAL:]REMOTE ...`: ports of a pod on this machine, until Ctrl-C or the pod's end.
 * https://kubernetes.io/docs/reference/kubectl/generated/kubectl_port-forward/
 */
import { type Pod, podResource } from '../../../helper/api/core/pod';
import type { Service } from '../../../helper/api/core/service';
import { resourcePath } from '../../../helper/api/resource';
import { CommandError } from '../command-error';
import { durationMs } from '../flags';
import { ForwardSession } from '../port-forward/forward-session';
import { listenAll, parseAddresses } from '../port-forward/listen';
import { type ForwardedPort, parsePort, podPortWord, servicePortWord } from '../port-forward/ports';
import { getObject } from '../resources/get-object';
import { podsBehind } from '../resources/pods-behind';
import { type AddVerb, type Context, defineVerb, type Verb } from '../verb';

interface PortForwardFlags {
  readonly address: readonly string[];
  readonly podRunningTimeout: string;
}

interface PortForwardRequest {
  readonly pod: Pod;
  readonly ports: readonly ForwardedPort[];
  readonly addresses: readonly (readonly string[])[];
}

async function wordsForPod(target: string, words: readonly string[], pod: Pod, context: Context): Promise<string[]> {
  const [type, name] = target.includes('/') ? target.split('/', 2) : ['pods', target];
  const resource = await context.discovery.find(type ?? '');
  if (resource.plural !== 'services' || resource.group !== '') return words.map((word) => podPortWord(word, pod));
  const service = await getObject<Service>(context.client, resource, context.namespace, name ?? '');
  return words.map((word) => servicePortWord(word, service, pod));
}

const verb: Verb<PortForwardFlags, PortForwardRequest> = {
  async complete({ args: [target, ...words], flags }, context) {
    if (!target || words.length === 0) {
      throw new CommandError(
        "TYPE/NAME and list of ports are required for port-forward\nSee 'kubectl port-forward -h' for help and examples",
      );
    }
    const limitMs = durationMs(flags.podRunningTimeout);
    if (limitMs <= 0) throw new CommandError('--pod-running-timeout must be higher than zero');
    const [pod] = await podsBehind(target, context, limitMs);
    if (!pod) throw new CommandError(`no pod found for ${target}`);
    const ports = (await wordsForPod(target, words, pod, context)).map(parsePort);
    return { pod, ports, addresses: parseAddresses(flags.address) };
  },
  validate({ pod }) {
    const phase = pod.status?.phase;
    if (phase !== 'Running')
      throw new CommandError(`unable to forward port because pod is not running. Current status=${phase}`);
  },
  async run({ pod, ports, addresses }, { connection, output, signal }) {
    const { namespace = '', name } = pod.metadata;
    const path = resourcePath(podResource, namespace, name, 'portforward');
    const session = await ForwardSession.open(connection.config, path);
    // As with stock kubectl, one connection that fails ends all: the pod may be another one by now.
    const gone = new Promise<void>((resolve) => session.onGone(resolve));
    try {
      const listeners = await listenAll(
        ports,
        addresses,
        (socket, { remote }, local) => {
          output.out(`Handling connection for ${local}\n`);
          session.join(socket, remote, (words) => {
            output.err(`an error occurred forwarding ${local} -> ${remote}: ${words}\n`);
            session.close();
          });
        },
        output,
      );
      signal.addEventListener('abort', () => session.close());
      await gone;
      for (const { server } of listeners) server.close();
      if (!signal.aborted) throw new CommandError('lost connection to pod');
    } finally {
      session.close();
    }
  },
};

export const addPortForward: AddVerb = (program, host) => {
  const command = program
    .command('port-forward')
    .description('ports of a pod on this machine: port-forward svc/web 8080:80')
    .option('--address <addresses>', 'addresses to listen on', (text: string) => text.split(','), ['localhost'])
    .option('--pod-running-timeout <duration>', 'how long to wait for a pod', '1m0s');
  defineVerb(command, host, verb);
};
