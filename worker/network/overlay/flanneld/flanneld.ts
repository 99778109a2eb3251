/**
 * The overlay by flannel's own program: this process writes the network's configuration into etcd, asks for the lease of the range that
 * the Node has, runs flanneld and looks at what it leased.
 *
 * The range is the API's (`spec.podCIDR`); a lease of another range would put two nodes' pods behind one route, so it is reported and
 * not used. flanneld that ends is started again. Stopped, its device and routes stay: pods go on talking.
 * https://github.com/flannel-io/flannel/blob/master/Documentation/reservations.md
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { BackOff } from '../../../../helper/client/back-off';
import type { Logger, RunningComponent } from '../../../../helper/process/component';
import type { Settings } from '../../../../helper/process/settings';
import { ensureKey } from './etcd-gateway';
import { askForLease, CONFIG_KEY, flanneldArguments, networkConfig, readLease } from './terms';

const RETRY = { firstMs: 500, longestMs: 30_000 };
const LOOK_EVERY_MS = 200;
const STOP_TIMEOUT_MS = 5_000;

type FlanneldSettings = Pick<
  Settings,
  'flanneldPath' | 'etcdEndpoints' | 'nodeIp' | 'podCidr' | 'overlayBackend' | 'portBase'
>;

export interface FlanneldOptions {
  readonly settings: FlanneldSettings;
  readonly subnetFile: string;
  /** the Node's range; undefined while it has none */
  readonly podCidr: () => string | undefined;
  readonly log: Logger;
}

const textOf = (path: string): string => {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return ''; // Not written yet.
  }
};

export class Flanneld implements RunningComponent {
  private readonly stopped = new AbortController();
  private readonly ended: Promise<void>;
  private child: ChildProcess | undefined;
  private problem: string | undefined = 'flanneld has not been started yet';

  constructor(private readonly options: FlanneldOptions) {
    this.ended = this.run();
  }

  /** Why other nodes' pods may be out of reach; undefined when flanneld runs with the lease it should have. */
  notReadyReason(): string | undefined {
    return this.problem ?? this.leaseProblem();
  }

  async stop(): Promise<void> {
    this.stopped.abort();
    this.child?.kill('SIGTERM');
    const timer = setTimeout(() => this.child?.kill('SIGKILL'), STOP_TIMEOUT_MS);
    await this.ended;
    clearTimeout(timer);
  }

  private async run(): Promise<void> {
    const { settings, log } = this.options;
    const backOff = new BackOff(RETRY);
    while (!this.stopped.signal.aborted) {
      try {
        await this.prepare();
        if (this.stopped.signal.aborted) return;
        const ending = await this.runOnce(() => backOff.reset());
        this.problem = `${settings.flanneldPath} ended: ${ending}`;
      } catch (error) {
        this.problem = (error as Error).message;
      }
      if (this.stopped.signal.aborted) return;
      log.error({ error: this.problem }, 'flanneld does not run; trying again');
      await sleep(backOff.next(), undefined, { signal: this.stopped.signal }).catch(() => {});
    }
  }

  /** What flanneld finds when it starts. */
  private async prepare(): Promise<void> {
    const { settings, subnetFile } = this.options;
    const podCidr = await this.ownRange();
    if (podCidr === undefined) return;
    await ensureKey(settings.etcdEndpoints, CONFIG_KEY, networkConfig(settings));
    const lease = readLease(textOf(subnetFile));
    if (lease?.subnet === podCidr) return;
    mkdirSync(dirname(subnetFile), { recursive: true });
    writeFileSync(`${subnetFile}.tmp`, askForLease(settings.podCidr, podCidr));
    renameSync(`${subnetFile}.tmp`, subnetFile);
  }

  private async ownRange(): Promise<string | undefined> {
    while (!this.stopped.signal.aborted) {
      const range = this.options.podCidr();
      if (range !== undefined) return range;
      await sleep(LOOK_EVERY_MS, undefined, { signal: this.stopped.signal }).catch(() => {});
    }
    return undefined;
  }

  /** Resolves when it ends, with how; `onLease` is called once it has leased what it should. */
  private runOnce(onLease: () => void): Promise<string> {
    const { settings, subnetFile, log } = this.options;
    const args = flanneldArguments(settings, subnetFile);
    const child = spawn(settings.flanneldPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    this.child = child;
    this.problem = undefined;
    log.info({ command: [settings.flanneldPath, ...args].join(' ') }, 'flanneld started');
    for (const output of [child.stdout, child.stderr]) {
      output.on('data', (chunk: Buffer) => log.debug({ flanneld: chunk.toString().trimEnd() }, 'flanneld says'));
    }
    const looking = setInterval(() => {
      if (this.leaseProblem() !== undefined) return;
      clearInterval(looking);
      onLease();
      log.info(readLease(textOf(subnetFile)) ?? {}, 'flanneld leased the range of this node');
    }, LOOK_EVERY_MS);
    return new Promise<string>((resolve) => {
      child.once('error', (error) => resolve(error.message));
      child.once('close', (code, signal) => resolve(signal ? `by ${signal}` : `with exit code ${code}`));
    }).finally(() => clearInterval(looking));
  }

  private leaseProblem(): string | undefined {
    const podCidr = this.options.podCidr();
    const lease = readLease(textOf(this.options.subnetFile));
    if (!lease || podCidr === undefined) return 'flanneld has not leased a range yet';
    if (lease.subnet === podCidr) return undefined;
    return `flanneld leased ${lease.subnet}, and the Node of this machine has ${podCidr} (spec.podCIDR)`;
  }
}
