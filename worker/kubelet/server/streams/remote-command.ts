/**
 * One exec or attach: joins the streams a client holds with those of the process, whatever protocol carries them.
 *
 * Back-pressure goes all the way through: a client that reads slowly slows the command, a command that does not read its input
 * slows the client, and neither fills our memory. A client that is gone ends the session.
 * https://kubernetes.io/docs/tasks/debug/debug-application/get-shell-running-container/
 */
import { pipeline, type Readable, type Writable } from 'node:stream';
import type { ExecSession } from '../../../runtime/runtime';
import { failureOutcome, type Outcome } from './outcome';
import type { TerminalSize } from './terminal-size';

/** The client's ends of the streams, as a protocol (`websocket-channels.ts`, `spdy-channels.ts`) delivers them. */
export interface ClientStreams {
  readonly stdin: Readable | undefined;
  readonly stdout: Writable | undefined;
  readonly stderr: Writable | undefined;
  onResize(listener: (size: TerminalSize) => void): void;
  /** Called once, when the connection is gone. */
  onGone(listener: () => void): void;
  /** Tells how it ended and closes the connection. Never rejects. */
  finish(outcome: Outcome): Promise<void>;
}

/** Runs until the process has ended or the client has gone. `outcomeOf` reads the exit code. Never rejects. */
export async function serveCommand(
  client: ClientStreams,
  start: () => Promise<ExecSession>,
  outcomeOf: (exitCode: number) => Outcome,
): Promise<void> {
  let isGone = false;
  let session: ExecSession | undefined;
  client.onGone(() => {
    isGone = true;
    session?.close();
  });
  try {
    session = await start();
    // It went while the command was being started.
    if (isGone) session.close();
    await client.finish(outcomeOf(await join(client, session)));
  } catch (error) {
    await client.finish(failureOutcome(error));
  } finally {
    session?.close();
  }
}

/** Resolves with the exit code when all output has been passed on. */
async function join(client: ClientStreams, session: ExecSession): Promise<number> {
  client.onResize(({ columns, rows }) => void session.resize(columns, rows).catch(() => undefined));
  if (session.stdin) {
    // A process that ends without reading its input is no error.
    session.stdin.on('error', () => undefined);
    client.stdin?.on('error', () => undefined);
    client.stdin?.pipe(session.stdin);
  }
  const pumps = [pump(session.stdout, client.stdout), pump(session.stderr, client.stderr)];
  const exitCode = await session.exitCode;
  await Promise.all(pumps);
  return exitCode;
}

function pump(from: Readable | undefined, to: Writable | undefined): Promise<void> {
  if (!from || !to) return Promise.resolve();
  // Either side's failure shows elsewhere: in the exit code, or in the connection that is gone.
  return new Promise((resolve) => pipeline(from, to, () => resolve()));
}
