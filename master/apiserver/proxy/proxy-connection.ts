/**
 * The connection behind a proxy request: to the kubelet, to an address, or through the kubelet into one of its pods.
 *
 * Kubernetes' API server dials pods itself and so needs a route to them, or a tunnel beside it; here the kubelet does, on the connection
 * it is asked on (`Upgrade: tcp`), so the API server may stand anywhere.
 * https://kubernetes.io/docs/concepts/architecture/control-plane-node-communication/#control-plane-to-node
 */
import { request as httpsRequest } from 'node:https';
import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { KubeletTarget } from './kubelet-connection';
import type { ProxyTarget } from './proxy-target';

const CONNECT_LIMIT_MS = 30_000;
const LONGEST_REASON = 1000;

/** Connects; rejects with the reason. What comes back speaks HTTP, TLS is done already. */
export async function connectToTarget(target: ProxyTarget): Promise<Socket> {
  if (target.kind === 'kubelet') {
    return await connected(connectTls({ ...target.kubelet, servername: '' }), 'secureConnect');
  }
  const { host, port, scheme } = target;
  const raw =
    target.kind === 'pod'
      ? await dialThroughKubelet(target.kubelet, [target.namespace, target.name, String(port)])
      : await connected(connectTcp({ host, port, noDelay: true }), 'connect');
  if (scheme === 'http') return raw;
  // A pod's certificate is signed by whomever it likes; Kubernetes does not check it either.
  return await connected(connectTls({ socket: raw, rejectUnauthorized: false }), 'secureConnect');
}

function connected(socket: Socket, event: 'connect' | 'secureConnect'): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const limit = setTimeout(() => socket.destroy(new Error('i/o timeout')), CONNECT_LIMIT_MS);
    const fail = (error: Error) => {
      clearTimeout(limit);
      socket.destroy();
      reject(error);
    };
    socket.once('error', fail);
    socket.once(event, () => {
      clearTimeout(limit);
      socket.off('error', fail);
      resolve(socket);
    });
  });
}

function dialThroughKubelet(kubelet: KubeletTarget, place: readonly string[]): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const headers = { connection: 'Upgrade', upgrade: 'tcp' };
    const path = `/dial/${place.map(encodeURIComponent).join('/')}`;
    const asked = httpsRequest({ ...kubelet, path, headers, agent: false, timeout: CONNECT_LIMIT_MS });
    asked.once('upgrade', (_response, socket: Socket, head: Buffer) => {
      socket.setTimeout(0);
      if (head.length > 0) socket.unshift(head);
      resolve(socket);
    });
    asked.once('response', async (response) => {
      let text = '';
      for await (const chunk of response) if (text.length < LONGEST_REASON) text += chunk;
      reject(new Error(text.trim() || `the kubelet answered ${response.statusCode}`));
    });
    asked.once('timeout', () => asked.destroy(new Error('i/o timeout')));
    asked.once('error', reject);
    asked.end();
  });
}
