/**
 * `./run.sh doctor`: what a cluster needs of this machine, checked one by one, each failure with a way out.
 */
import { existsSync, readFileSync, statfsSync } from 'node:fs';
import { freemem, totalmem } from 'node:os';
import type { Settings } from '../../../helper/process/settings';
import { dockerVersion } from '../docker-daemon';
import { canInstall, DOCKER_NEEDS, findProgram } from '../host-packages';
import { isPortFree } from '../ports';
import { runCommand } from '../run-command';
import { runningProcesses } from '../supervisor/start';

export interface Finding {
  readonly name: string;
  /** bad: a cluster cannot work; warn: it works with less */
  readonly verdict: 'ok' | 'warn' | 'bad';
  readonly detail: string;
  readonly advice?: string;
}

const GIBIBYTE = 1024 ** 3;
const MIN_DISK_BYTES = 2 * GIBIBYTE;
const MIN_MEMORY_BYTES = GIBIBYTE;

function checkKernel(): Finding {
  const release = readFileSync('/proc/sys/kernel/osrelease', 'utf8').trim();
  const cgroup = existsSync('/sys/fs/cgroup/cgroup.controllers') ? 'cgroup v2' : 'cgroup v1';
  const overlay = readFileSync('/proc/filesystems', 'utf8').includes('overlay');
  if (!overlay) {
    return {
      name: 'kernel',
      verdict: 'warn',
      detail: `${release}, ${cgroup}, no overlay file system`,
      advice: 'Docker will use a slower storage driver.',
    };
  }
  return { name: 'kernel', verdict: 'ok', detail: `${release}, ${cgroup}, overlay` };
}

function checkUser(): Finding {
  if (process.getuid?.() === 0) return { name: 'user', verdict: 'ok', detail: 'root' };
  return {
    name: 'user',
    verdict: 'warn',
    detail: 'not root',
    advice: 'Interfaces and iptables need root: use sudo for real containers; without it the runtime is simulated.',
  };
}

async function checkDocker(settings: Settings): Promise<Finding> {
  const version = await dockerVersion(settings.dockerSocket);
  if (version) return { name: 'docker', verdict: 'ok', detail: `${version} answers on ${settings.dockerSocket}` };
  if (findProgram('dockerd'))
    return { name: 'docker', verdict: 'ok', detail: "installed, not running; './run.sh up' starts it" };
  if (canInstall())
    return { name: 'docker', verdict: 'ok', detail: "not installed; './run.sh up' installs docker.io with apt" };
  return {
    name: 'docker',
    verdict: 'warn',
    detail: 'not installed',
    advice: 'Install Docker for real containers; without it the runtime is simulated.',
  };
}

function checkPrograms(): Finding {
  const missing = DOCKER_NEEDS.filter((need) => need.program !== 'dockerd' && !findProgram(need.program));
  if (missing.length === 0)
    return { name: 'programs', verdict: 'ok', detail: DOCKER_NEEDS.map((need) => need.program).join(', ') };
  const packages = missing.map((need) => need.package).join(' ');
  if (canInstall()) return { name: 'programs', verdict: 'ok', detail: `'./run.sh up' installs ${packages} with apt` };
  return {
    name: 'programs',
    verdict: 'bad',
    detail: `missing: ${missing.map((need) => need.program).join(', ')}`,
    advice: `apt-get install ${packages}`,
  };
}

async function checkIptables(): Promise<Finding> {
  if (!findProgram('iptables')) return { name: 'iptables', verdict: 'warn', detail: 'not installed' };
  try {
    const version = await runCommand('iptables', ['--version']);
    await runCommand('iptables', ['-w', '5', '-t', 'nat', '-S', 'POSTROUTING']);
    return { name: 'iptables', verdict: 'ok', detail: version.trim() };
  } catch (error) {
    return {
      name: 'iptables',
      verdict: 'bad',
      detail: (error as Error).message,
      advice: 'Services need iptables with the nat table: run as root on a kernel that has it.',
    };
  }
}

async function checkPorts(settings: Settings): Promise<Finding> {
  if (await runningProcesses(settings.home)) return { name: 'ports', verdict: 'ok', detail: 'in use by this cluster' };
  const taken: number[] = [];
  for (const port of [settings.portBase, settings.kubeletPort])
    if (!(await isPortFree(port, '0.0.0.0'))) taken.push(port);
  if (taken.length === 0)
    return { name: 'ports', verdict: 'ok', detail: `${settings.portBase}, ${settings.kubeletPort} are free` };
  return {
    name: 'ports',
    verdict: 'bad',
    detail: `taken: ${taken.join(', ')}`,
    advice: 'Choose others with MINIK8S_PORT_BASE=7443, or end the program that holds them.',
  };
}

function checkDisk(settings: Settings): Finding {
  const folder = existsSync(settings.home) ? settings.home : '/';
  const { bavail, bsize } = statfsSync(folder);
  const free = bavail * bsize;
  const detail = `${(free / GIBIBYTE).toFixed(1)} GiB free for ${settings.home}`;
  if (free >= MIN_DISK_BYTES) return { name: 'disk', verdict: 'ok', detail };
  return {
    name: 'disk',
    verdict: 'warn',
    detail,
    advice: 'Images and logs need some 2 GiB; set MINIK8S_HOME to a roomier disk.',
  };
}

function checkMemory(): Finding {
  const detail = `${(freemem() / GIBIBYTE).toFixed(1)} of ${(totalmem() / GIBIBYTE).toFixed(1)} GiB free`;
  if (totalmem() >= MIN_MEMORY_BYTES) return { name: 'memory', verdict: 'ok', detail };
  return { name: 'memory', verdict: 'warn', detail, advice: 'Use --all-in-one, which needs the least.' };
}

export async function examine(settings: Settings): Promise<Finding[]> {
  return [
    checkKernel(),
    checkUser(),
    await checkDocker(settings),
    checkPrograms(),
    await checkIptables(),
    await checkPorts(settings),
    checkDisk(settings),
    checkMemory(),
  ];
}

/** Prints the findings; sets exit code 1 when one is bad. */
export async function doctor(settings: Settings): Promise<string> {
  const findings = await examine(settings);
  if (findings.some((finding) => finding.verdict === 'bad')) process.exitCode = 1;
  return findings
    .map(
      ({ name, verdict, detail, advice }) =>
        `${verdict.padEnd(5)}${name.padEnd(10)}${detail}\n${advice ? `${' '.repeat(15)}${advice}\n` : ''}`,
    )
    .join('');
}
