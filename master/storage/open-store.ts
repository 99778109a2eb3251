/**
 * Which store this cluster uses: `--store embedded` (one machine, nothing to install) or `--store etcd`.
 *
 * Only the chosen one is loaded; each brings a native or large library with it.
 */
import { join } from 'node:path';
import type { Logger } from '../../helper/process/component';
import type { Settings } from '../../helper/process/settings';
import type { Store } from './store';

/** Opens the store the settings name: the embedded one lives in `$home/store`. Throws what opening it throws. */
export async function openStore(
  settings: Pick<Settings, 'store' | 'home' | 'etcdEndpoints'>,
  log: Logger,
): Promise<Store> {
  if (settings.store === 'etcd') {
    const { openEtcdStore } = await import('./etcd-store');
    return openEtcdStore({ endpoints: settings.etcdEndpoints, log });
  }
  const { openEmbeddedStore } = await import('./embedded-store');
  return openEmbeddedStore({ directory: join(settings.home, 'store'), log });
}
