/**
 * Commands inside a container and its terminal, over the streaming server of a CRI runtime.
 *
 * `Exec` and `Attach` answer with a URL that is good for one use; behind it streams travel as between kubectl and a kubelet. SPDY/3.1 is
 * spoken here, because the WebSocket protocol that all runtimes know cannot say that the input has ended. A command whose output is
 * wanted as a whole (a probe, a hook) takes one call instead, after which the runtime ends it by itself when its time is over.
 * https://kubernetes.io/docs/concepts/architecture/cri/
 */
import { request } from 'node:http';
import { type Duplex, PassThrough, Readable, Writable } from 'node:stream';
import { SpdySession, type SpdyStream } from '../../../helper/spdy/session';
import { type ExecRequest, type ExecSession, RuntimeError } from '../runtime';
import { CALL_LIMIT_MS, type CriClient } from './cri-client';

const PROTOCOL = 'v4.channel.k8s.io';
const HANDSHAKE_LIMIT_MS = 15_000;
/** A command without a time limit: longer than any hook may take. */
const NO_LIMIT_MS = 24 * 3600 * 1000;
/** As a shell has it: there is no such command. */
const NO_SUCH_COMMAND = 127;
const KILLED = 137;
/** What a container answers to the last input comes through within this time. */
const LAST_OUTPUT_MS = 1_000;

type Wanted = Omit<ExecRequest, 'command' | 'collected'>;

export async function startExec(client: CriClient, containerId: string, request: ExecRequest): Promise<ExecSession> {
  const { command, collected, ...wanted } = request;
  if (collected) return execToTheEnd(client, containerId, command, collected.timeoutMs);
  const streams = { ...wanted, stderr: wanted.stderr && !wanted.tty };
  const { url } = await client.call('Exec', { containerId, cmd: command, ...streams }, 'NotFound');
  return await openSession(url, streams);
}

/** `endsWithStdin`: the container's input ends with this session's (stdinOnce); otherwise it stays open for the next one. */
export async function startAttach(
  client: CriClient,
  containerId: string,
  wanted: Wanted,
  { endsWithStdin, exitCodeOf }: { endsWithStdin: boolean; exitCodeOf: () => Promise<number> },
): Promise<ExecSession> {
  const streams = { ...wanted, stderr: wanted.stderr && !wanted.tty };
  const { url } = await client.call('Attach', { containerId, ...streams }, 'NotFound');
  const session = await openSession(url, streams);
  const stdin = session.stdin && !endsWithStdin ? withoutEnd(session.stdin, session.close) : session.stdin;
  return { ...session, stdin, exitCode: session.exitCode.then(exitCodeOf) };
}

/** Where the container's input stays open, the end of this session's is the end of the session only, after a last answer. */
function withoutEnd(stdin: Writable, close: () => void): Writable {
  return new Writable({
    write: (chunk, _encoding, done) => void stdin.write(chunk, () => done()),
    final: (done) => {
      setTimeout(close, LAST_OUTPUT_MS).unref();
      done();
    },
  });
}

/** One call, and a session that looks as if it had streamed. */
function execToTheEnd(
  client: CriClient,
  containerId: string,
  cmd: readonly string[],
  timeoutMs: number | undefined,
): ExecSession {
  const timeout = timeoutMs === undefined ? 0 : Math.ceil(timeoutMs / 1000);
  const limitMs = timeoutMs === undefined ? NO_LIMIT_MS : timeoutMs + CALL_LIMIT_MS;
  const stdout = new PassThrough();
  const stderr = new PassThrough();
  const exitCode = client.call('ExecSync', { containerId, cmd, timeout }, 'NotFound', limitMs).then(
    async (answer) => {
      stdout.end(answer.stdout);
      stderr.end(answer.stderr);
      // Who waits for the code has read the output by then.
      await new Promise((resolve) => setImmediate(resolve));
      return answer.exitCode;
    },
    (error: Error) => {
      stdout.end();
      // A command that took too long has a caller who has stopped waiting for it.
      if (/timeout .* exceeded|deadline exceeded/i.test(error.message)) {
        stderr.end();
        return KILLED;
      }
      stderr.end(`${error.message}\n`);
      return NO_SUCH_COMMAND;
    },
  );
  return { stdin: undefined, stdout, stderr, exitCode, resize: async () => undefined, close: () => undefined };
}

