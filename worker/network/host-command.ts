/**
 * Runs a program of the host with a text on its standard input, within a time limit.
 */
import { spawn } from 'node:child_process';

const TIME_LIMIT_MS = 15_000;
/** sbin is often not on the PATH of whoever started us. */
const PATH = `${process.env['PATH'] ?? ''}:/usr/local/sbin:/usr/sbin:/sbin:/usr/bin:/bin`;

/** Resolves with stdout. Rejects with the command, its exit code and what it wrote to stderr. */
export function runOnHost(program: string, args: readonly string[], input = ''): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      stdio: ['pipe', 'pipe', 'pipe'],
      env: { PATH, LC_ALL: 'C' },
      timeout: TIME_LIMIT_MS,
      killSignal: 'SIGKILL',
    });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (chunk: Buffer) => {
      stdout += chunk;
    });
    child.stderr.on('data', (chunk: Buffer) => {
      stderr += chunk;
    });
    child.on('error', (error) => reject(new Error(`'${program}' could not be started: ${error.message}`)));
    child.on('close', (code, signal) => {
      if (code === 0) return resolve(stdout);
      const how = signal ? `was ended by ${signal}` : `failed with exit code ${code}`;
      reject(new Error(`'${[program, ...args].join(' ')}' ${how}: ${stderr.trim()}`));
    });
    // A program that ends before reading its input breaks the pipe; its exit code says what is wrong.
    child.stdin.on('error', () => {});
    child.stdin.end(input);
  });
}
