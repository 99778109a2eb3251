/**
 * Holds back a shutdown of this machine until the kubelet's pods have ended, by means of systemd's login manager.
 *
 * An inhibitor lock of the kind "delay" is held by `systemd-inhibit`, whose child waits for its standard input to end: closing
 * that, or the death of the kubelet, gives the lock back. `busctl` tells when a shutdown begins, or is called off. Programs
 * instead of a D-Bus library: they come with logind itself. Kubernetes also raises logind's longest delay in /etc; here the
 * administrator is told to, because files of the system are not ours.
 * https://systemd.io/INHIBITOR_LOCKS/
 */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import type { Logger } from '../../../helper/process/component';

/** Made by logind alone. */
const LOGIND_FOLDER = '/run/systemd/seats';
const MANAGER = ['org.freedesktop.login1', '/org/freedesktop/login1', 'org.freedesktop.login1.Manager'];
const SIGNAL = "type='signal',interface='org.freedesktop.login1.Manager',member='PrepareForShutdown'";

export interface LogindOptions {
  /** how long a shutdown may take */
  readonly seconds: number;
  /** ends the pods */
  begin(): Promise<void>;
  callOff(): void;
  readonly log: Logger;
}

/** Watches for shutdowns from now on; returns the way to stop. Without a login manager nothing happens. */
export function watchLogind(options: LogindOptions): () => void {
  if (!existsSync(LOGIND_FOLDER)) return () => undefined;
  void warnOfShortDelay(options);
  let lock = takeLock(options.log);
  const monitor = spawn('busctl', ['monitor', '--json=short', '--match', SIGNAL], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  monitor.on('error', (error) => options.log.warn({ error: error.message }, 'shutdowns are not seen'));
  createInterface({ input: monitor.stdout }).on('line', (line) => {
    const isStarting = shutdownOf(line);
    if (isStarting === true) void options.begin().finally(() => lock.stdin?.end());
    if (isStarting !== false) return;
    options.callOff();
    lock.stdin?.end();
    lock = takeLock(options.log);
  });
  return () => {
    monitor.kill();
    lock.stdin?.end();
  };
}

/** What a line of the monitor says: true: a shutdown begins, false: it was called off, undefined: neither. */
export function shutdownOf(line: string): boolean | undefined {
  try {
    const { member, payload } = JSON.parse(line) as { member?: string; payload?: { data?: readonly unknown[] } };
    const value = member === 'PrepareForShutdown' ? payload?.data?.[0] : undefined;
    return typeof value === 'boolean' ? value : undefined;
  } catch {
    return undefined;
  }
}

function takeLock(log: Logger): ChildProcess {
  const why = '--why=Kubelet needs time to handle node shutdown';
  const lock = spawn('systemd-inhibit', ['--what=shutdown', '--mode=delay', '--who=kubelet', why, 'cat'], {
    stdio: ['pipe', 'ignore', 'pipe'],
  });
  let complaint = '';
  lock.stderr.on('data', (chunk: Buffer) => {
    complaint += chunk.toString();
  });
  lock.stdin.on('error', () => undefined);
  lock.on('error', (error) => log.warn({ error: error.message }, 'shutdowns of this machine are not held back'));
  lock.on('close', (code) => {
    if (code) log.warn({ error: complaint.trim() }, 'shutdowns of this machine are not held back');
  });
  return lock;
}

/** logind waits no longer than its own setting says, five seconds unless set. */
async function warnOfShortDelay({ seconds, log }: LogindOptions): Promise<void> {
  execFile('busctl', ['get-property', ...MANAGER, 'InhibitDelayMaxUSec'], (error, text) => {
    const microseconds = Number(text.trim().split(' ')[1]);
    if (error || !(microseconds < seconds * 1e6)) return;
    const advice = `put "[Login]" and "InhibitDelayMaxSec=${seconds}" into /etc/systemd/logind.conf.d/kubelet.conf and restart systemd-logind`;
    log.warn({ waitsSeconds: microseconds / 1e6, wantedSeconds: seconds, advice }, 'logind cuts the shutdown short');
  });
}
