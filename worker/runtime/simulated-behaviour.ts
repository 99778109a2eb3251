/**
 * What a simulated container does: read from its configuration, so that a manifest can ask for any fate. Pure.
 *
 *   env MINIK8S_SIM_EXIT_AFTER_SECONDS   ends by itself after so long (fractions allowed); absent: runs until stopped
 *   env MINIK8S_SIM_EXIT_CODE            with this exit code (default 0)
 *   env MINIK8S_SIM_OOM=1                ends as killed for memory: 137, OOMKilled
 *   env MINIK8S_SIM_STOP_SECONDS         takes so long to react to the stop signal (default 0); beyond the grace it is killed
 *   env MINIK8S_SIM_EXEC_EXIT_CODE       every exec, probes included, ends with it
 *   env MINIK8S_SIM_CPU_MILLICORES, MINIK8S_SIM_MEMORY_BYTES   what `usage` reports
 *   image with `missing` in its name     cannot be pulled: ErrImagePull
 *   command `nonexistent`                cannot be started: RunContainerError
 */
import type { ContainerConfig } from './runtime';

const SIGTERM_EXIT_CODE = 143;
const DEFAULT_CPU_MILLICORES = 1;
const DEFAULT_MEMORY_BYTES = 1024 * 1024;

export interface Behaviour {
  /** undefined: runs until it is stopped */
  readonly exitAfterSeconds?: number;
  readonly exitCode: number;
  readonly isOomKilled: boolean;
  readonly stopSeconds: number;
  /** exit code after the stop signal */
  readonly stopExitCode: number;
  readonly execExitCode?: number;
  readonly cpuMillicores: number;
  readonly memoryBytes: number;
}

/** A value that is not a number counts as absent. */
export function behaviourOf(config: Pick<ContainerConfig, 'env'>): Behaviour {
  const values = new Map(
    config.env.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
  );
  const numberOf = (name: string): number | undefined => {
    const text = values.get(`MINIK8S_SIM_${name}`);
    return text === undefined || text === '' || Number.isNaN(Number(text)) ? undefined : Number(text);
  };
  const exitAfterSeconds = numberOf('EXIT_AFTER_SECONDS');
  const execExitCode = numberOf('EXEC_EXIT_CODE');
  const isOomKilled = numberOf('OOM') === 1;
  return {
    ...(exitAfterSeconds === undefined ? {} : { exitAfterSeconds }),
    ...(execExitCode === undefined ? {} : { execExitCode }),
    exitCode: isOomKilled ? 137 : (numberOf('EXIT_CODE') ?? 0),
    isOomKilled,
    stopSeconds: numberOf('STOP_SECONDS') ?? 0,
    stopExitCode: numberOf('EXIT_CODE') ?? SIGTERM_EXIT_CODE,
    cpuMillicores: numberOf('CPU_MILLICORES') ?? DEFAULT_CPU_MILLICORES,
    memoryBytes: numberOf('MEMORY_BYTES') ?? DEFAULT_MEMORY_BYTES,
  };
}

export function canPull(image: string): boolean {
  return !image.includes('missing');
}

export function canRun(config: Pick<ContainerConfig, 'command'>): boolean {
  return config.command[0] !== 'nonexistent';
}

export interface ExecOutcome {
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: number;
  /** copies its input to its output until that ends */
  readonly isCat: boolean;
}

const QUIET: ExecOutcome = { stdout: '', stderr: '', exitCode: 0, isCat: false };

/** Just enough of a shell for probes, hooks and tests: echo, cat, true, false, exit N, alone or through `sh -c`. */
export function simulateExec(command: readonly string[], behaviour: Pick<Behaviour, 'execExitCode'>): ExecOutcome {
  if (behaviour.execExitCode !== undefined) return { ...QUIET, exitCode: behaviour.execExitCode };
  const isShell = (command[0] ?? '').endsWith('sh') && command[1] === '-c';
  const [program = '', ...args] = isShell ? (command[2] ?? '').split(/\s+/) : command;
  switch (program) {
    case 'echo':
      return { ...QUIET, stdout: `${args.join(' ')}\n` };
    case 'cat':
      return { ...QUIET, isCat: args.length === 0 };
    case 'exit':
      return { ...QUIET, exitCode: Number(args[0] ?? 0) || 0 };
    case 'false':
      return { ...QUIET, exitCode: 1 };
    case 'nonexistent':
      return {
        ...QUIET,
        exitCode: isShell ? 127 : 126,
        stderr: 'exec: "nonexistent": executable file not found in $PATH\n',
      };
    default:
      return QUIET;
  }
}
