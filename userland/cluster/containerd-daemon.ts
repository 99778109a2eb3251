/**
 * A containerd of the cluster's own: its configuration, its start, its end.
 *
 * `up` starts it before the components, which need it at once; from then on the supervisor looks after it like after the others (it finds
 * the process by its pid file). `down` starts it once more to take the containers back. Everything it writes is below the cluster's home.
 * https://kubernetes.io/docs/setup/production-environment/container-runtimes/#containerd
 */
import { spawn } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { dirname, join } from 'node:path';
import { ownCriEndpoint } from '../../helper/process/default-settings';
import { usesCri, usesDocker } from '../../helper/process/node-runtimes';
import type { Settings } from '../../helper/process/settings';
import { dockerCgroupDriver } from './docker-daemon';
import { findProgram } from './host-packages';
import { UserError } from './run-command';
import { identify, isSame, readPidFile, writePidFile } from './supervisor/process-identity';
import { waitUntil } from './wait-until';

const START_TIMEOUT_MS = 30_000;
const STOP_TIMEOUT_MS = 20_000;
const CHECK_MS = 30;
/** Longest path of a unix socket. */
const MAX_SOCKET_PATH = 107;

const PAUSE_IMAGE = 'minik8s/pause:1';

/** Whether this cluster starts containerd itself. */
export function hasOwnContainerd(settings: Settings): boolean {
  return usesCri(settings) && settings.criEndpoint === ownCriEndpoint(settings.home);
}

export function containerdSocket({ criEndpoint }: Pick<Settings, 'criEndpoint'>): string {
  return criEndpoint.replace(/^unix:\/\//, '');
}

const configFile = (home: string) => join(home, 'containerd', 'config.toml');

export function containerdCommand(settings: Settings): { command: string; args: readonly string[] } {
  return { command: findProgram('containerd') ?? 'containerd', args: ['--config', configFile(settings.home)] };
}

/**
 * The text of its configuration. Every path is the cluster's own; only the plugins that Kubernetes needs are loaded. `restrict_oom_score_adj`
 * raises what this machine may not lower, which runc would fail at. Pure.
 */
export function renderContainerdConfig(settings: Settings, pluginFolder: string, systemdCgroup = false): string {
  const folder = join(settings.home, 'containerd');
  const text = JSON.stringify;
  return `version = 2
root = ${text(join(folder, 'root'))}
state = ${text(join(folder, 'state'))}
disabled_plugins = ["io.containerd.snapshotter.v1.aufs", "io.containerd.snapshotter.v1.btrfs", "io.containerd.snapshotter.v1.devmapper", "io.containerd.snapshotter.v1.zfs", "io.containerd.tracing.processor.v1.otlp", "io.containerd.internal.v1.tracing"]

[grpc]
  address = ${text(containerdSocket(settings))}

[plugins."io.containerd.internal.v1.opt"]
  path = ${text(join(folder, 'opt'))}

[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = ${text(PAUSE_IMAGE)}
  restrict_oom_score_adj = true
  netns_mounts_under_state_dir = true
  tolerate_missing_hugetlb_controller = true

  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = ${text(pluginFolder)}
    conf_dir = ${text(join(folder, 'cni'))}

  [plugins."io.containerd.grpc.v1.cri".containerd]
    default_runtime_name = "runc"

    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
      runtime_type = "io.containerd.runc.v2"

      [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
        Root = ${text(join(folder, 'runc'))}
        SystemdCgroup = ${systemdCgroup}
`;
}

/** Beside Docker it leaves control groups to whom Docker leaves them: a pod's have one hierarchy. */
async function writeConfig(settings: Settings): Promise<void> {
  const socket = containerdSocket(settings);
  if (socket.length > MAX_SOCKET_PATH) {
    throw new UserError(`the path of containerd's socket is too long: ${socket}`, 'Choose a shorter MINIK8S_HOME.');
  }
  const systemdCgroup = usesDocker(settings) && (await dockerCgroupDriver(settings.dockerSocket)) === 'systemd';
  mkdirSync(join(settings.home, 'containerd', 'cni'), { recursive: true });
  const plugins = dirname(findProgram('host-local') ?? '/usr/lib/cni/host-local');
  writeFileSync(configFile(settings.home), renderContainerdConfig(settings, plugins, systemdCgroup));
}

function answers(socketPath: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(socketPath);
    const done = (isThere: boolean) => () => {
      socket.destroy();
      resolve(isThere);
    };
    socket.once('connect', done(true)).once('error', done(false));
  });
}

const pidFileOf = (home: string) => join(home, 'run', 'containerd.pid');

/** Resolves when it answers; true when this call started it. An endpoint that is not ours must answer already. */
export async function ensureContainerd(settings: Settings): Promise<boolean> {
  const socket = containerdSocket(settings);
  if (!hasOwnContainerd(settings)) {
    if (await answers(socket)) return false;
    throw new UserError(
      `no container runtime answers on ${settings.criEndpoint}`,
      'Start it, or leave --cri-endpoint out.',
    );
  }
  if (readPidFile(pidFileOf(settings.home)) && (await answers(socket))) return false;
  await writeConfig(settings);
  const logFile = join(settings.home, 'log', 'containerd.log');
  const { command, args } = containerdCommand(settings);
  const log = openSync(logFile, 'a');
  const child = spawn(command, args, { stdio: ['ignore', log, log], detached: true });
  closeSync(log);
  child.unref();
  let hasEnded = false;
  const onEnd = () => {
    hasEnded = true;
  };
  child.once('error', onEnd).once('exit', onEnd);
  const identity = child.pid === undefined ? undefined : identify(child.pid);
  if (identity) writePidFile(pidFileOf(settings.home), identity);
  await waitUntil(
    async () => {
      return (!hasEnded && (await answers(socket))) || undefined;
    },
    {
      timeoutMs: START_TIMEOUT_MS,
      everyMs: CHECK_MS,
      what: `containerd answers on ${socket}`,
      advice: `Read ${logFile}; or use --runtime simulated.`,
      isHopeless: async () =>
        hasEnded
          ? new UserError(`'${command} ${args.join(' ')}' ended:\n${tailOf(logFile)}`, `Read ${logFile}.`)
          : undefined,
    },
  );
  return true;
}

function tailOf(file: string): string {
  return existsSync(file) ? readFileSync(file, 'utf8').trimEnd().split('\n').slice(-8).join('\n') : '';
}

/** Ends the containerd of this home, if one runs. Resolves when it is gone. */
export async function stopOwnContainerd(home: string): Promise<void> {
  const identity = readPidFile(pidFileOf(home));
  if (!identity) return;
  process.kill(identity.pid, 'SIGTERM');
  await waitUntil(async () => !isSame(identity) || undefined, {
    timeoutMs: STOP_TIMEOUT_MS,
    what: `containerd (pid ${identity.pid}) has ended`,
    advice: `It was asked to; end it with 'kill -9 ${identity.pid}'.`,
  });
}
