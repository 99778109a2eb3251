/**
 * The command line behind `run.sh`: which verbs there are and what they take. The work is in `commands/`.
 */
import { join } from 'node:path';
import { Command } from 'commander';
import { loadSettings } from '../../helper/process/load-settings';
import type { Settings } from '../../helper/process/settings';
import type { UpFlags } from './choose-settings';
import type { JoinFlags } from './commands/join';
import type { MachineAction } from './commands/machine';
import { UserError } from './run-command';
import { createSteps, type Steps } from './steps';

const INTERRUPTED = 130;

function settingsNow(given: Readonly<Record<string, string | undefined>> = {}): Settings {
  return loadSettings([], {
    ...process.env,
    ...given,
    MINIK8S_PROJECT_ROOT: process.env['MINIK8S_PROJECT_ROOT'] ?? join(__dirname, '..'),
  });
}

const print = (text: string): void => {
  process.stdout.write(text);
};

type UpOptions = UpFlags & { readonly dryRun?: boolean; readonly filename?: string };

/** What the flags and the node file say, if there is one. */
async function withNodeFile({
  filename,
  ...flags
}: UpOptions): Promise<{ flags: Omit<UpOptions, 'filename'>; base: Settings }> {
  if (filename === undefined) return { flags, base: settingsNow() };
  const { masterOptions } = await import('./node-file');
  const options = masterOptions(filename, flags, settingsNow());
  return { flags: { ...flags, ...options.flags }, base: settingsNow(options.env) };
}

/** Runs `up`; Ctrl-C while it works says what state things are in. */
async function runUp(given: UpOptions, quickStart: boolean): Promise<void> {
  const { chooseSettings } = await import('./choose-settings');
  const { up } = await import('./commands/up');
  const steps: Steps = createSteps(print);
  process.once('SIGINT', () => {
    steps.say(
      "\ninterrupted: components already started go on running. './run.sh up' goes on from here, './run.sh down' ends them.",
    );
    process.exit(INTERRUPTED);
  });
  const { flags, base } = await withNodeFile(given);
  const { readClusterFile } = await import('./cluster-file');
  if (readClusterFile(base.home)?.role === 'worker') {
    const { startJoined } = await import('./commands/join');
    return startJoined(base, flags.install, steps);
  }
  const chosen = await chooseSettings(flags, base);
  await up(chosen.settings, { ...chosen, mayInstall: flags.install, dryRun: flags.dryRun ?? false, quickStart }, steps);
}

function addUp(program: Command): void {
  program
    .command('up')
    .description('start the cluster, or what of it does not run')
    .option('-f, --filename <file>', 'node file of a master')
    .option('--nodes <n>', 'number of nodes: this host and n-1 machines made of namespaces')
    .option('--store <kind>', 'auto, etcd or embedded')
    .option('--etcd-endpoints <urls>', 'an etcd that runs already, comma separated')
    .option('--runtime <kind>', 'auto, docker, containerd, both as docker,containerd, or simulated')
    .option('--cri-endpoint <socket>', 'a container runtime that runs already and speaks CRI: unix:///…')
    .option('--all-in-one', 'every component in one process: least memory, fastest start')
    .option('--dry-run', 'say what would be done and do nothing')
    .option('--no-install', 'never install system packages')
    .action((flags: UpOptions) => runUp(flags, false));
  program
    .command('down')
    .description('end the cluster; its state stays')
    .option('--purge', 'remove its state and images too')
    .action(async (flags: { purge?: boolean }) => {
      const { down } = await import('./commands/down');
      await down(settingsNow(), flags.purge ?? false, createSteps(print));
    });
}

