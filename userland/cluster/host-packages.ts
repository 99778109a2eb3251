/**
 * The programs of the host that a cluster needs, and how a bare Debian or Ubuntu gets them.
 *
 * Pure part: which packages are missing. Edge: `apt-get install`, only as root, only when allowed, saying so first.
 */
import { accessSync, constants, existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { runCommand, UserError } from './run-command';

export interface Need {
  readonly program: string;
  readonly package: string;
  readonly why: string;
}

/** For real containers. Docker itself may come from elsewhere (docker-ce): then its program is there and nothing is installed. */
export const DOCKER_NEEDS: readonly Need[] = [
  { program: 'dockerd', package: 'docker.io', why: 'runs the containers' },
  { program: 'iptables', package: 'iptables', why: 'Service addresses' },
  { program: 'ip', package: 'iproute2', why: 'pod network' },
  { program: 'nsenter', package: 'util-linux', why: 'pod network' },
  { program: 'catatonit', package: 'catatonit', why: 'the pause image' },
  { program: 'busybox', package: 'busybox-static', why: 'the base image' },
];

/** For real containers without Docker. */
export const CONTAINERD_NEEDS: readonly Need[] = [
  { program: 'containerd', package: 'containerd', why: 'runs the containers' },
  { program: 'runc', package: 'runc', why: 'runs the containers' },
  { program: 'host-local', package: 'containernetworking-plugins', why: 'pod network (CNI)' },
  ...DOCKER_NEEDS.filter(({ program }) => program !== 'dockerd'),
];

export const ETCD_NEEDS: readonly Need[] = [{ program: 'etcd', package: 'etcd-server', why: 'the store' }];

const SYSTEM_PATHS = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin'];
/** CNI plugins: of the distribution's package, and of containerd's own instructions. */
const PLUGIN_PATHS = ['/usr/lib/cni', '/opt/cni/bin'];

/** Full path of a program on PATH or in the system's folders (sbin is often not on a user's PATH); undefined when there is none. */
export function findProgram(name: string, path = process.env['PATH'] ?? ''): string | undefined {
  for (const folder of [...path.split(delimiter), ...SYSTEM_PATHS, ...PLUGIN_PATHS]) {
    if (!folder) continue;
    const file = join(folder, name);
    try {
      accessSync(file, constants.X_OK);
      return file;
    } catch {
      // not in this folder
    }
  }
  return undefined;
}

export function missingNeeds(needs: readonly Need[], find: (name: string) => string | undefined = findProgram): Need[] {
  return needs.filter((need) => find(need.program) === undefined);
}

export function canInstall(): boolean {
  return process.getuid?.() === 0 && existsSync('/usr/bin/apt-get');
}

/** Installs what is missing; returns the installed package names. Throws a UserError that names them when it may not. */
export async function installMissing(
  needs: readonly Need[],
  allowed: boolean,
  announce: (text: string) => void,
): Promise<string[]> {
  const missing = missingNeeds(needs);
  if (missing.length === 0) return [];
  const packages = [...new Set(missing.map((need) => need.package))];
  const list = missing.map((need) => `${need.program} (package ${need.package}: ${need.why})`).join(', ');
  const command = `apt-get install -y --no-install-recommends ${packages.join(' ')}`;
  if (!allowed)
    throw new UserError(
      `missing on this machine: ${list}; --no-install forbids installing them`,
      `Run as root: ${command}`,
    );
  if (!canInstall())
    throw new UserError(
      `missing on this machine: ${list}`,
      `Run as root: ${command} (or the same packages of your distribution)`,
    );
  announce(`  installing with apt: ${packages.join(' ')}`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const advice =
    'Check that apt-get works on this machine (network, sources), or install the packages yourself and run again.';
  await runCommand('apt-get', ['update', '-qq'], { env, advice });
  await runCommand('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...packages], { env, advice });
  return packages;
}
