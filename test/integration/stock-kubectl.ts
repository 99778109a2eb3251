/**
 * Kubernetes' own kubectl against a server under test: the judge of whether the API is what it should be.
 *
 * Machines without one skip these tests.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { KUBECTL } from '../kubectl-path';
import type { TestServer } from './test-server';

const TIMEOUT_MS = 30_000;

export interface Ran {
  readonly out: string;
  readonly err: string;
  readonly code: number;
}

/** True when this machine has a kubectl that is not ours. */
export const hasStockKubectl = KUBECTL !== undefined;
if (!hasStockKubectl) console.warn('skipped: no kubectl on PATH');

/** kubectl as the administrator of this server. */
export class StockKubectl {
  private readonly home = mkdtempSync(join(tmpdir(), 'stock-kubectl-'));

  constructor(private readonly server: TestServer) {
    writeFileSync(join(this.home, 'ca.crt'), server.ca);
  }

  /** Runs it with these arguments; never throws for a failure of the command. */
  run(args: readonly string[], stdin = ''): Promise<Ran> {
    const { home, server } = this;
    const connection = [
      `--server=https://127.0.0.1:${server.port}`,
      `--certificate-authority=${join(home, 'ca.crt')}`,
      `--token=${server.token}`,
      `--cache-dir=${join(home, 'cache')}`,
    ];
    return new Promise((resolve, reject) => {
      const env = { ...process.env, HOME: home, KUBECONFIG: join(home, 'none') };
      const child = spawn(KUBECTL ?? 'kubectl', [...connection, ...args], { env, timeout: TIMEOUT_MS });
      let [out, err] = ['', ''];
      child.stdout.on('data', (chunk) => {
        out += chunk;
      });
      child.stderr.on('data', (chunk) => {
        err += chunk;
      });
      child.on('error', reject);
      child.on('close', (code) => resolve({ out, err, code: code ?? -1 }));
      child.stdin.end(stdin);
    });
  }

  /** Removes what it kept on disk. */
  stop(): void {
    rmSync(this.home, { recursive: true, force: true });
  }
}
