/**
 * grpc probes: one call of `grpc.health.v1.Health/Check`, by hand over node:http2.
 *
 * A gRPC message is five bytes (compressed or not, length) and a protobuf: the request has a service name as field 1, the
 * answer a status as field 1, 1 meaning SERVING. That little is no reason to load a gRPC client into every kubelet.
 * https://kubernetes.io/docs/tasks/configure-pod-container/configure-liveness-readiness-startup-probes/#define-a-grpc-liveness-probe
 */
import { STATUS_CODES } from 'node:http';
import { type ClientHttp2Session, connect, type IncomingHttpHeaders } from 'node:http2';
import { formatDelay } from '../back-off';
import type { ProbeResult } from './probe-result';

const FRAME_HEADER_BYTES = 5;
const MAX_ANSWER_BYTES = 1024;
const SERVING_STATUSES = ['UNKNOWN', 'SERVING', 'NOT_SERVING', 'SERVICE_UNKNOWN'];
/** A server that is not there yet is asked again after this long, as gRPC clients do. */
const RECONNECT_MS = 1000;
const DEADLINE = 'context deadline exceeded';
const CODES = [
  'OK',
  'Canceled',
  'Unknown',
  'InvalidArgument',
  'DeadlineExceeded',
  'NotFound',
  'AlreadyExists',
  'PermissionDenied',
  'ResourceExhausted',
  'FailedPrecondition',
  'Aborted',
  'OutOfRange',
  'Unimplemented',
  'Internal',
  'Unavailable',
  'DataLoss',
  'Unauthenticated',
];
/** What an HTTP status means where there is none of gRPC; any other is Unknown. */
const CODE_OF_HTTP: Readonly<Record<number, string>> = {
  400: 'Internal',
  401: 'Unauthenticated',
  403: 'PermissionDenied',
  404: 'Unimplemented',
  429: 'Unavailable',
  502: 'Unavailable',
  503: 'Unavailable',
  504: 'Unavailable',
};

interface Answer {
  /** gRPC's name of the outcome: `OK`, `NotFound` */
  readonly code: string;
  readonly message: string;
  readonly body: Buffer;
}

/**
 * Never rejects. Whoever cannot be connected to is tried until the time is up: nobody there, no HTTP/2, or TLS where none is
 * expected look the same from here.
 */
export async function probeGrpc(host: string, port: number, service: string, timeoutMs: number): Promise<ProbeResult> {
  const deadline = Date.now() + timeoutMs;
  const session = await connectUntil(host, port, deadline);
  if (!session) {
    const address = `${host.includes(':') ? `[${host}]` : host}:${port}`;
    return failed(`timeout: failed to connect service "${address}" within ${formatDelay(timeoutMs)}: ${DEADLINE}`);
  }
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(DEADLINE)), Math.max(0, deadline - Date.now()));
  });
  try {
    return judge(await Promise.race([check(session, service), timeout]), timeoutMs);
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    if (text === DEADLINE) return judge({ code: 'DeadlineExceeded', message: text, body: Buffer.alloc(0) }, timeoutMs);
    return judge({ code: 'Unavailable', message: text, body: Buffer.alloc(0) }, timeoutMs);
  } finally {
    clearTimeout(timer);
    session.destroy();
  }
}

/** A connection that speaks HTTP/2; undefined when there is none by the deadline. */
async function connectUntil(host: string, port: number, deadline: number): Promise<ClientHttp2Session | undefined> {
  for (let leftMs = deadline - Date.now(); leftMs > 0; leftMs = deadline - Date.now()) {
    const session = await openSession(host, port, leftMs);
    if (session) return session;
    await new Promise((resolve) => setTimeout(resolve, Math.min(RECONNECT_MS, Math.max(0, deadline - Date.now()))));
  }
  return undefined;
}

function failed(output: string): ProbeResult {
  return { outcome: 'failure', output };
}

function openSession(host: string, port: number, limitMs: number): Promise<ClientHttp2Session | undefined> {
  const session = connect(`http://${host.includes(':') ? `[${host}]` : host}:${port}`);
  return new Promise((resolve) => {
    const giveUp = () => {
      session.destroy();
      resolve(undefined);
    };
    const timer = setTimeout(giveUp, limitMs);
    // Only the server's settings prove that it speaks HTTP/2 at all.
    session.once('remoteSettings', () => {
      clearTimeout(timer);
      resolve(session);
    });
    session.once('close', () => {
      clearTimeout(timer);
      giveUp();
    });
    session.on('error', () => undefined);
  });
}

function check(session: ClientHttp2Session, service: string): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const stream = session.request({
      ':method': 'POST',
      ':path': '/grpc.health.v1.Health/Check',
      'content-type': 'application/grpc',
      'user-agent': 'kube-probe/1.32',
      te: 'trailers',
    });
    const chunks: Buffer[] = [];
    // The status comes in the trailers, or with the headers when there is no body.
    let end: IncomingHttpHeaders = {};
    stream.on('response', (headers) => {
      end = headers;
    });
    stream.on('trailers', (trailers) => {
      end = { ...end, ...trailers };
    });
    stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    stream.on('error', reject);
    stream.on('end', () => resolve({ ...outcomeOf(end), body: Buffer.concat(chunks).subarray(0, MAX_ANSWER_BYTES) }));
    stream.end(encodeRequest(service));
  });
}

function outcomeOf(end: IncomingHttpHeaders): Pick<Answer, 'code' | 'message'> {
  const status = end['grpc-status'];
  if (status !== undefined) {
    const code = CODES[Number(status)] ?? `Code(${status})`;
    return { code, message: decodeMessage(String(end['grpc-message'] ?? '')) };
  }
  const http = Number(end[':status'] ?? 0);
  const message = `unexpected HTTP status code received from server: ${http} (${STATUS_CODES[http] ?? ''})`;
  return { code: CODE_OF_HTTP[http] ?? 'Unknown', message };
}

/** What is not encoded properly is taken as it is: a container's server must not be able to stop its kubelet. */
function decodeMessage(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** The framed HealthCheckRequest; no service name means the server as a whole. */
export function encodeRequest(service: string): Buffer {
  const name = Buffer.from(service, 'utf8');
  const message = name.length === 0 ? name : Buffer.concat([Buffer.from([0x0a]), varint(name.length), name]);
  const header = Buffer.alloc(FRAME_HEADER_BYTES);
  header.writeUInt32BE(message.length, 1);
  return Buffer.concat([header, message]);
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return Buffer.from([...bytes, rest]);
    bytes.push((rest % 128) | 0x80);
  }
}

/** The name of the status in a framed HealthCheckResponse; an empty message is UNKNOWN, protobuf's zero. */
export function decodeStatus(body: Buffer): string {
  const message = body.subarray(FRAME_HEADER_BYTES);
  const value = message[0] === 0x08 ? (message[1] ?? 0) : 0;
  return SERVING_STATUSES[value] ?? String(value);
}

function judge({ code, message, body }: Answer, timeoutMs: number): ProbeResult {
  switch (code) {
    case 'OK': {
      const status = decodeStatus(body);
      if (status === 'SERVING') return { outcome: 'success', output: 'service healthy' };
      return failed(`service unhealthy (responded with "${status}")`);
    }
    case 'Unimplemented':
      return failed(
        `error: this server does not implement the grpc health protocol (grpc.health.v1.Health): ${message}`,
      );
    case 'DeadlineExceeded':
      return failed(`timeout: health rpc did not complete within ${formatDelay(timeoutMs)}`);
    default:
      return failed(`error: health rpc probe failed: rpc error: code = ${code} desc = ${message}`);
  }
}
