/**
 * The health socket of a component: `/healthz`, `/livez`, `/readyz[?verbose]` and `/metrics` over HTTP on a unix socket.
 *
 * A socket file instead of a port: no port to choose, none to collide, and the file's mode is the access rule. The
 * supervisor and `run.sh` ask it. Try: `curl --unix-socket $MINIK8S_HOME/run/scheduler.sock http://localhost/readyz?verbose`
 * https://kubernetes.io/docs/reference/using-api/health-checks/
 */
import { chmodSync, mkdirSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { connect } from 'node:net';
import { dirname } from 'node:path';
import { METRICS_CONTENT_TYPE, renderMetrics } from './metrics';

/** A named check; throws or returns a text when not ready, undefined when ready. */
export type ReadyChecks = ReadonlyMap<string, () => string | undefined>;

/** Linux keeps the path of a unix socket in 108 bytes, the final zero included. */
const LONGEST_SOCKET_PATH = 107;

interface HealthAnswer {
  readonly code: number;
  readonly text: string;
}

function runCheck(check: () => string | undefined): string | undefined {
  try {
    return check();
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** Outcome of the checks in Kubernetes' words: `ok`, or one line a check and `readyz check failed`. */
function answerChecks(name: string, checks: ReadyChecks, verbose: boolean): HealthAnswer {
  const results = [...checks].map(([check, run]) => ({ check, problem: runCheck(run) }));
  const isReady = results.every(({ problem }) => problem === undefined);
  if (isReady && !verbose) return { code: 200, text: 'ok' };
  const lines = results.map(({ check, problem }) =>
    problem === undefined ? `[+]${check} ok` : `[-]${check} failed: ${problem}`,
  );
  return {
    code: isReady ? 200 : 500,
    text: [...lines, `${name} check ${isReady ? 'passed' : 'failed'}`, ''].join('\n'),
  };
}

function createHealthServer(checks: ReadyChecks): Server {
  return createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://localhost');
    const send = (code: number, text: string, type = 'text/plain; charset=utf-8') =>
      response.writeHead(code, { 'content-type': type }).end(text);
    const verbose = url.searchParams.has('verbose');
    if (url.pathname === '/healthz' || url.pathname === '/livez') send(200, 'ok');
    else if (url.pathname === '/readyz') {
      const { code, text } = answerChecks('readyz', checks, verbose);
      send(code, text);
    } else if (url.pathname === '/metrics') {
      renderMetrics().then(
        (text) => send(200, text, METRICS_CONTENT_TYPE),
        (error: Error) => send(500, error.message),
      );
    } else send(404, `unknown path ${url.pathname}; expected /healthz, /livez, /readyz or /metrics\n`);
  });
}

/** True when a process listens on the socket; a file left by a killed one refuses. */
function isAlive(socketPath: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(socketPath);
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

/**
 * Listens at `socketPath`; the folder is made when missing, a stale file replaced. Throws when another process answers there
 * or the path is too long for a socket.
 */
export async function startHealthServer(socketPath: string, checks: ReadyChecks): Promise<{ stop(): Promise<void> }> {
  if (Buffer.byteLength(socketPath) > LONGEST_SOCKET_PATH) {
    throw new Error(
      `"${socketPath}" is too long for a socket (${LONGEST_SOCKET_PATH} bytes); choose a shorter MINIK8S_HOME`,
    );
  }
  if (await isAlive(socketPath))
    throw new Error(`this component is running already: a process answers at ${socketPath}`);
  mkdirSync(dirname(socketPath), { recursive: true });
  rmSync(socketPath, { force: true });
  const server = createHealthServer(checks);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(socketPath, resolve);
  });
  chmodSync(socketPath, 0o600);
  return {
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
