/**
 * Where flanneld of this cluster says what it leased, and what pods' interfaces take from it.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Settings } from '../../../../helper/process/settings';
import { readLease } from './terms';

/** flannel's usual place is the machine's; two clusters on one machine must not share it. */
export const subnetFileOf = ({ home }: Pick<Settings, 'home'>): string =>
  join(home, 'network', 'flannel', 'subnet.env');

/** The MTU flanneld found out; undefined without flanneld, and until it has run once. */
export function flanneldMtu(settings: Pick<Settings, 'home' | 'flanneldPath'>): number | undefined {
  const path = subnetFileOf(settings);
  if (settings.flanneldPath === '' || !existsSync(path)) return undefined;
  return readLease(readFileSync(path, 'utf8'))?.mtu;
}
