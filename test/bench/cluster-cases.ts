/**
 * The cluster as a whole: how long its start takes and how much memory its components hold.
 *
 * Starts happen in a home of their own beside the running cluster, on other ports, and are removed again.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Measured } from './api-cases';

const RUNS = 5;
const PORT_BASE = '17443';

/** Proportional set size of a process in MiB: shared pages are divided among those that share them. */
function pssMebibytes(pid: number): number {
  const text = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
  return Number(/^Pss:\s+(\d+)/m.exec(text)?.[1] ?? 0) / 1024;
}

/** Sum over all components of the home, the supervisor included. */
export function measureMemory(home: string, name: Measured['name']): Measured {
  const pids = readdirSync(join(home, 'run'))
    .filter((file) => file.endsWith('.pid') && file !== 'dockerd.pid')
    .map((file) => Number(readFileSync(join(home, 'run', file), 'utf8').split(' ')[0]));
  return { name, values: [pids.reduce((sum, pid) => sum + pssMebibytes(pid), 0)] };
}

interface Timed {
  readonly output: string;
  readonly seconds: number;
}

function runScript(projectRoot: string, home: string, args: readonly string[]): Promise<Timed> {
  return new Promise((resolve, reject) => {
    const began = performance.now();
    const env = { ...process.env, MINIK8S_HOME: home, MINIK8S_PORT_BASE: PORT_BASE };
    const child = spawn(join(projectRoot, 'run.sh'), args, { env, stdio: ['ignore', 'pipe', 'inherit'] });
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk;
    });
    child.on('error', reject);
    child.on('close', (code) => {
      if (code === 0) resolve({ output, seconds: (performance.now() - began) / 1000 });
      else reject(new Error(`run.sh ${args.join(' ')} ended with ${code}:\n${output}`));
    });
  });
}

/** Seconds of a step as `run.sh` printed it. */
function stepSeconds(output: string, step: string): number {
  return Number(new RegExp(`^\\s+${step}\\s+([\\d.]+) s`, 'm').exec(output)?.[1] ?? Number.NaN);
}

export async function measureStarts(projectRoot: string): Promise<Measured[]> {
  const ready: number[] = [];
  const node: number[] = [];
  const answered: number[] = [];
  for (let run = 0; run < RUNS; run += 1) {
    const home = mkdtempSync(join(tmpdir(), 'minik8s-bench-'));
    try {
      const { output, seconds } = await runScript(projectRoot, home, []);
      const components = stepSeconds(output, 'components');
      const api = components + stepSeconds(output, 'api-server');
      ready.push(api);
      // Image making runs beside the start and is not the cluster's; the node step begins when both are there.
      node.push(api + (stepSeconds(output, 'images') || 0) + stepSeconds(output, 'node'));
      answered.push(seconds);
    } finally {
      await runScript(projectRoot, home, ['down', '--purge']);
    }
  }
  return [
    { name: 'start to /readyz', values: ready },
    { name: 'start to node Ready, empty state', values: node },
    { name: 'start to application answered', values: answered },
  ];
}
