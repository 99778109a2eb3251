/**
 * Keeps the node's /etc/hosts equal to the hosts of Ingresses, in a block of our own.
 *
 * The file is written in place: in containers and machines it is a mount of its own that cannot be replaced. `down` takes the block out.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import type { Logger } from '../../helper/process/component';
import { withHostsBlock } from './hosts-block';

const HOSTS_FILE = '/etc/hosts';

export class NodeHosts {
  private isRefused = false;

  /** `cluster` is the folder of the installation, which no two clusters of a machine share. */
  constructor(
    private readonly cluster: string,
    private readonly log: Pick<Logger, 'warn'>,
    private readonly file = HOSTS_FILE,
  ) {}

  /** Writes the file when it says something else. A file that cannot be written is said once; names in pods work all the same. */
  write(hosts: readonly (readonly [host: string, address: string])[]): void {
    if (this.isRefused) return;
    try {
      const before = readFileSync(this.file, 'utf8');
      const after = withHostsBlock(before, this.cluster, hosts);
      if (after !== before) writeFileSync(this.file, after);
    } catch (error) {
      this.isRefused = true;
      this.log.warn({ error: (error as Error).message }, `hosts of Ingresses are not added to ${this.file}`);
    }
  }
}
