/**
 * `./run.sh bench`: hands over to the benchmark, which is a process of its own so that it measures the cluster and not itself.
 */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import type { Settings } from '../../../helper/process/settings';
import { requireProcesses } from '../supervisor/start';

export async function bench(settings: Settings, names: readonly string[]): Promise<void> {
  await requireProcesses(settings.home);
  const script = join(settings.projectRoot, 'dist', 'bench.js');
  const child = spawn(process.execPath, [script, settings.home, settings.projectRoot, ...names], { stdio: 'inherit' });
  process.exitCode = await new Promise<number>((resolve) => child.on('close', (code) => resolve(code ?? 1)));
}
