/**
 * exec and attach over SPDY/3.1, as kubectl before 1.30 speaks, and later ones when WebSockets do not get through.
 *
 * The client opens one stream for each of stdin, stdout, stderr, error and resize, and says which by the header `streamType`; the
 * command starts when all are there. https://kubernetes.io/blog/2024/08/20/websockets-transition/
 */
import type { Duplex } from 'node:stream';
import { SpdySession, type SpdyStream } from '../../../../helper/spdy/session';
import { type Outcome, outcomeBytes } from './outcome';
import type { ClientStreams } from './remote-command';
import { SizeReader } from './terminal-size';
import type { WantedStreams } from './websocket-channels';

/** Newest first; the first the client also speaks is taken. A client that names none speaks the first of all, which had no name. */
export const SPDY_COMMAND_PROTOCOLS: readonly string[] = [
  'v5.channel.k8s.io',
  'v4.channel.k8s.io',
  'v3.channel.k8s.io',
  'v2.channel.k8s.io',
  'channel.k8s.io',
];

/** How long a client may take to open its streams. */
const OPEN_LIMIT_MS = 30_000;

const versionOf = (protocol: string) => Number(/^v(\d)\./.exec(protocol)?.[1] ?? 1);

function expectedTypes(wanted: WantedStreams, version: number): Set<string> {
  const types = new Set(['error']);
  if (wanted.stdin) types.add('stdin');
  if (wanted.stdout) types.add('stdout');
  if (wanted.stderr) types.add('stderr');
  if (wanted.tty && version >= 3) types.add('resize');
  return types;
}

/** Resolves when the client has opened every stream it announced. Rejects, and ends the connection, when it does not. */
export function spdyStreams(socket: Duplex, protocol: string, wanted: WantedStreams): Promise<ClientStreams> {
  const version = versionOf(protocol);
  const missing = expectedTypes(wanted, version);
  const opened = new Map<string, SpdyStream>();
  return new Promise((resolve, reject) => {
    const limit = setTimeout(() => {
      reject(new Error(`timed out waiting for the streams ${[...missing].join(', ')}`));
      session.close();
    }, OPEN_LIMIT_MS);
    const session = new SpdySession(socket, (stream) => {
      const type = stream.headers.get('streamtype') ?? '';
      if (!missing.delete(type)) {
        stream.destroy();
        return;
      }
      opened.set(type, stream);
      if (missing.size > 0) return;
      clearTimeout(limit);
      resolve(clientStreams(session, opened, version));
    });
    session.onGone(() => {
      clearTimeout(limit);
      reject(new Error('the client is gone'));
    });
  });
}

function clientStreams(session: SpdySession, opened: ReadonlyMap<string, SpdyStream>, version: number): ClientStreams {
  const error = opened.get('error');
  const sizes = new SizeReader();
  return {
    stdin: opened.get('stdin'),
    stdout: opened.get('stdout'),
    stderr: opened.get('stderr'),
    onResize: (listener) =>
      void opened.get('resize')?.on('data', (bytes: Buffer) => {
        for (const size of sizes.push(bytes)) listener(size);
      }),
    onGone: (listener) => session.onGone(listener),
    finish: async (outcome: Outcome) => {
      error?.write(outcomeBytes(outcome, version >= 4));
      // An ended stream is how the client knows that it has read all of it.
      for (const stream of opened.values()) stream.end();
      await Promise.all([...opened.values()].map(flushed));
      session.close();
    },
  };
}

function flushed(stream: SpdyStream): Promise<void> {
  return new Promise((resolve) => {
    if (stream.writableFinished || stream.destroyed) return resolve();
    stream.once('finish', () => resolve());
    stream.once('close', () => resolve());
  });
}