/** The streams behind the URL. Throws NotFound with the runtime's words when it refuses. */
async function openSession(url: string, wanted: Wanted): Promise<ExecSession> {
  const session = new SpdySession(await upgrade(url), (stream) => stream.destroy(), { endsQuietly: true });
  const open = (type: string) => session.open(new Map([['streamtype', type]]));
  // The runtime begins when all streams are open that it was told of.
  const error = open('error');
  const stdin = wanted.stdin ? open('stdin') : undefined;
  const stdout = wanted.stdout ? readOnly(open('stdout')) : undefined;
  const stderr = wanted.stderr ? readOnly(open('stderr')) : undefined;
  const resize = wanted.tty ? open('resize') : undefined;
  const failures = new PassThrough();
  const outcome = outcomeOf(readOnly(error), session);
  return {
    stdin: stdin && inputOf(stdin),
    stdout,
    stderr: stderr && joined(stderr, failures),
    exitCode: outcome.then(({ exitCode, message }) => {
      failures.end(message === undefined ? '' : `${message}\n`);
      session.close();
      return exitCode;
    }),
    resize: async (columns, rows) => void resize?.write(JSON.stringify({ Width: columns, Height: rows })),
    close: () => session.close(),
  };
}

/** We write nothing there; the other side waits to hear so. */
function readOnly(stream: SpdyStream): SpdyStream {
  stream.end();
  return stream;
}

/** What is written goes out; nothing is expected back. */
function inputOf(stream: SpdyStream): Writable {
  stream.resume();
  return stream;
}

/** What the command wrote, and behind it why it did not run. */
function joined(stream: Readable, failures: Readable): Readable {
  const all = async function* () {
    for await (const chunk of stream.iterator({ destroyOnReturn: false })) yield chunk;
    for await (const chunk of failures) yield chunk;
  };
  return Readable.from(all(), { objectMode: false });
}

interface Outcome {
  readonly exitCode: number;
  /** why the command did not run at all */
  readonly message?: string;
}

/** The last words of the error stream: a Status. A connection that ends without one was cut. */
async function outcomeOf(error: SpdyStream, session: SpdySession): Promise<Outcome> {
  const chunks: Buffer[] = [];
  await new Promise<void>((resolve) => {
    error.on('data', (chunk: Buffer) => chunks.push(chunk));
    error.once('end', resolve).once('close', resolve);
    session.onGone(resolve);
  });
  const text = Buffer.concat(chunks).toString('utf8');
  return text === '' ? { exitCode: KILLED } : parseOutcome(text);
}

/** The exit code in a Status. Pure. */
export function parseOutcome(text: string): Outcome {
  const { status, message, details } = JSON.parse(text) as {
    readonly status?: string;
    readonly message?: string;
    readonly details?: { readonly causes?: readonly { readonly reason?: string; readonly message?: string }[] };
  };
  if (status === 'Success') return { exitCode: 0 };
  const code = details?.causes?.find(({ reason }) => reason === 'ExitCode')?.message;
  return code === undefined ? { exitCode: NO_SUCH_COMMAND, message: message ?? text } : { exitCode: Number(code) };
}

function upgrade(url: string): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    const refuse = (why: string) =>
      reject(new RuntimeError('NotFound', `the container runtime does not open streams: ${why}`));
    const headers = { connection: 'Upgrade', upgrade: 'SPDY/3.1', 'x-stream-protocol-version': PROTOCOL };
    const call = request(url, { method: 'POST', agent: false, timeout: HANDSHAKE_LIMIT_MS, headers });
    call.on('timeout', () => call.destroy(new Error(`no answer within ${HANDSHAKE_LIMIT_MS} ms`)));
    call.on('error', (error) => refuse(error.message));
    call.on('upgrade', (_answer, socket, head) => {
      socket.setTimeout(0);
      socket.setNoDelay(true);
      if (head.length > 0) socket.unshift(head);
      resolve(socket);
    });
    call.on('response', (answer) => {
      answer.resume();
      refuse(`${answer.statusCode} ${answer.statusMessage}`);
    });
    call.end();
  });
}
