/**
 * Requests that leave HTTP: exec, attach and portForward, over WebSocket or SPDY; and dial, a bare connection to a pod's port.
 *
 * The API server passes the client's upgrade on byte for byte, so what kubectl speaks is spoken here. Until the upgrade is accepted an
 * error is a plain HTTP answer; afterwards it travels on the error channel.
 * https://kubernetes.io/docs/concepts/architecture/control-plane-node-communication/#apiserver-to-kubelet
 */
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { WebSocket, WebSocketServer } from 'ws';
import type { Runtime } from '../../../runtime/runtime';
import { isTrue } from '../container-logs';
import { HttpError } from '../http-error';
import type { PodFinder } from '../pod-finder';
import { acceptSpdy, spdyProtocol, wantsSpdy, websocketProtocol } from './negotiate';
import { exitOutcome, SUCCESS } from './outcome';
import { joinBoth, PORT_FORWARD_PROTOCOL, servePortForward, TUNNEL_PROTOCOL } from './port-forward';
import { type ClientStreams, serveCommand } from './remote-command';
import { SPDY_COMMAND_PROTOCOLS, spdyStreams } from './spdy-channels';
import { CHANNEL_PROTOCOLS, type WantedStreams, websocketStreams } from './websocket-channels';

/** A request whose connection is to be taken over. */
export interface Upgrade {
  readonly request: IncomingMessage;
  readonly socket: Duplex;
  readonly head: Buffer;
}

/** Streams the query asks for, by today's names or those of the first kubelets. Throws HttpError 400 when none is. */
export function wantedStreams(query: URLSearchParams): WantedStreams {
  const wants = (...names: string[]) => names.some((name) => isTrue(query.get(name)));
  const tty = wants('tty');
  const wanted = { stdin: wants('stdin', 'input'), stdout: wants('stdout', 'output'), tty };
  // A terminal is one stream: what the command writes to stderr comes on stdout.
  const stderr = !tty && wants('stderr', 'error');
  if (!wanted.stdin && !wanted.stdout && !stderr) {
    throw new HttpError(400, 'you must specify at least 1 of stdin, stdout, stderr');
  }
  return { ...wanted, stderr };
}

export class StreamServer {
  private sockets: WebSocketServer | undefined;
  private readonly connections = new Set<Duplex>();

  constructor(
    private readonly runtime: Runtime,
    private readonly finder: PodFinder,
  ) {}

  /** Takes the connection over; throws while it still can be answered over HTTP. */
  async serve(verb: string, place: readonly string[], query: URLSearchParams, upgrade: Upgrade): Promise<void> {
    this.connections.add(upgrade.socket);
    upgrade.socket.once('close', () => this.connections.delete(upgrade.socket));
    if (verb === 'exec' || verb === 'attach') await this.serveCommand(verb, place, query, upgrade);
    else if (verb === 'portForward') await this.servePorts(place, upgrade);
    else if (verb === 'dial') await this.serveDial(place, upgrade);
    else throw new HttpError(404, '404 page not found');
  }

  /** Ends every stream; the processes of containers live on. */
  close(): void {
    for (const socket of this.connections) socket.destroy();
  }

  private async serveCommand(
    verb: 'exec' | 'attach',
    place: readonly string[],
    query: URLSearchParams,
    upgrade: Upgrade,
  ): Promise<void> {
    const container = await this.finder.runningContainer(place);
    const wanted = wantedStreams(query);
    const command = query.getAll('command');
    const client = await this.clientStreams(wanted, upgrade);
    const { runtime } = this;
    if (verb === 'exec') {
      const start = () => runtime.exec(container.id, { ...wanted, command });
      await serveCommand(client, start, (exitCode) => exitOutcome(exitCode, command));
    } else {
      // The end of an attach is the end of the watching; how the container ended is told by its status.
      await serveCommand(
        client,
        () => runtime.attach(container.id, wanted),
        () => SUCCESS,
      );
    }
  }

  private async clientStreams(wanted: WantedStreams, upgrade: Upgrade): Promise<ClientStreams> {
    if (wantsSpdy(upgrade.request)) {
      const protocol = spdyProtocol(upgrade.request, SPDY_COMMAND_PROTOCOLS);
      acceptSpdy(upgrade.socket, upgrade.head, protocol);
      return await spdyStreams(upgrade.socket, protocol, wanted);
    }
    const protocol = websocketProtocol(upgrade.request, CHANNEL_PROTOCOLS);
    return websocketStreams(await this.acceptWebSocket(upgrade, protocol), protocol, wanted);
  }

  private async servePorts(place: readonly string[], upgrade: Upgrade): Promise<void> {
    const { pod, sandbox } = await this.finder.runningSandbox(place);
    const dial = (port: number) => this.runtime.dial(sandbox, port, 'localhost');
    const { name = '' } = pod.metadata;
    if (wantsSpdy(upgrade.request)) {
      acceptSpdy(upgrade.socket, upgrade.head, spdyProtocol(upgrade.request, [PORT_FORWARD_PROTOCOL]));
      servePortForward(upgrade.socket, name, dial);
      return;
    }
    const { createWebSocketStream } = await import('ws');
    const protocol = websocketProtocol(upgrade.request, [TUNNEL_PROTOCOL]);
    const socket = await this.acceptWebSocket(upgrade, protocol);
    servePortForward(createWebSocketStream(socket), name, dial);
  }

  /** `/dial/<namespace>/<pod>/<port>`: the API server's way into a pod for its proxy subresources; not part of Kubernetes' kubelet. */
  private async serveDial(place: readonly string[], { socket, head }: Upgrade): Promise<void> {
    const port = Number(place[2]);
    if (!Number.isInteger(port) || port < 1 || port > 65_535) throw new HttpError(400, `"${place[2]}" is no port`);
    const { sandbox } = await this.finder.runningSandbox(place);
    const connection = await this.runtime.dial(sandbox, port, 'podAddress');
    socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n');
    if (head.length > 0) socket.unshift(head);
    await joinBoth(socket, connection);
  }

  /**
   * Accepts it paused: what the client sends at once must not be read before somebody listens. The sub-protocol is chosen here, since
   * the library takes no name with a slash in it, and kubectl's has one.
   */
  private async acceptWebSocket({ request, socket, head }: Upgrade, protocol: string): Promise<WebSocket> {
    const { WebSocketServer } = await import('ws');
    this.sockets ??= new WebSocketServer({ noServer: true, clientTracking: false });
    const { sockets } = this;
    delete request.headers['sec-websocket-protocol'];
    return await new Promise<WebSocket>((resolve) => {
      sockets.once('headers', (lines) => {
        if (protocol) lines.push(`Sec-WebSocket-Protocol: ${protocol}`);
      });
      // Answers at once, within this call; so the lines above are this request's.
      sockets.handleUpgrade(request, socket, head, (websocket) => {
        websocket.on('error', () => websocket.terminate());
        websocket.pause();
        resolve(websocket);
      });
    });
  }
}
