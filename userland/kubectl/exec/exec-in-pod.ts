/**
 * Runs a command in a container: the request path, and the ways its streams are wired.
 */
import { type Pod, podResource } from '../../../helper/api/core/pod';
import { resourcePath } from '../../../helper/api/resource';
import { type ExecStreams, runExec } from '../../../helper/client/exec-stream';
import type { Context } from '../verb';

export interface ExecTarget {
  readonly pod: Pod;
  readonly container: string;
  /** empty: attach to the process that runs already */
  readonly command: readonly string[];
  readonly stdin: boolean;
  readonly tty: boolean;
}

function execPath({ pod, container, command, stdin, tty }: ExecTarget): string {
  // Without a command it is the container's own process whose streams are wanted.
  const subresource = command.length > 0 ? 'exec' : 'attach';
  const query = new URLSearchParams();
  for (const word of command) query.append('command', word);
  query.append('container', container);
  if (stdin) query.append('stdin', 'true');
  query.append('stdout', 'true');
  // A terminal has one output stream.
  query.append(tty ? 'tty' : 'stderr', 'true');
  return `${resourcePath(podResource, pod.metadata.namespace, pod.metadata.name, subresource)}?${query}`;
}

/** The size of this terminal, now and at every change. A size that changes makes a program that runs already draw its screen again. */
function watchSize(report: (columns: number, rows: number) => void, drawsAgain: boolean): () => void {
  const [columns, rows] = [process.stdout.columns ?? 80, process.stdout.rows ?? 24];
  const tell = () => report(process.stdout.columns ?? columns, process.stdout.rows ?? rows);
  if (drawsAgain) report(columns + 1, rows + 1);
  tell();
  process.stdout.on('resize', tell);
  return () => process.stdout.off('resize', tell);
}

/** Wired to this process; standard input belongs to the command meanwhile. Resolves with the exit code. */
export function execAttached(target: ExecTarget, context: Context): Promise<number> {
  const { connection, signal, shell } = context;
  const streams: ExecStreams = {
    stdout: (bytes) => void process.stdout.write(bytes),
    stderr: (bytes) => void process.stderr.write(bytes),
    ...(target.stdin ? { stdin: process.stdin } : {}),
    ...(target.tty && process.stdout.isTTY
      ? { onResize: (report) => watchSize(report, target.command.length === 0) }
      : {}),
  };
  const path = execPath(target);
  if (!target.stdin) return runExec(connection.config, path, streams, signal);
  return shell.lendTerminal(async () => {
    const isRaw = target.tty && process.stdin.isTTY;
    if (isRaw) process.stdin.setRawMode(true);
    try {
      return await runExec(connection.config, path, streams, signal);
    } finally {
      if (isRaw) process.stdin.setRawMode(false);
      process.stdin.pause();
    }
  });
}

/** Output as text, without touching this process's streams. */
export async function execCaptured(
  target: Pick<ExecTarget, 'pod' | 'container' | 'command'>,
  context: Context,
  signal: AbortSignal,
): Promise<{ readonly code: number; readonly stdout: string; readonly stderr: string }> {
  const out: Buffer[] = [];
  const err: Buffer[] = [];
  const path = execPath({ ...target, stdin: false, tty: false });
  const streams: ExecStreams = { stdout: (bytes) => void out.push(bytes), stderr: (bytes) => void err.push(bytes) };
  const code = await runExec(context.connection.config, path, streams, signal);
  return { code, stdout: Buffer.concat(out).toString(), stderr: Buffer.concat(err).toString() };
}

/** Streams of bytes in and out, for archives. Resolves with the exit code and what was said on stderr. */
export async function execPiped(
  target: Pick<ExecTarget, 'pod' | 'container' | 'command'>,
  context: Context,
  streams: Pick<ExecStreams, 'stdin' | 'stdout'>,
): Promise<{ readonly code: number; readonly stderr: string }> {
  const err: Buffer[] = [];
  const path = execPath({ ...target, stdin: streams.stdin !== undefined, tty: false });
  const all: ExecStreams = { ...streams, stderr: (bytes) => void err.push(bytes) };
  const code = await runExec(context.connection.config, path, all, context.signal);
  return { code, stderr: Buffer.concat(err).toString() };
}
