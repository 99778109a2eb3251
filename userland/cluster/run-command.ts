/**
 * Runs a program of the host and, when it fails, says which command failed, how, and with what last words.
 */
import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';

const TAIL_LINES = 12;
const OUTPUT_LIMIT = 1024 * 1024;

/** A failure a user can act on: what was tried, what came out, and a way out. */
export class UserError extends Error {
  readonly advice: string;

  constructor(message: string, advice: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'UserError';
    this.advice = advice;
  }
}

export interface CommandOptions {
  readonly env?: NodeJS.ProcessEnv;
  readonly timeoutMs?: number;
  /** where the output goes instead: for programs whose daemons keep it open after they end */
  readonly outputFile?: string;
  /** the way out to print when it fails */
  readonly advice?: string;
}

/** Resolves with stdout; rejects with a {@link UserError} that carries the command and the tail of its output. */
export function runCommand(command: string, args: readonly string[], options: CommandOptions = {}): Promise<string> {
  return new Promise((resolve, reject) => {
    const line = [command, ...args].join(' ');
    const file = options.outputFile === undefined ? undefined : openSync(options.outputFile, 'w');
    const child = spawn(command, args, {
      stdio: ['ignore', file ?? 'pipe', file ?? 'pipe'],
      env: options.env ?? process.env,
      ...(options.timeoutMs ? { timeout: options.timeoutMs } : {}),
    });
    let stdout = '';
    let all = '';
    child.stdout?.on('data', (chunk: Buffer) => {
      stdout = (stdout + chunk).slice(-OUTPUT_LIMIT);
      all = (all + chunk).slice(-OUTPUT_LIMIT);
    });
    child.stderr?.on('data', (chunk: Buffer) => {
      all = (all + chunk).slice(-OUTPUT_LIMIT);
    });
    child.on('error', (error) =>
      reject(new UserError(`'${line}' could not be started: ${error.message}`, options.advice ?? '')),
    );
    child.on('close', (code, signal) => {
      if (file !== undefined) {
        closeSync(file);
        stdout = readFileSync(options.outputFile ?? '', 'utf8');
        all = stdout;
      }
      if (code === 0) return resolve(stdout);
      const tail = all.trimEnd().split('\n').slice(-TAIL_LINES).join('\n');
      const how = signal ? `was ended by ${signal}` : `failed with exit code ${code}`;
      reject(new UserError(`'${line}' ${how}${tail ? `:\n${tail}` : ''}`, options.advice ?? ''));
    });
  });
}
