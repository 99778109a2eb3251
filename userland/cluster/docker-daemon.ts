/**
 * Docker's daemon: found running, or started when it is installed and no init system does it.
 */
import { spawn } from 'node:child_process';
import { existsSync, openSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { findProgram } from './host-packages';
import { UserError } from './run-command';
import { identify, isSame, readPidFile, writePidFile } from './supervisor/process-identity';
import { callSocket } from './supervisor/protocol';
import { waitUntil } from './wait-until';

const START_TIMEOUT_MS = 30_000;
const CHECK_MS = 50;
const STOP_TIMEOUT_MS = 20_000;

/** Docker's server version, undefined when nothing answers on the socket. */
export async function dockerVersion(socketPath: string): Promise<string | undefined> {
  const answer = await callSocket(socketPath, 'GET', '/version').catch(() => undefined);
  if (answer?.status !== 200) return undefined;
  return (JSON.parse(answer.body) as { Version?: string }).Version;
}

/** Who makes the control groups of Docker's containers; undefined when nothing answers on the socket. */
export async function dockerCgroupDriver(socketPath: string): Promise<string | undefined> {
  const answer = await callSocket(socketPath, 'GET', '/info').catch(() => undefined);
  if (answer?.status !== 200) return undefined;
  return (JSON.parse(answer.body) as { CgroupDriver?: string }).CgroupDriver;
}

export interface DockerStart {
  readonly version: string;
  /** true when this call started the daemon */
  readonly started: boolean;
}

/** Returns once the socket answers. The daemon outlives this program; its log is `$home/log/dockerd.log`. */
export async function ensureDocker(socketPath: string, home: string): Promise<DockerStart> {
  const running = await dockerVersion(socketPath);
  if (running) return { version: running, started: false };
  const program = findProgram('dockerd');
  if (!program) {
    throw new UserError(
      `no Docker daemon answers on ${socketPath}, and 'dockerd' is not installed`,
      'Install docker.io, or use --runtime simulated.',
    );
  }
  const logFile = join(home, 'log', 'dockerd.log');
  const log = openSync(logFile, 'a');
  // A pid file of our own: Docker refuses to start over one that names a process which has ended but is not reaped yet.
  const ownPidFile = join(home, 'run', 'docker.pid');
  rmSync(ownPidFile, { force: true });
  const child = spawn(program, ['-H', `unix://${socketPath}`, '--pidfile', ownPidFile], {
    stdio: ['ignore', log, log],
    detached: true,
  });
  child.unref();
  const pidFile = join(home, 'run', 'dockerd.pid');
  const deadline = Date.now() + START_TIMEOUT_MS;
  let ended = false;
  child.once('error', () => {
    ended = true;
  });
  child.once('exit', () => {
    ended = true;
  });
  for (;;) {
    const version = await dockerVersion(socketPath);
    if (version) {
      const identity = child.pid === undefined ? undefined : identify(child.pid);
      if (identity) writePidFile(pidFile, identity);
      return { version, started: true };
    }
    if (ended || Date.now() > deadline) {
      const tail = existsSync(logFile) ? readFileSync(logFile, 'utf8').trimEnd().split('\n').slice(-8).join('\n') : '';
      throw new UserError(
        `'${program} -H unix://${socketPath}' did not come up:\n${tail}`,
        `Read ${logFile}; or use --runtime simulated.`,
      );
    }
    await new Promise((resolve) => setTimeout(resolve, CHECK_MS));
  }
}

/** Ends the daemon that {@link ensureDocker} started for this home, if it did. Resolves when it is gone; tells whether there was one. */
export async function stopOwnDocker(home: string): Promise<boolean> {
  const identity = readPidFile(join(home, 'run', 'dockerd.pid'));
  if (!identity) return false;
  process.kill(identity.pid, 'SIGTERM');
  await waitUntil(async () => !isSame(identity) || undefined, {
    timeoutMs: STOP_TIMEOUT_MS,
    what: `the Docker daemon (pid ${identity.pid}) has ended`,
    advice: `It was asked to; end it with 'kill -9 ${identity.pid}'.`,
  });
  return true;
}
