/**
 * A command inside a container, run to its end: for exec probes and hooks.
 */
import type { Runtime } from '../../runtime/runtime';

/** Kubernetes keeps 10 KiB of a probe's output. */
const MAX_OUTPUT_BYTES = 10_240;

/** The command did not end in time. */
export class CommandTimeout extends Error {}

/** Exit code and the beginning of what the command wrote. Rejects after `timeoutMs`, ending the session. */
export async function runCommand(
  runtime: Runtime,
  containerId: string,
  command: readonly string[],
  timeoutMs?: number,
): Promise<{ exitCode: number; output: string }> {
  const collected = timeoutMs === undefined ? {} : { timeoutMs };
  const streams = { stdin: false, stdout: true, stderr: true, tty: false };
  const session = await runtime.exec(containerId, { command, ...streams, collected });
  const chunks: Buffer[] = [];
  let size = 0;
  for (const stream of [session.stdout, session.stderr]) {
    stream?.on('data', (chunk: Buffer | string) => {
      if (size < MAX_OUTPUT_BYTES) chunks.push(Buffer.from(chunk as Buffer));
      size += chunk.length;
    });
    stream?.on('error', () => undefined);
  }
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_, reject) => {
    if (timeoutMs === undefined) return;
    const text = `command ${JSON.stringify(command.join(' '))} timed out`;
    timer = setTimeout(() => reject(new CommandTimeout(text)), timeoutMs);
  });
  try {
    const exitCode = await Promise.race([session.exitCode, timeout]);
    return { exitCode, output: Buffer.concat(chunks).toString('utf8').slice(0, MAX_OUTPUT_BYTES) };
  } finally {
    clearTimeout(timer);
    session.close();
  }
}
