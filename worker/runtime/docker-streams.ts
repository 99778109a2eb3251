/**
 * The streams of a pod on Docker: commands inside a container, its terminal, its log, a connection to one of its ports.
 *
 * Each is opened here and then belongs to the caller (`kubectl exec`, `attach`, `logs`, `port-forward`, probes). What this adds to
 * the single openers is what they need to know of the container: whether it has a terminal, whose network it lives in.
 * https://kubernetes.io/docs/tasks/debug/debug-application/get-shell-running-container/
 */
import type { Duplex, Readable } from 'node:stream';
import type Docker from 'dockerode';
import { startAttach, startExec } from './exec-session';
import type { KnownContainers } from './known-containers';
import { openLogs } from './log-stream';
import { dialHost, LOOPBACK, PodDialer } from './pod-dialer';
import {
  type DialAddress,
  type ExecRequest,
  type ExecSession,
  type LogRequest,
  RuntimeError,
  type SandboxStatus,
} from './runtime';

export class DockerStreams {
  private readonly dialer = new PodDialer();

  constructor(
    private readonly docker: Docker,
    private readonly containers: KnownContainers,
  ) {}

  exec(containerId: string, request: ExecRequest): Promise<ExecSession> {
    return startExec(this.docker, containerId, request);
  }

  async attach(containerId: string, request: Omit<ExecRequest, 'command'>): Promise<ExecSession> {
    const { Config, State } = await this.containers.existing(containerId);
    if (!State.Running) throw new RuntimeError('NotFound', `container ${containerId} is not running`);
    const isRunning = async () => (await this.containers.inspect(containerId))?.State.Running ?? false;
    const exitCodeOf = async () => {
      const ended = await this.containers.inspect(containerId);
      return ended && !ended.State.Running ? ended.State.ExitCode : 0;
    };
    const attached = { isRunning, exitCodeOf, endsWithStdin: Config.StdinOnce };
    return await startAttach(this.docker, containerId, { ...request, tty: Config.Tty }, attached);
  }

  async logs(containerId: string, request: LogRequest): Promise<Readable> {
    const { Config } = await this.containers.existing(containerId);
    return await openLogs(this.docker, containerId, request, Config.Tty);
  }

  /** Throws NotFound where the sandbox does not run. */
  async dial(sandbox: SandboxStatus, port: number, at: DialAddress): Promise<Duplex> {
    const { State } = await this.containers.existing(sandbox.id);
    if (!State.Running) throw new RuntimeError('NotFound', `sandbox ${sandbox.id} is not running`);
    if (at === 'podAddress' && !sandbox.hostNetwork) return await dialHost([sandbox.ip], port);
    if (sandbox.hostNetwork) return await dialHost(LOOPBACK, port);
    return await this.dialer.dial(sandbox.id, State.Pid, port);
  }

  /** Ends the helpers that dial inside pods. */
  close(): void {
    this.dialer.close();
  }
}
