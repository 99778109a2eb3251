/**
 * One probe attempt: a command in the container, an HTTP request, a TCP connection, or a gRPC health check.
 *
 * https://kubernetes.io/docs/tasks/configure-pod-container/configure-liveness-readiness-startup-probes/
 */
import { connect } from 'node:net';
import type { Container, Probe } from 'kubernetes-types/core/v1';
import type { Runtime } from '../../runtime/runtime';
import { probeGrpc } from './grpc-probe';
import { probeHttp } from './http-probe';
import { asDialError } from './http-request';
import type { ProbeResult } from './probe-result';
import { resolvePort } from './resolve-port';
import { CommandTimeout, runCommand } from './run-command';

export interface ProbeTarget {
  readonly containerId: string;
  readonly container: Container;
  readonly podIp: string;
}

/** Never rejects: a probe that cannot be made is `unknown`. */
export async function runProbe(runtime: Runtime, probe: Probe, target: ProbeTarget): Promise<ProbeResult> {
  const { container, podIp } = target;
  const timeoutMs = (probe.timeoutSeconds ?? 1) * 1000;
  const { exec, httpGet, tcpSocket, grpc } = probe;
  try {
    if (exec) return await probeCommand(runtime, target, exec.command ?? [], timeoutMs);
    if (httpGet) {
      const where = { host: httpGet.host || podIp, port: resolvePort(container, httpGet.port) };
      return await probeHttp({ ...httpGet, ...where }, timeoutMs);
    }
    if (tcpSocket) return await dial(tcpSocket.host || podIp, resolvePort(container, tcpSocket.port), timeoutMs);
    if (grpc) return await probeGrpc(podIp, grpc.port, grpc.service ?? '', timeoutMs);
    return { outcome: 'unknown', output: `missing probe handler for container ${container.name}` };
  } catch (error) {
    return { outcome: 'unknown', output: error instanceof Error ? error.message : String(error) };
  }
}

async function probeCommand(
  runtime: Runtime,
  { containerId }: ProbeTarget,
  command: readonly string[],
  timeoutMs: number,
): Promise<ProbeResult> {
  try {
    const { exitCode, output } = await runCommand(runtime, containerId, command, timeoutMs);
    return { outcome: exitCode === 0 ? 'success' : 'failure', output };
  } catch (error) {
    if (error instanceof CommandTimeout) return { outcome: 'failure', output: error.message };
    throw error;
  }
}

function dial(host: string, port: number, timeoutMs: number): Promise<ProbeResult> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    const fail = (error: Error) => resolve({ outcome: 'failure', output: asDialError(error, host, port).message });
    socket.setTimeout(timeoutMs, () => socket.destroy(new Error(`dial tcp ${host}:${port}: i/o timeout`)));
    socket.once('connect', () => {
      socket.destroy();
      resolve({ outcome: 'success', output: '' });
    });
    socket.once('error', fail);
  });
}
