/**
 * Commands run inside a container (`kubectl exec`, probes) and terminals attached to it (`kubectl attach`).
 *
 * Docker hands over the raw connection; we split it into streams, wait for the exit code, and when the client vanishes end the
 * command: Docker has no call for that, so its process is killed by id, after checking that it still is the container's.
 * https://kubernetes.io/docs/tasks/debug/debug-application/get-shell-running-container/
 */
import { readFileSync } from 'node:fs';
import { type Duplex, Writable } from 'node:stream';
import type Docker from 'dockerode';
import { callDocker } from './docker-call';
import type { ExecRequest, ExecSession } from './runtime';
import { splitFrames } from './stream-frames';

const FIRST_POLL_MS = 5;
const LONGEST_POLL_MS = 500;
/** Docker answers an exec's start before its process is there to be resized. */
const RESIZE_TRIES = 20;
const RESIZE_PAUSE_MS = 50;
/** What a container wrote last, or answers to the last input, comes through within this time. */
const LAST_OUTPUT_MS = 1_000;

/** Starts the command. Docker reports a command that does not exist as exit code 126 or 127 with a text on the stream. */
export async function startExec(docker: Docker, containerId: string, request: ExecRequest): Promise<ExecSession> {
  const exec = await callDocker('create exec', 'NotFound', (abortSignal) =>
    docker.getContainer(containerId).exec({
      Cmd: [...request.command],
      AttachStdin: request.stdin,
      AttachStdout: request.stdout,
      AttachStderr: request.stderr && !request.tty,
      Tty: request.tty,
      abortSignal,
    }),
  );
  const socket = await callDocker('start exec', 'NotFound', () =>
    exec.start({ hijack: true, stdin: request.stdin, Tty: request.tty }),
  );
  const ended = endOf(socket);
  let isClosed = false;
  const resizer = new TerminalResizer(exec, () => isClosed);
  return {
    ...streamsOf(socket, request),
    exitCode: ended.then(() => waitForExitCode(exec, () => isClosed)),
    resize: (columns, rows) => resizer.resize(columns, rows),
    close: () => {
      if (isClosed) return;
      isClosed = true;
      socket.destroy();
      void killExec(exec, containerId);
    },
  };
}

/** What {@link startAttach} has to know about the container. */
export interface AttachedContainer {
  readonly isRunning: () => Promise<boolean>;
  readonly exitCodeOf: () => Promise<number>;
  readonly endsWithStdin: boolean;
}

/**
 * Joins the terminal of the container's own process. `exitCodeOf` is asked when the stream has ended. `endsWithStdin`: the container's
 * input ends with this session's (stdinOnce); otherwise it stays open for the next one. `isRunning` is asked when Docker has joined the
 * streams: to a container that ended just before, Docker joins them all the same, and they would never end.
 */
export async function startAttach(
  docker: Docker,
  containerId: string,
  request: Omit<ExecRequest, 'command'>,
  { isRunning, exitCodeOf, endsWithStdin }: AttachedContainer,
): Promise<ExecSession> {
  const container = docker.getContainer(containerId);
  const socket = (await callDocker('attach', 'NotFound', () =>
    container.attach({
      stream: true,
      hijack: true,
      stdin: request.stdin,
      stdout: request.stdout,
      stderr: request.stderr,
    }),
  )) as unknown as Duplex;
  if (!(await isRunning())) setTimeout(() => socket.destroy(), LAST_OUTPUT_MS).unref();
  const resizer = new TerminalResizer(container, () => socket.destroyed);
  const streams = streamsOf(socket, request);
  return {
    ...streams,
    stdin: streams.stdin && !endsWithStdin ? withoutEnd(socket) : streams.stdin,
    exitCode: endOf(socket).then(exitCodeOf),
    resize: (columns, rows) => resizer.resize(columns, rows),
    close: () => void socket.destroy(),
  };
}

/**
 * Where the container's input stays open, the end of this session's is the end of the session only, as in Kubernetes. Docker, told of
 * it, would drop what the container answers to the last words: so it is not told, and the answer has a moment.
 */
function withoutEnd(socket: Duplex): Writable {
  return new Writable({
    write: (chunk, _encoding, done) => void socket.write(chunk, () => done()),
    final: (done) => {
      setTimeout(() => socket.destroy(), LAST_OUTPUT_MS).unref();
      done();
    },
  });
}

type Streams = Pick<ExecSession, 'stdin' | 'stdout' | 'stderr'>;

function streamsOf(socket: Duplex, request: Omit<ExecRequest, 'command'>): Streams {
  const stdin = request.stdin ? socket : undefined;
  // A terminal mixes both streams itself and sends bare bytes.
  if (request.tty) return { stdin, stdout: request.stdout ? socket : undefined, stderr: undefined };
  const { stdout, stderr } = splitFrames(socket);
  // What nobody reads must not stop the other stream.
  if (!request.stdout) stdout.resume();
  if (!request.stderr) stderr.resume();
  return { stdin, stdout: request.stdout ? stdout : undefined, stderr: request.stderr ? stderr : undefined };
}

function endOf(socket: Duplex): Promise<void> {
  return new Promise((resolve) => {
    socket.once('end', () => resolve());
    socket.once('close', () => resolve());
    socket.on('error', () => resolve());
  });
}

/** The stream ends a moment before Docker knows the exit code; a command that closed its output may run on for long. */
async function waitForExitCode(exec: Docker.Exec, isClosed: () => boolean): Promise<number> {
  for (let delayMs = FIRST_POLL_MS; ; delayMs = Math.min(delayMs * 2, LONGEST_POLL_MS)) {
    const state = await callDocker('inspect exec', 'NotFound', (abortSignal) => exec.inspect({ abortSignal }));
    if (!state.Running) return state.ExitCode ?? 0;
    if (isClosed()) return 137;
    await new Promise((resolve) => setTimeout(resolve, delayMs));
  }
}

async function killExec(exec: Docker.Exec, containerId: string): Promise<void> {
  try {
    const { Running, Pid } = await exec.inspect();
    if (Running && Pid > 0 && readFileSync(`/proc/${Pid}/cgroup`, 'utf8').includes(containerId)) {
      process.kill(Pid, 'SIGKILL');
    }
  } catch {
    // The command or the container has ended by itself.
  }
}

/** Sets the size of a terminal; the newest size wins, and one that comes before the process is there is tried again. */
class TerminalResizer {
  private wanted = 0;

  constructor(
    private readonly target: { resize(options: { h: number; w: number }): Promise<unknown> },
    private readonly isClosed: () => boolean,
  ) {}

  async resize(columns: number, rows: number): Promise<void> {
    this.wanted += 1;
    const mine = this.wanted;
    for (let left = RESIZE_TRIES; left > 0 && mine === this.wanted && !this.isClosed(); left -= 1) {
      const isDone = await this.target.resize({ h: rows, w: columns }).then(
        () => true,
        () => false,
      );
      if (isDone) return;
      await new Promise((resolve) => setTimeout(resolve, RESIZE_PAUSE_MS));
    }
  }
}
