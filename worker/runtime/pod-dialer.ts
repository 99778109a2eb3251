/**
 * Connections to ports inside a pod, as its own programs see them: `localhost` there is not `localhost` here.
 *
 * A socket belongs for life to the network namespace it was made in, whoever holds it. So a helper, a second Node.js started inside the
 * pod's namespace by `nsenter`, does nothing but connect, and hands the finished socket over; the bytes do not pass through it. It lives
 * as long as connections keep being asked for. https://man7.org/linux/man-pages/man7/network_namespaces.7.html
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { connect, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { RuntimeError } from './runtime';

/** `localhost`, in the order Kubernetes tries them. */
export const LOOPBACK: readonly string[] = ['127.0.0.1', '::1'];

const DIAL_LIMIT_MS = 10_000;
/** A helper nobody asked for so long is ended. */
const IDLE_MS = 15_000;

/** What the helper runs. `socket.pause()`: the first bytes of a server that speaks first are left for us to read. */
const HELPER = `
const { connect } = require('node:net');
function dial(id, port, hosts) {
  const socket = connect({ host: hosts[0], port, allowHalfOpen: true });
  socket.pause();
  socket.once('connect', () => process.send({ id }, socket));
  socket.once('error', (error) => {
    if (hosts.length > 1) dial(id, port, hosts.slice(1));
    else process.send({ id, error: error.message });
  });
}
process.on('message', ({ id, port, hosts }) => dial(id, port, hosts));
process.on('disconnect', () => process.exit());
`;

interface Answer {
  readonly id: number;
  readonly error?: string;
}

interface Asked {
  resolve(socket: Socket): void;
  reject(error: Error): void;
}

/** One helper: a process inside one pod's network namespace. */
class Helper {
  private readonly child: ChildProcess;
  private readonly asked = new Map<number, Asked>();
  private lastId = 0;
  private idle: NodeJS.Timeout | undefined;

  constructor(pid: number, onEnded: () => void) {
    const inside = [`--net=/proc/${pid}/ns/net`, '--', process.execPath, '-e', HELPER];
    this.child = spawn('nsenter', inside, { stdio: ['ignore', 'ignore', 'ignore', 'ipc'], env: {} });
    this.child.on('message', (answer: Answer, socket?: unknown) => this.onAnswer(answer, socket as Socket | undefined));
    const end = (reason: string) => {
      for (const { reject } of this.asked.values()) reject(new Error(reason));
      this.asked.clear();
      onEnded();
    };
    this.child.once('error', (error) => end(error.message));
    this.child.once('exit', () => end('the helper inside the pod ended'));
    this.restUntilAsked();
  }

  dial(port: number): Promise<Socket> {
    clearTimeout(this.idle);
    this.lastId += 1;
    const id = this.lastId;
    return new Promise<Socket>((resolve, reject) => {
      const limit = setTimeout(() => {
        this.asked.delete(id);
        this.restUntilAsked();
        reject(new Error('timed out'));
      }, DIAL_LIMIT_MS);
      const settle = <T>(deliver: (value: T) => void) => {
        return (value: T) => {
          clearTimeout(limit);
          this.asked.delete(id);
          this.restUntilAsked();
          deliver(value);
        };
      };
      this.asked.set(id, { resolve: settle(resolve), reject: settle(reject) });
      this.child.send({ id, port, hosts: LOOPBACK }, (error) => error && this.asked.get(id)?.reject(error));
    });
  }

  end(): void {
    clearTimeout(this.idle);
    if (this.child.connected) this.child.disconnect();
    this.child.kill('SIGKILL');
  }

  private onAnswer({ id, error }: Answer, socket: Socket | undefined): void {
    const asked = this.asked.get(id);
    // Asked for no longer: it took too long.
    if (!asked) socket?.destroy();
    else if (socket) {
      socket.allowHalfOpen = true;
      socket.setNoDelay(true);
      asked.resolve(socket);
    } else asked.reject(new Error(error ?? 'the connection was closed at once'));
  }

  private restUntilAsked(): void {
    clearTimeout(this.idle);
    if (this.asked.size === 0) this.idle = setTimeout(() => this.end(), IDLE_MS).unref();
  }
}

/** The helpers of this node, one a pod that is being dialled. */
export class PodDialer {
  private readonly helpers = new Map<string, Helper>();

  /** `pid`: a process in the pod's network namespace. Throws NotFound with the reason. */
  async dial(sandboxId: string, pid: number, port: number): Promise<Duplex> {
    let helper = this.helpers.get(sandboxId);
    if (!helper) {
      const made = new Helper(pid, () => {
        if (this.helpers.get(sandboxId) === made) this.helpers.delete(sandboxId);
      });
      helper = made;
      this.helpers.set(sandboxId, helper);
    }
    try {
      return await helper.dial(port);
    } catch (error) {
      throw cannotConnect(port, error);
    }
  }

  close(): void {
    for (const helper of this.helpers.values()) helper.end();
    this.helpers.clear();
  }
}

/** Connects from this process' own network: the first of these addresses that answers. Throws NotFound with the reason. */
export async function dialHost(hosts: readonly string[], port: number): Promise<Duplex> {
  let failure: unknown = new Error('no address');
  for (const host of hosts) {
    try {
      return await connectTo(host, port);
    } catch (error) {
      failure = error;
    }
  }
  throw cannotConnect(port, failure);
}

function connectTo(host: string, port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, allowHalfOpen: true, noDelay: true });
    const limit = setTimeout(() => socket.destroy(new Error('timed out')), DIAL_LIMIT_MS);
    const fail = (error: Error) => {
      clearTimeout(limit);
      reject(error);
    };
    socket.once('error', fail);
    socket.once('connect', () => {
      clearTimeout(limit);
      socket.off('error', fail);
      resolve(socket);
    });
  });
}

function cannotConnect(port: number, error: unknown): RuntimeError {
  const reason = error instanceof Error ? error.message : String(error);
  return new RuntimeError('NotFound', `failed to connect to port ${port} inside the pod: ${reason}`, { cause: error });
}
