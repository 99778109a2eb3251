/**
 * The edge to the kernel: `iptables-restore`, `iptables-save` and the jumps from the kernel's chains into ours.
 *
 * `-w` waits for the lock of another program (legacy backend) instead of failing.
 */
import { runOnHost } from '../network/host-command';
import { hooks } from './rules';

const LOCK_WAIT_SECONDS = '5';

export interface Iptables {
  /** One transaction; throws with iptables' words when a line is refused, and then nothing of it is applied. */
  restore(input: string): Promise<void>;
  /** nat and filter as text */
  save(): Promise<string>;
  /** Adds the jumps that are missing, in front of what others put there. */
  ensureHooks(prefix: string): Promise<void>;
  removeHooks(prefix: string): Promise<void>;
  /** Makes the kernel forget UDP flows; each is the arguments of one `conntrack -D -p udp`. Never fails. */
  forgetFlows(flows: readonly (readonly string[])[]): Promise<void>;
}

/** The program comes in a package of its own; without it a flow ends when nobody has used it for half a minute. */
const CONNTRACK = 'conntrack';

async function hookExists(table: string, chain: string, rule: readonly string[]): Promise<boolean> {
  return runOnHost('iptables', ['-w', LOCK_WAIT_SECONDS, '-t', table, '-C', chain, ...rule]).then(
    () => true,
    () => false,
  );
}

export const hostIptables: Iptables = {
  async restore(input) {
    await runOnHost('iptables-restore', ['-w', LOCK_WAIT_SECONDS, '--noflush'], input);
  },
  async save() {
    const [nat, filter] = await Promise.all([
      runOnHost('iptables-save', ['-t', 'nat']),
      runOnHost('iptables-save', ['-t', 'filter']),
    ]);
    return `${nat}\n${filter}`;
  },
  async ensureHooks(prefix) {
    for (const { table, chain, rule } of hooks(prefix)) {
      if (await hookExists(table, chain, rule)) continue;
      await runOnHost('iptables', ['-w', LOCK_WAIT_SECONDS, '-t', table, '-I', chain, ...rule]);
    }
  },
  async forgetFlows(flows) {
    // Exit code 1 says that there was no such flow, which is as good.
    for (const flow of flows) await runOnHost(CONNTRACK, ['-D', '-p', 'udp', ...flow]).catch(() => '');
  },
  async removeHooks(prefix) {
    for (const { table, chain, rule } of hooks(prefix)) {
      while (await hookExists(table, chain, rule)) {
        await runOnHost('iptables', ['-w', LOCK_WAIT_SECONDS, '-t', table, '-D', chain, ...rule]);
      }
    }
  },
};
