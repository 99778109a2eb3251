/**
 * A real cluster for the end-to-end tests: started through ./run.sh in a home of its own, driven by stock kubectl, removed again.
 *
 * Each has its own port base, so a cluster of the developer, or of another file of tests, may run beside. Everything is looked at from outside: processes,
 * docker, iptables, HTTP. Nothing here sleeps; `eventually` looks again until a limit.
 */
import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { KUBECTL } from '../kubectl-path';

export const PROJECT_ROOT = resolve(__dirname, '..', '..');
const START_LIMIT_MS = 120_000;
const COMMAND_LIMIT_MS = 60_000;

export interface Result {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Cluster {
  readonly home: string;
  readonly env: NodeJS.ProcessEnv;
  /** what `up` printed */
  readonly output: string;
  /** ./run.sh with these arguments; never throws */
  run(...args: string[]): Promise<Result>;
  /** stock kubectl; throws with its stderr when it fails */
  kubectl(...args: string[]): Promise<string>;
  /** stock kubectl; never throws */
  tryKubectl(args: readonly string[], stdin?: string): Promise<Result>;
  /** `kubectl apply -f -` of a manifest */
  apply(manifest: string): Promise<string>;
  /** pid of a running component as `run.sh ps` shows it */
  pidOf(component: string): Promise<number>;
  /** pids of several, in their order */
  pidsOf(components: readonly string[]): Promise<number[]>;
  stop(): Promise<void>;
}

export interface ClusterOptions {
  /** further arguments of `up`; `quickStart` uses `./run.sh` alone instead */
  readonly args?: readonly string[];
  readonly quickStart?: boolean;
  /** further settings, as variables */
  readonly env?: NodeJS.ProcessEnv;
}

export function command(
  file: string,
  args: readonly string[],
  options: { env?: NodeJS.ProcessEnv; stdin?: string; limitMs?: number; onOutput?: () => void } = {},
): Promise<Result> {
  return new Promise((done) => {
    const child = execFile(
      file,
      args,
      {
        env: options.env ?? process.env,
        timeout: options.limitMs ?? COMMAND_LIMIT_MS,
        maxBuffer: 64 * 1024 * 1024,
        killSignal: 'SIGKILL',
      },
      (error, stdout, stderr) => {
        const code = error ? (typeof error.code === 'number' ? error.code : 1) : 0;
        done({ code, stdout, stderr });
      },
    );
    if (options.onOutput) child.stdout?.once('data', options.onOutput);
    child.stdin?.on('error', () => {});
    child.stdin?.end(options.stdin ?? '');
  });
}

/** Below the node ports; a run of the tests has a hundred ports of its own, each worker of jest half of them. */
const FIRST_PORT = 20_000;
const workerNumber = Number(process.env['JEST_WORKER_ID'] ?? 1);
let nextPort = FIRST_PORT + (process.ppid % 95) * 100 + (workerNumber % 2) * 50;

function freePortBase(): number {
  nextPort += 10;
  return nextPort;
}

export async function startCluster(options: ClusterOptions = {}): Promise<Cluster> {
  const home = mkdtempSync(join(tmpdir(), 'minik8s-e2e-'));
  const portBase = freePortBase();
  const env = {
    ...process.env,
    MINIK8S_HOME: home,
    MINIK8S_PORT_BASE: String(portBase),
    KUBECONFIG: join(home, 'admin.kubeconfig'),
    HOME: home,
    ...options.env,
  };
  const run = (...args: string[]) => command(join(PROJECT_ROOT, 'run.sh'), args, { env, limitMs: START_LIMIT_MS });
  const started = await run(...(options.quickStart ? [] : ['up', ...(options.args ?? [])]));
  if (started.code !== 0) {
    const crashed = ['api-server', 'kubelet', 'node-controller', 'supervisor', 'all-in-one'].map((name) =>
      tailOf(join(home, 'log', `${name}.log`)),
    );
    await run('down', '--purge');
    throw new Error(`run.sh failed:\n${started.stdout}\n${started.stderr}\n${crashed.join('\n')}`);
  }
  const tryKubectl = (args: readonly string[], stdin?: string) =>
    command(KUBECTL ?? 'kubectl', args, { env, ...(stdin === undefined ? {} : { stdin }) });
  const must = async (args: readonly string[], stdin?: string) => {
    const result = await tryKubectl(args, stdin);
    if (result.code !== 0) throw new Error(`kubectl ${args.join(' ')} failed:\n${result.stderr}${result.stdout}`);
    return result.stdout;
  };
  return {
    home,
    env,
    output: started.stdout,
    run,
    tryKubectl,
    kubectl: (...args) => must(args),
    apply: (manifest) => must(['apply', '-f', '-'], manifest),
    pidOf: async (component) => pidIn((await run('ps')).stdout, component),
    async pidsOf(components) {
      const { stdout } = await run('ps');
      return components.map((component) => pidIn(stdout, component));
    },
    async stop() {
      await run('down', '--purge');
    },
  };
}

/** From what `run.sh ps` printed. Throws when the component does not run. */
function pidIn(printed: string, component: string): number {
  const row = printed.split('\n').find((line) => line.startsWith(`${component} `));
  const pid = Number(row?.split(/\s+/)[1]);
  if (!pid) throw new Error(`${component} does not run:\n${printed}`);
  return pid;
}

function tailOf(file: string): string {
  return existsSync(file) ? `--- ${file}\n${readFileSync(file, 'utf8').split('\n').slice(-15).join('\n')}` : '';
}

/** A look is often a kubectl of its own: what takes long is looked at less often, or the looking takes the processor it waits for. */
const LOOK_EVERY_MS = { first: 50, last: 300 };

/** Looks until the answer is truthy and returns it; throws with the last answer or error when the limit is reached. */
export async function eventually<T>(look: () => Promise<T> | T, limitMs = 30_000): Promise<NonNullable<T>> {
  const began = Date.now();
  const deadline = began + limitMs;
  let last: unknown;
  for (;;) {
    try {
      const answer = await look();
      if (answer) return answer;
      last = answer;
    } catch (error) {
      last = error;
    }
    if (Date.now() > deadline)
      throw new Error(
        `not so after ${limitMs} ms; last: ${last instanceof Error ? last.message : JSON.stringify(last)}`,
      );
    const pauseMs = Math.min(Math.max(LOOK_EVERY_MS.first, (Date.now() - began) / 10), LOOK_EVERY_MS.last);
    await new Promise((done) => setTimeout(done, pauseMs));
  }
}

/** GET over plain HTTP; '' when nothing answers in time. The caller dials only addresses that are routed to the cluster's bridge. */
export function httpGet(url: string, limitMs = 10_000): Promise<string> {
  return new Promise((done) => {
    const call = request(url, { timeout: limitMs, agent: false }, (response) => {
      let body = '';
      response.on('data', (chunk: Buffer) => {
        body += chunk;
      });
      response.on('end', () => done(body));
      response.on('error', () => done(''));
    });
    call.on('timeout', () => call.destroy());
    call.on('error', () => done(''));
    call.end();
  });
}

/** The bridge and first addresses this cluster chose, from its cluster.json. */
export function clusterFacts(cluster: Cluster): {
  bridgeName: string;
  chainPrefix: string;
  nodeIp: string;
  portBase: number;
} {
  return JSON.parse(readFileSync(join(cluster.home, 'cluster.json'), 'utf8')) as ReturnType<typeof clusterFacts>;
}

/** true when this host sends packets for the address to the cluster's own bridge */
export async function isRoutedHere(cluster: Cluster, address: string): Promise<boolean> {
  const { stdout } = await command('ip', ['route', 'get', address]);
  return stdout.includes(`dev ${clusterFacts(cluster).bridgeName}`);
}
