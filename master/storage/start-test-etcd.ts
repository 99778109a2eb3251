/**
 * A real etcd for tests: the binary on PATH, on free loopback ports, in a directory of its own.
 *
 * It can be killed and started again over the same data, which is what tests of reconnecting need.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const START_LIMIT_MILLISECONDS = 15_000;

export interface TestEtcd {
  readonly endpoint: string;
  /** kill -9: what a power cut is to the process. */
  kill(): Promise<void>;
  start(): Promise<void>;
  /** Stops it in its tracks: connections stay, nothing answers. `resume()` lets it go on. */
  pause(): void;
  resume(): void;
  /** Kills it and removes its data. */
  remove(): Promise<void>;
}

/** Whether there is an etcd to test against. */
export function hasEtcd(): boolean {
  return spawnSync('etcd', ['--version']).status === 0;
}

/** Resolves once etcd answers. */
export async function startTestEtcd(): Promise<TestEtcd> {
  const directory = mkdtempSync(join(tmpdir(), 'minik8s-etcd-'));
  const [client, peer] = [`http://127.0.0.1:${await freePort()}`, `http://127.0.0.1:${await freePort()}`];
  let running: ChildProcess | undefined;
  const start = async () => {
    running = spawnEtcd(directory, client, peer);
    await waitUntilHealthy(client, running);
  };
  const kill = async () => {
    const child = running;
    running = undefined;
    if (!child || child.exitCode !== null) return;
    const exited = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await exited;
  };
  const pause = () => void running?.kill('SIGSTOP');
  const resume = () => void running?.kill('SIGCONT');
  const remove = async () => {
    await kill();
    rmSync(directory, { recursive: true, force: true });
  };
  try {
    await start();
  } catch (error) {
    await remove();
    throw error;
  }
  return { endpoint: client, kill, start, pause, resume, remove };
}

function spawnEtcd(directory: string, client: string, peer: string): ChildProcess {
  const options = {
    name: 'test',
    'data-dir': directory,
    'listen-client-urls': client,
    'advertise-client-urls': client,
    'listen-peer-urls': peer,
    'initial-advertise-peer-urls': peer,
    'initial-cluster': `test=${peer}`,
  };
  const flags = Object.entries(options).map(([name, value]) => `--${name}=${value}`);
  return spawn('etcd', flags, { stdio: 'ignore' });
}

async function waitUntilHealthy(client: string, child: ChildProcess): Promise<void> {
  const deadline = Date.now() + START_LIMIT_MILLISECONDS;
  while (Date.now() < deadline) {
    if (child.exitCode !== null) throw new Error(`etcd ended with code ${child.exitCode}`);
    const answer = await fetch(`${client}/health`).catch(() => undefined);
    if (answer?.ok) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`etcd on ${client} did not become healthy within ${START_LIMIT_MILLISECONDS / 1000} s`);
}

/** A port nobody listens on at the moment. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}
