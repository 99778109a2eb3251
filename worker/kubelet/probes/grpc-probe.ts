/**
 * grpc probes: one call of `grpc.health.v1.Health/Check`, by hand over node:http2.
 *
 * A gRPC message is five bytes (compressed or not, length) and a protobuf: the request has a service name as field 1, the
 * answer a status as field 1, 1 meaning SERVING. That little is no reason to load a gRPC client into every kubelet.
 * https://kubernetes.io/docs/tasks/configure-pod-container/configure-liveness-readiness-startup-probes/#define-a-grpc-liveness-probe
 */
import { type ClientHttp2Session, connect, type IncomingHttpHeaders } from 'node:http2';
import { asDialError } from './http-request';
import type { ProbeResult } from './probe-result';

const FRAME_HEADER_BYTES = 5;
const MAX_ANSWER_BYTES = 1024;
const SERVING_STATUSES = ['UNKNOWN', 'SERVING', 'NOT_SERVING', 'SERVICE_UNKNOWN'];
const GRPC_DEADLINE_EXCEEDED = 4;
const GRPC_UNIMPLEMENTED = 12;

interface Answer {
  readonly grpcStatus: number;
  readonly grpcMessage: string;
  readonly body: Buffer;
}

/** Never rejects. */
export async function probeGrpc(host: string, port: number, service: string, timeoutMs: number): Promise<ProbeResult> {
  const { connect: session, end } = openSession(host, port);
  let timer: NodeJS.Timeout | undefined;
  let isConnected = false;
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('context deadline exceeded')), timeoutMs);
  });
  try {
    const client = await Promise.race([session, timeout]);
    isConnected = true;
    return judge(await Promise.race([check(client, service), timeout]), timeoutMs);
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    if (isConnected) return failed(`error: health rpc probe failed: ${text}`);
    return failed(`timeout: failed to connect service "${host}:${port}" within ${timeoutMs / 1000}s: ${text}`);
  } finally {
    clearTimeout(timer);
    end();
  }
}

function failed(output: string): ProbeResult {
  return { outcome: 'failure', output };
}

function openSession(host: string, port: number): { connect: Promise<ClientHttp2Session>; end: () => void } {
  const session = connect(`http://${host.includes(':') ? `[${host}]` : host}:${port}`);
  const connected = new Promise<ClientHttp2Session>((resolve, reject) => {
    // Only the server's settings prove that it speaks HTTP/2 at all.
    session.once('remoteSettings', () => resolve(session));
    session.once('close', () => reject(new Error('connection closed')));
    session.on('error', (error) => reject(asDialError(error, host, port)));
  });
  connected.catch(() => undefined);
  return { connect: connected, end: () => session.destroy() };
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
    stream.on('end', () => {
      const grpcStatus = Number(end['grpc-status'] ?? (Number(end[':status']) === 200 ? 2 : GRPC_UNIMPLEMENTED));
      const grpcMessage = decodeURIComponent(String(end['grpc-message'] ?? ''));
      resolve({ grpcStatus, grpcMessage, body: Buffer.concat(chunks).subarray(0, MAX_ANSWER_BYTES) });
    });
    stream.end(encodeRequest(service));
  });
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

function judge({ grpcStatus, grpcMessage, body }: Answer, timeoutMs: number): ProbeResult {
  if (grpcStatus === GRPC_UNIMPLEMENTED) {
    const text = 'error: this server does not implement the grpc health protocol (grpc.health.v1.Health)';
    return failed(`${text}: ${grpcMessage}`);
  }
  if (grpcStatus === GRPC_DEADLINE_EXCEEDED) {
    return failed(`timeout: health rpc did not complete within ${timeoutMs / 1000}s`);
  }
  if (grpcStatus !== 0) {
    return failed(`error: health rpc probe failed: rpc error: code = ${grpcStatus} desc = ${grpcMessage}`);
  }
  const status = decodeStatus(body);
  if (status === 'SERVING') return { outcome: 'success', output: '' };
  return failed(`service unhealthy (responded with "${status}")`);
}
