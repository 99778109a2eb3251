/**
 * pods/<name>/log over a WebSocket: every piece of the log is a message, and the end of the log closes the connection.
 *
 * Browsers, which cannot read an HTTP answer as it grows, asked for it; `binary.k8s.io` sends bytes, `base64.binary.k8s.io` text.
 * https://kubernetes.io/docs/concepts/cluster-administration/logging/
 */
import type { IncomingMessage } from 'node:http';
import { pipeline, Writable } from 'node:stream';
import { WebSocketServer } from 'ws';
import type { UpgradeRequest } from './exec';
import { type LogRequest, openLog } from './logs';

const PROTOCOLS = ['binary.k8s.io', 'base64.binary.k8s.io'];
const NORMAL_CLOSURE = 1000;

let sockets: WebSocketServer | undefined;

/** Accepts the WebSocket once the log is there; throws before that, while an HTTP answer is still possible. */
export async function serveLogSocket({ req, socket, head }: UpgradeRequest, asked: LogRequest): Promise<void> {
  const log = await openLog(asked);
  sockets ??= new WebSocketServer({
    noServer: true,
    clientTracking: false,
    handleProtocols: (offered) => [...offered].find((protocol) => PROTOCOLS.includes(protocol)) ?? false,
  });
  socket.once('close', () => log.destroy());
  sockets.handleUpgrade(req, socket, head, (client) => {
    client.on('error', () => client.terminate());
    send(log, client);
  });
}

function send(log: IncomingMessage, client: import('ws').WebSocket): void {
  const isBase64 = client.protocol.startsWith('base64');
  const messages = new Writable({
    write(chunk: Buffer, _encoding, done) {
      client.send(isBase64 ? chunk.toString('base64') : chunk, () => done());
    },
  });
  pipeline(log, messages, () => client.close(NORMAL_CLOSURE));
}
