/**
 * Port forwarding: SPDY streams in pairs, one pair a connection to the pod.
 *
 * For every connection kubectl accepts it opens an `error` and a `data` stream with the same `requestID` and the port in their headers.
 * When both are there the pod's port is dialled; what is refused is said on the error stream, and the other connections go on.
 * https://kubernetes.io/docs/tasks/access-application-cluster/port-forward-access-application-cluster/
 */
import { type Duplex, pipeline } from 'node:stream';
import { SpdySession, type SpdyStream } from '../../../../helper/spdy/session';

/** `X-Stream-Protocol-Version` of a SPDY upgrade. */
export const PORT_FORWARD_PROTOCOL = 'portforward.k8s.io';
/** WebSocket sub-protocol whose binary messages carry the bytes of a SPDY connection, as kubectl since 1.31 speaks. */
export const TUNNEL_PROTOCOL = 'SPDY/3.1+portforward.k8s.io';

/** How long the second stream of a pair may take. */
const PAIR_LIMIT_MS = 30_000;
/** Pairs waiting for their second stream. */
const MAX_WAITING = 100;

/** Connects to a port of the pod; throws with the reason. */
export type DialPort = (port: number) => Promise<Duplex>;

interface Waiting {
  readonly error?: SpdyStream;
  readonly data?: SpdyStream;
  readonly limit: NodeJS.Timeout;
}

/** Serves until the client goes away. `podName` is for messages. */
export function servePortForward(socket: Duplex, podName: string, dial: DialPort): void {
  const waiting = new Map<string, Waiting>();
  const session = new SpdySession(socket, (stream) => {
    const type = stream.headers.get('streamtype');
    if (type !== 'error' && type !== 'data') {
      stream.destroy();
      return;
    }
    const id = pairId(stream, type);
    const before = waiting.get(id);
    clearTimeout(before?.limit);
    waiting.delete(id);
    const pair = { error: before?.error, data: before?.data, [type]: stream };
    if (pair.error && pair.data) {
      void forward(pair.error, pair.data, podName, dial);
      return;
    }
    if (before || waiting.size >= MAX_WAITING) stream.destroy();
    else {
      const giveUp = () => {
        waiting.delete(id);
        stream.destroy();
      };
      waiting.set(id, { [type]: stream, limit: setTimeout(giveUp, PAIR_LIMIT_MS) });
    }
  });
  session.onGone(() => {
    for (const { limit } of waiting.values()) clearTimeout(limit);
  });
}

/** Clients older than `requestID` open the error stream first and the data stream right after it. */
function pairId({ headers, id }: SpdyStream, type: 'error' | 'data'): string {
  return headers.get('requestid') ?? String(type === 'error' ? id : id - 2);
}

async function forward(error: SpdyStream, data: SpdyStream, podName: string, dial: DialPort): Promise<void> {
  // Nothing comes on it, but its end must be seen.
  error.resume();
  const port = Number(data.headers.get('port'));
  try {
    if (!Number.isInteger(port) || port < 1 || port > 65_535) {
      throw new Error(`unable to parse port "${data.headers.get('port') ?? ''}"`);
    }
    const connection = await dial(port);
    await joinBoth(data, connection);
    error.end();
  } catch (failure) {
    const reason = failure instanceof Error ? failure.message : String(failure);
    error.end(`error forwarding port ${port} to pod ${podName}: ${reason}`);
    data.end();
    data.resume();
  }
}

/** Resolves when both directions have ended; a side that breaks breaks the other. */
export function joinBoth(a: Duplex, b: Duplex): Promise<void> {
  const oneWay = (from: Duplex, to: Duplex) => new Promise<void>((resolve) => pipeline(from, to, () => resolve()));
  return Promise.all([oneWay(a, b), oneWay(b, a)]).then(() => undefined);
}
