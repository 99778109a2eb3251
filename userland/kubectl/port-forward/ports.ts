/**
 * The ports of `port-forward`: from words such as `8080:80`, `:80`, `http` to numbers. Pure.
 *
 * A port of a Service is one of its `port`s; what is dialled in the pod is that port's `targetPort`, a number or the name of a
 * container's port.
 * https://kubernetes.io/docs/tasks/access-application-cluster/port-forward-access-application-cluster/
 */
import type { Pod } from '../../../helper/api/core/pod';
import type { Service } from '../../../helper/api/core/service';
import { CommandError } from '../command-error';

export interface ForwardedPort {
  /** on this machine; 0: any free one */
  readonly local: number;
  /** in the pod */
  readonly remote: number;
}

function portNumber(text: string, word: string, side: 'local' | 'remote'): number {
  const port = Number(text);
  if (!/^\d+$/.test(text) || port > 65_535)
    throw new CommandError(
      `error parsing ${side} port '${text}': strconv.ParseUint: parsing ${JSON.stringify(text)}: ${/^\d+$/.test(text) ? 'value out of range' : 'invalid syntax'}`,
    );
  if (side === 'remote' && port === 0) throw new CommandError('remote port must be > 0');
  return word === '' ? 0 : port;
}

/** `8080:80`, `80` and `:80` as numbers. Throws stock kubectl's words for anything else. */
export function parsePort(word: string): ForwardedPort {
  const parts = word.split(':');
  if (parts.length > 2) throw new CommandError(`invalid port format '${word}'`);
  const [first = '', second = first] = parts;
  const local = first === '' ? 0 : portNumber(first, word, 'local');
  return { local, remote: portNumber(second, word, 'remote') };
}

/** The word's two sides; the local one is empty in `:80`, and the remote one's twin in `80`. */
function sidesOf(word: string): [string, string] {
  const colon = word.indexOf(':');
  return colon < 0 ? [word, word] : [word.slice(0, colon), word.slice(colon + 1)];
}

function namedPort(pod: Pod, name: string): number {
  const ports = (pod.spec?.containers ?? []).flatMap((container) => container.ports ?? []);
  const found = ports.find((port) => port.name === name);
  if (!found) throw new CommandError(`Pod '${pod.metadata.name}' does not have a named port '${name}'`);
  return found.containerPort;
}

/** The word with the name of a container's port replaced by its number; UDP cannot be forwarded. */
export function podPortWord(word: string, pod: Pod): string {
  const [local, remote] = sidesOf(word);
  const number = /^\d+$/.test(remote) || remote === '' ? remote : String(namedPort(pod, remote));
  const isUdp = (pod.spec?.containers ?? [])
    .flatMap((container) => container.ports ?? [])
    .filter(({ containerPort }) => String(containerPort) === number);
  if (isUdp.length > 0 && isUdp.every(({ protocol }) => protocol === 'UDP'))
    throw new CommandError(`UDP protocol is not supported for ${number}`);
  return local === remote ? number : `${local}:${number}`;
}

/** The word with a port of the Service replaced by the port of the pod behind it. */
export function servicePortWord(word: string, service: Service, pod: Pod): string {
  const [local, remote] = sidesOf(word);
  const ports = service.spec?.ports ?? [];
  const wanted = ports.find(({ name, port }) => (/^\d+$/.test(remote) ? port === Number(remote) : name === remote));
  if (!wanted) {
    throw new CommandError(
      /^\d+$/.test(remote)
        ? `Service ${service.metadata.name} does not have a service port ${remote}`
        : `Service '${service.metadata.name}' does not have a named port '${remote}'`,
    );
  }
  if (wanted.protocol === 'UDP') throw new CommandError(`UDP protocol is not supported for ${remote}`);
  const target = wanted.targetPort ?? wanted.port;
  const isHeadless = service.spec?.clusterIP === 'None';
  const number = isHeadless && typeof target === 'number' ? wanted.port : target;
  const inPod = typeof number === 'number' ? number : namedPort(pod, number);
  // `80` alone is the Service's port here, too; where it has a name, the pod's.
  const here = local === remote ? (/^\d+$/.test(remote) ? remote : String(wanted.port)) : local;
  return `${here}:${inPod}`;
}
