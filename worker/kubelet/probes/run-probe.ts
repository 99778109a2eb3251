/**
 * One probe attempt: a command in the container, an HTTP request, or a TCP connection.
 *
 * https://kubernetes.io/docs/tasks/configure-pod-container/configure-liveness-readiness-startup-probes/
 */
import * as http from 'node:http';
import * as https from 'node:https';
import { connect } from 'node:net';
import type { Container, Probe } from 'kubernetes-types/core/v1';
import type { Runtime } from '../../runtime/runtime';
import { resolvePort } from './resolve-port';
import { runCommand } from './run-command';

const MAX_BODY_BYTES = 10_240;
const USER_AGENT = 'kube-probe/1.32';

export interface ProbeTarget {
  readonly containerId: string;
  readonly container: Container;
  readonly podIp: string;
}

export interface ProbeResult {
  readonly isSuccess: boolean;
  /** what to show of a failure */
  readonly output: string;
}

export interface HttpTarget {
  readonly host: string;
  readonly port: number;
  readonly path?: string;
  readonly scheme?: string;
  readonly httpHeaders?: readonly { readonly name: string; readonly value: string }[];
}

/** Never rejects: a probe that cannot be made is a failed one. */
export async function runProbe(runtime: Runtime, probe: Probe, target: ProbeTarget): Promise<ProbeResult> {
  const timeoutMs = (probe.timeoutSeconds ?? 1) * 1000;
  try {
    if (probe.exec) {
      const { exitCode, output } = await runCommand(runtime, target.containerId, probe.exec.command ?? [], timeoutMs);
      return { isSuccess: exitCode === 0, output };
    }
    if (probe.httpGet) return await probeHttp(probe.httpGet, target, timeoutMs);
    if (probe.tcpSocket) {
      await dial(probe.tcpSocket.host ?? target.podIp, resolvePort(target.container, probe.tcpSocket.port), timeoutMs);
      return { isSuccess: true, output: '' };
    }
    // Kubernetes also speaks gRPC health checks; left out until a workload here needs a gRPC client in the kubelet.
    return { isSuccess: false, output: 'grpc probes are not supported by this node' };
  } catch (error) {
    return { isSuccess: false, output: error instanceof Error ? error.message : String(error) };
  }
}

async function probeHttp(
  get: NonNullable<Probe['httpGet']>,
  target: ProbeTarget,
  timeoutMs: number,
): Promise<ProbeResult> {
  const port = resolvePort(target.container, get.port);
  const url = `${(get.scheme ?? 'HTTP').toLowerCase()}://${get.host ?? target.podIp}:${port}${get.path ?? '/'}`;
  try {
    const { status } = await requestHttp({ ...get, host: get.host ?? target.podIp, port }, timeoutMs);
    const isSuccess = status >= 200 && status < 400;
    return { isSuccess, output: isSuccess ? '' : `HTTP probe failed with statuscode: ${status}` };
  } catch (error) {
    return { isSuccess: false, output: `Get "${url}": ${error instanceof Error ? error.message : String(error)}` };
  }
}

/** A GET whose certificate is not checked and whose redirects are not followed; resolves with status and body. */
export function requestHttp(target: HttpTarget, timeoutMs: number): Promise<{ status: number; body: string }> {
  const { host, port, path = '/', scheme = 'HTTP', httpHeaders = [] } = target;
  const headers: Record<string, string> = { 'User-Agent': USER_AGENT, Accept: '*/*', Connection: 'close' };
  for (const { name, value } of httpHeaders) headers[name] = value;
  const isHttps = scheme.toUpperCase() === 'HTTPS';
  const options = { host, port, path, headers, agent: false as const, rejectUnauthorized: false };
  return new Promise((resolve, reject) => {
    const request = (isHttps ? https : http).request(options, (response) => {
      const chunks: Buffer[] = [];
      let size = 0;
      const finish = () => {
        clearTimeout(timer);
        resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString('utf8') });
        response.destroy();
      };
      response.on('data', (chunk: Buffer) => {
        chunks.push(chunk);
        size += chunk.length;
        if (size > MAX_BODY_BYTES) finish();
      });
      response.on('end', finish);
      response.on('error', reject);
    });
    const timer = setTimeout(
      () => request.destroy(new Error('context deadline exceeded (Client.Timeout exceeded while awaiting headers)')),
      timeoutMs,
    );
    request.on('error', (error) => {
      clearTimeout(timer);
      reject(error);
    });
    request.end();
  });
}

function dial(host: string, port: number, timeoutMs: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port });
    socket.setTimeout(timeoutMs, () => socket.destroy(new Error(`dial tcp ${host}:${port}: i/o timeout`)));
    socket.once('connect', () => {
      socket.destroy();
      resolve();
    });
    socket.once('error', reject);
  });
}
