/**
 * One component's process: started, watched, restarted with back-off when it crashes, left alone when it was stopped.
 *
 * Its output goes to its own log file. A process that was started by an earlier supervisor is adopted: it is not our child,
 * so its end is noticed by looking, not by a signal.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, existsSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { identify, isSame, type ProcessIdentity, readPidFile, residentBytes, writePidFile } from './process-identity';
import { failuresAfterCrash, restartDelayMs } from './restart-delay';

export interface ProcessSpec {
  readonly name: string;
  readonly summary: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly logFile: string;
  readonly pidFile: string;
  /** exists while the user wants the component stopped, so that a new supervisor leaves it stopped too */
  readonly stoppedFile: string;
  /** how long the processes of the next stage wait for this one to be ready; it is not waited for when absent */
  readonly holdsNextMs?: number;
  /** not started before it is asked for */
  readonly onDemand?: boolean;
}

/** `idle`: waits to be asked for; `waiting`: for its next try after a crash */
export type ProcessState = 'running' | 'idle' | 'stopped' | 'waiting' | 'failed';

export interface ProcessReport {
  readonly name: string;
  readonly summary: string;
  readonly pid: number;
  readonly state: ProcessState;
  readonly restarts: number;
  readonly memoryBytes: number;
  readonly logFile: string;
}

const ADOPTED_CHECK_MS = 200;
const STOP_TIMEOUT_MS = 10_000;
const STOP_CHECK_MS = 20;

export class ManagedProcess {
  readonly spec: ProcessSpec;
  private identity: ProcessIdentity | undefined;
  private startedAt = 0;
  private failures = 0;
  private restarts = 0;
  private wanted = false;
  private timer: NodeJS.Timeout | undefined;

  constructor(spec: ProcessSpec) {
    this.spec = spec;
  }

  /** Starts the process unless it runs (then it is adopted), waits to be asked for, or the user stopped it earlier. */
  resume(): void {
    if (!this.spec.onDemand || readPidFile(this.spec.pidFile)) this.wake();
  }

  /** Somebody needs it; a user who stopped it has the last word. */
  wake(): void {
    if (!existsSync(this.spec.stoppedFile)) this.start();
  }

  /** Starts the process, or adopts the one an earlier supervisor left running. */
  start(): void {
    rmSync(this.spec.stoppedFile, { force: true });
    this.wanted = true;
    if (this.isRunning()) return;
    clearTimeout(this.timer);
    const survivor = readPidFile(this.spec.pidFile);
    if (survivor) this.adopt(survivor);
    else this.spawn();
  }

  /** Ends the process and keeps it ended. `remember` makes it stay stopped across supervisors. Resolves when it is gone. */
  async stop(remember: boolean): Promise<void> {
    this.wanted = false;
    clearTimeout(this.timer);
    if (remember) writeFileSync(this.spec.stoppedFile, '');
    const identity = this.identity ?? readPidFile(this.spec.pidFile);
    if (identity) await endProcess(identity);
    this.identity = undefined;
    rmSync(this.spec.pidFile, { force: true });
  }

  report(): ProcessReport {
    const running = this.isRunning();
    const idle = this.spec.onDemand && !existsSync(this.spec.stoppedFile) ? 'idle' : 'stopped';
    const waiting = this.wanted ? 'waiting' : idle;
    return {
      name: this.spec.name,
      summary: this.spec.summary,
      pid: running && this.identity ? this.identity.pid : 0,
      state: running ? 'running' : waiting,
      restarts: this.restarts,
      memoryBytes: running && this.identity ? residentBytes(this.identity.pid) : 0,
      logFile: this.spec.logFile,
    };
  }

  private isRunning(): boolean {
    return this.identity !== undefined && isSame(this.identity);
  }

  private spawn(): void {
    const log = openSync(this.spec.logFile, 'a');
    let child: ChildProcess;
    try {
      // A session of its own: Ctrl-C in the terminal that started the cluster must not reach the components.
      child = spawn(this.spec.command, this.spec.args, { stdio: ['ignore', log, log], detached: true });
    } finally {
      closeSync(log);
    }
    this.startedAt = Date.now();
    child.once('error', () => this.onEnd());
    if (child.pid === undefined) return;
    const identity = identify(child.pid);
    this.identity = identity;
    if (identity) writePidFile(this.spec.pidFile, identity);
    child.once('exit', () => {
      // The end of a process that was stopped may be told after its successor was started.
      if (this.identity === identity) this.onEnd();
    });
  }

  private adopt(identity: ProcessIdentity): void {
    this.identity = identity;
    this.startedAt = Date.now();
    const check = setInterval(() => {
      if (isSame(identity)) return;
      clearInterval(check);
      if (this.identity === identity) this.onEnd();
    }, ADOPTED_CHECK_MS);
  }

  private onEnd(): void {
    this.identity = undefined;
    if (!this.wanted) return;
    const delay = restartDelayMs(this.failures);
    this.failures = failuresAfterCrash(this.failures, Date.now() - this.startedAt);
    this.restarts += 1;
    this.timer = setTimeout(() => this.spawn(), delay);
  }
}

/** SIGTERM, then SIGKILL when it has not ended in time; returns once the process is gone. */
async function endProcess(identity: ProcessIdentity): Promise<void> {
  const signal = (name: NodeJS.Signals) => {
    try {
      process.kill(identity.pid, name);
    } catch {
      // gone already
    }
  };
  signal('SIGTERM');
  const deadline = Date.now() + STOP_TIMEOUT_MS;
  while (isSame(identity)) {
    if (Date.now() > deadline) signal('SIGKILL');
    await new Promise((resolve) => setTimeout(resolve, STOP_CHECK_MS));
  }
}