function addJoining(program: Command): void {
  program
    .command('join')
    .description('make this machine a node of a cluster elsewhere')
    .option('--server <url>', "the control plane's address, https://HOST:6443")
    .requiredOption('--token <token>', "from './run.sh token create' there")
    .option('-f, --filename <file>', 'node file of a worker, in place of --server, --node-name and --node-ip')
    .option(
      '--discovery-token-ca-cert-hash <hash>',
      "sha256:… of the cluster's CA, printed with the token; may be repeated",
      (hash: string, others: string[]) => [...others, hash],
      [] as string[],
    )
    .option('--node-name <name>', "name of this node; default: the machine's name")
    .option('--node-ip <address>', 'address other machines reach this one by; default: the one that reaches the server')
    .option('--runtime <kind>', 'docker (default), containerd, docker,containerd or simulated')
    .option('--cri-endpoint <socket>', 'a container runtime that runs already and speaks CRI: unix:///…')
    .option('--no-install', 'never install system packages')
    .action(async ({ filename, ...flags }: JoinFlags & { filename?: string }) => {
      const { workerOptions } = await import('./node-file');
      const given = filename === undefined ? { flags, env: {} } : workerOptions(filename, flags, settingsNow());
      if (!given.flags.server)
        throw new UserError('--server is missing', './run.sh join --server https://HOST:6443 --token …');
      const { join: joinCluster } = await import('./commands/join');
      await joinCluster(settingsNow(given.env), { ...flags, ...given.flags }, createSteps(print));
    });
  const token = program.command('token').description('tokens with which other machines join');
  const load = () => import('./commands/token');
  token
    .command('create [token]')
    .description('make one and print the whole join command')
    .option('--ttl <time>', 'how long it is good: 24h, 90m; 0 is for ever', '24h')
    .option('--description <text>', 'what it is for')
    .action(async (text: string | undefined, flags: { ttl: string; description?: string }) =>
      print(await (await load()).createToken(settingsNow(), flags, text)),
    );
  token
    .command('list')
    .description('those there are')
    .action(async () => print(await (await load()).listTokens(settingsNow())));
  token
    .command('delete <id>')
    .description('take one back')
    .action(async (id: string) => print(await (await load()).deleteToken(settingsNow(), id)));
}

function addMachines(program: Command): void {
  const load = () => import('./commands/machine');
  const machine = program
    .command('machine')
    .description('the machines that up --nodes made on this host')
    .enablePositionalOptions();
  machine
    .command('list')
    .description('name, address, state')
    .action(async () => print(await (await load()).listMachineTable(settingsNow())));
  machine
    .command('exec <name> [command...]')
    .description('run a command on it, e.g. docker ps; without one a shell')
    .allowUnknownOption()
    .passThroughOptions()
    .action(async (name: string, command: string[]) => {
      process.exitCode = await (await load()).execInMachine(settingsNow(), name, command);
    });
  machine
    .command('stop <name>')
    .description('shut it down; its pods end first where its kubelet has a shutdownGracePeriod')
    .option('--now', 'cut the power: everything on it is gone at once')
    .action(async (name: string, flags: { now?: boolean }) =>
      print(await (await load()).stopMachine(settingsNow(), name, flags)),
    );
  const orders: Readonly<Record<MachineAction, string>> = {
    start: 'power it on',
    cut: 'pull its network cable',
    heal: 'plug the cable in again',
    remove: 'power it off, take it out of the cluster and delete its data',
  };
  for (const [action, description] of Object.entries(orders)) {
    machine
      .command(`${action} <name>`)
      .description(description)
      .action(async (name: string) =>
        print(await (await load()).orderMachine(settingsNow(), action as MachineAction, name)),
      );
  }
}

function addProcesses(program: Command): void {
  const load = () => import('./commands/processes');
  program
    .command('ps')
    .description('the components: pid, state, restarts, memory, log')
    .action(async () => print(await (await load()).ps(settingsNow())));
  program
    .command('status')
    .description('components, nodes and pods in a few lines')
    .action(async () => print(await (await load()).status(settingsNow())));
  program
    .command('logs <name>')
    .description("a component's log")
    .option('-f, --follow', 'go on printing')
    .option('-n, --lines <n>', 'last lines', '200')
    .action(async (name: string, flags: { follow?: boolean; lines: string }) =>
      (await load()).logs(settingsNow(), name, { follow: flags.follow ?? false, lines: Number(flags.lines) }),
    );
  for (const action of ['stop', 'start', 'restart'] as const) {
    program
      .command(`${action} <name>`)
      .description(`${action} one component`)
      .action(async (name: string) => print(await (await load()).orderProcess(settingsNow(), name, action)));
  }
}

