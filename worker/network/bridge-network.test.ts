/**
 * The real bridge, in network namespaces of our own; needs root, says so when it is not.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pino from 'pino';
import { type BridgeNetwork, type BridgeNetworkOptions, createBridgeNetwork } from './bridge-network';
import { ensureLocalRoute, removeLocalRoute } from './local-routes';

const reason = process.getuid?.() === 0 ? undefined : 'not root: interfaces cannot be made';
const UNSHARE = '/usr/bin/unshare';
const id = process.pid.toString(36);
const pod = (uid: string) => ({ uid, namespace: 'default', name: uid });
const run = (program: string, ...args: string[]) => execFileSync(program, args, { encoding: 'utf8', stdio: 'pipe' });

describe('createBridgeNetwork()', () => {
  let network: BridgeNetwork;
  let options: BridgeNetworkOptions;
  const sleepers: ChildProcess[] = [];

  /** A process in a network namespace of its own, as a pause container is. */
  async function newNamespace(): Promise<number> {
    const child = spawn(UNSHARE, ['--net', 'sleep', '1000'], { stdio: 'ignore' });
    sleepers.push(child);
    const pid = child.pid ?? 0;
    const own = readlinkSync('/proc/self/ns/net');
    const deadline = Date.now() + 5000;
    while (readlinkSync(`/proc/${pid}/ns/net`) === own) {
      if (Date.now() > deadline) throw new Error('unshare made no namespace');
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    return pid;
  }

  beforeAll(async () => {
    if (reason) return void process.stderr.write(`skipped: createBridgeNetwork(): ${reason}\n`);
    options = {
      bridgeName: `m8n${id}`,
      stateDirectory: mkdtempSync(join(tmpdir(), 'minik8s-network-')),
      clusterCidr: '10.214.0.0/16',
      serviceCidr: '10.90.0.0/16',
      mtu: 1450,
      chainPrefix: `M8N${id}`,
      log: pino({ level: 'silent' }),
    };
    network = await createBridgeNetwork(options);
  });

  afterAll(async () => {
    for (const sleeper of sleepers) sleeper.kill('SIGKILL');
    if (reason) return;
    await network.teardown();
    rmSync(options.stateDirectory, { recursive: true });
  });

  function check(title: string, body: () => Promise<void>): void {
    test(title, async () => (reason ? undefined : await body()), 20_000);
  }

  check('is not ready, and attaches nothing, before the node has a range', async () => {
    expect(network.notReadyReason()).toContain('spec.podCIDR');
    await expect(network.attach(pod('early'), await newNamespace(), [])).rejects.toThrow('no pod range');
    await network.setPodCidr('10.214.3.0/24');
    expect(network.notReadyReason()).toBeUndefined();
  });

  check('attach() gives an interface, an address and a way out; again changes nothing', async () => {
    const pid = await newNamespace();
    const { ip } = await network.attach(pod('a'), pid, []);
    expect(ip).toMatch(/^10\.214\.3\.\d+$/);
    const inside = run('nsenter', '-t', `${pid}`, '-n', 'ip', '-o', '-4', 'addr', 'show', 'eth0');
    expect(inside).toContain(`${ip}/24`);
    expect(run('nsenter', '-t', `${pid}`, '-n', 'ip', 'route')).toContain('default via 10.214.3.1 dev eth0');
    expect(await network.attach(pod('a'), pid, [])).toEqual({ ip });
    expect(network.ipOf('a')).toBe(ip);
  });

  check('attach() gives a new namespace of the same pod a new interface', async () => {
    const first = await network.attach(pod('again'), await newNamespace(), []);
    const pid = await newNamespace();
    const second = await network.attach(pod('again'), pid, []);
    expect(second.ip).not.toBe(first.ip);
    expect(run('nsenter', '-t', `${pid}`, '-n', 'ip', '-o', '-4', 'addr')).toContain(second.ip);
  });

  check('attach() refuses the namespace of the host', async () => {
    await expect(network.attach(pod('host'), process.pid, [])).rejects.toThrow("host's network namespace");
    expect(network.ipOf('host')).toBeUndefined();
  });

  check('attach() of many at once gives each its own address', async () => {
    const pids = await Promise.all(Array.from({ length: 8 }, newNamespace));
    const all = await Promise.all(pids.map((pid, index) => network.attach(pod(`many-${index}`), pid, [])));
    expect(new Set(all.map(({ ip }) => ip)).size).toBe(8);
  });

  check('a host port belongs to one pod at a time, and its rule goes with the pod', async () => {
    const port = { hostPort: 28081, containerPort: 80, protocol: 'TCP' as const };
    const { ip } = await network.attach(pod('port-a'), await newNamespace(), [port]);
    expect(run('iptables', '-t', 'nat', '-S', `${options.chainPrefix}-HOSTPORTS`)).toContain(
      `--to-destination ${ip}:80`,
    );
    const other = network.attach(pod('port-b'), await newNamespace(), [port]);
    await expect(other).rejects.toThrow('host port 28081/TCP is in use by pod default/port-a');
    await network.detach('port-a');
    await network.detach('port-a');
    expect(run('iptables', '-t', 'nat', '-S', `${options.chainPrefix}-HOSTPORTS`)).not.toContain('DNAT');
  });

  check('addresses survive a restart; reconcile() frees those of pods that are gone', async () => {
    const { ip } = await network.attach(pod('kept'), await newNamespace(), []);
    await network.attach(pod('lost'), await newNamespace(), []);
    const restarted = await createBridgeNetwork(options);
    expect(restarted.notReadyReason()).toBeUndefined();
    expect(restarted.ipOf('kept')).toBe(ip);
    await restarted.reconcile(new Set(['kept']));
    expect([restarted.ipOf('kept'), restarted.ipOf('lost')]).toEqual([ip, undefined]);
    network = restarted;
  });

  check('reconcile() puts back rules that someone flushed', async () => {
    run(
      'iptables',
      '-D',
      'FORWARD',
      '-m',
      'comment',
      '--comment',
      'minik8s pod traffic',
      '-j',
      `${options.chainPrefix}-POD-FORWARD`,
    );
    await network.reconcile(new Set());
    expect(run('iptables', '-S', 'FORWARD')).toContain(`${options.chainPrefix}-POD-FORWARD`);
  });

  check('cluster addresses stay on this machine', async () => {
    expect(run('ip', 'route', 'get', '10.90.1.2')).toContain(`dev ${options.bridgeName}`);
    expect(() => run('ip', 'route', 'get', '10.214.200.1')).toThrow('No route to host');
    expect(await ensureLocalRoute(options.bridgeName, '192.168.77.88')).toBe(true);
    expect(run('ip', 'route', 'get', '192.168.77.88')).toContain(`dev ${options.bridgeName}`);
    await removeLocalRoute(options.bridgeName, '192.168.77.88');
    await removeLocalRoute(options.bridgeName, '192.168.77.88');
    expect(run('ip', 'route', 'get', '192.168.77.88')).not.toContain(options.bridgeName);
    expect(await ensureLocalRoute(options.bridgeName, '127.0.0.1')).toBe(false);
    expect(await ensureLocalRoute('no-such-bridge', '192.168.77.88')).toBe(false);
  });

  check('teardown() leaves nothing', async () => {
    await network.attach(pod('last'), await newNamespace(), []);
    await network.teardown();
    expect(existsSync(`/sys/class/net/${options.bridgeName}`)).toBe(false);
    expect(run('iptables-save')).not.toContain(options.chainPrefix);
    expect(run('ip', 'route')).not.toContain('10.214.');
    expect(readdirSync(join(options.stateDirectory, 'pods'))).toEqual([]);
    await network.teardown();
  });
});