/** Machines of this host have a Docker each: what was built here goes to all of them. */
async function shareImages(say: (text: string) => void): Promise<void> {
  const { copyBuiltImages, eachMachineSocket } = await import('./machines/copy-images');
  const settings = settingsNow();
  await eachMachineSocket(settings, async (socket, name) => {
    const copied = await copyBuiltImages(settings.dockerSocket, socket);
    if (copied.length > 0) say(`${copied.join(', ')} copied to ${name}`);
  });
}

function addOthers(program: Command): void {
  program
    .command('doctor')
    .description('check this machine')
    .action(async () => print(await (await import('./commands/doctor')).doctor(settingsNow())));
  const images = program.command('images').description('images without a registry');
  images
    .command('build [names...]')
    .description('make pause, base, busybox, nginx, python and node images from this machine’s packages')
    .option('--no-pull', 'do not ask a registry first')
    .option('--no-install', 'never install system packages')
    .action(async (names: string[], flags: { pull: boolean; install: boolean }) => {
      const { buildImages } = await import('./images/build-images');
      const { imageStoresOf } = await import('./images/image-store');
      const only = names.length > 0 ? { only: names } : {};
      const say = (text: string) => print(`${text}\n`);
      for (const store of await imageStoresOf(settingsNow())) {
        const built = await buildImages({ store, log: say, ...only, ...flags });
        for (const { tag, how } of built) say(`${tag} ${how}`);
      }
      await shareImages(say);
    });
  images
    .command('load <file>')
    .description('load an archive made by docker save')
    .action(async (file: string) => {
      const { imageStoresOf } = await import('./images/image-store');
      const { loadImages } = await import('./images/docker-images');
      for (const store of await imageStoresOf(settingsNow())) print(`${await store.load(file)}\n`);
      const { eachMachineSocket } = await import('./machines/copy-images');
      await eachMachineSocket(settingsNow(), (socket) => loadImages(socket, file));
    });
  program
    .command('kubectl [args...]')
    .description('kubectl of our own; without arguments a prompt')
    .helpOption(false)
    .allowUnknownOption()
    .passThroughOptions()
    .action(async (args: string[]) => {
      const { kubectl } = await import('../kubectl/main');
      process.exitCode = await kubectl(args, settingsNow());
    });
  program
    .command('bench [names...]')
    .description('measure this cluster')
    .action(async (names: string[]) => {
      const { bench } = await import('./commands/bench');
      await bench(settingsNow(), names);
    });
  program.command('test').description('install what the tests need and run everything (handled by run.sh)');
}

function report(error: unknown): void {
  if (error instanceof UserError) {
    process.stderr.write(`\nminik8s: ${error.message}\n${error.advice ? `${error.advice}\n` : ''}`);
  } else {
    process.stderr.write(`\nminik8s: ${(error as Error).stack ?? String(error)}\n`);
  }
  process.exitCode = 1;
}

const program = new Command('run.sh')
  .description('minik8s: a Kubernetes small enough to read and real enough to use')
  .enablePositionalOptions()
  .showHelpAfterError("(see './run.sh help')")
  .action(() => runUp({ install: true }, true));
addUp(program);
addJoining(program);
addMachines(program);
addProcesses(program);
addOthers(program);
program.parseAsync().then(
  // Exit now: keep-alive sockets of a finished command are not worth waiting for.
  () => process.exit(process.exitCode ?? 0),
  (error: unknown) => {
    report(error);
    process.exit(1);
  },
);
