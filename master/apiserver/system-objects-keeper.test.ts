import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { namespaceKind } from '../../helper/api/core/namespace';
import { serviceKind } from '../../helper/api/core/service';
import { KINDS } from '../../helper/api/kinds';
import { ManualClock } from '../../helper/process/clock';
import { withDefaults } from '../../helper/process/default-settings';
import { silentLogger } from '../../helper/process/log';
import { until } from '../../helper/process/until';
import { openEmbeddedStore } from '../storage/embedded-store';
import { type Store, storeKey } from '../storage/store';
import { createSystemNamespaces, publishApiServer } from './bootstrap';
import { Registry } from './registry';
import { LOOK_INTERVAL_MS, SystemObjectsKeeper } from './system-objects-keeper';

describe('SystemObjectsKeeper', () => {
  const directory = mkdtempSync(join(tmpdir(), 'minik8s-keeper-'));
  const settings = withDefaults({ home: directory });
  const clock = new ManualClock();
  let store: Store;
  let registry: Registry;
  let keeper: SystemObjectsKeeper;

  beforeAll(async () => {
    store = await openEmbeddedStore({ directory });
    registry = new Registry(store, settings, silentLogger(), KINDS);
    await registry.start();
    await createSystemNamespaces(registry);
    await publishApiServer(registry, settings);
    keeper = new SystemObjectsKeeper(registry, settings, silentLogger(), clock);
    keeper.start();
  });
  afterAll(async () => {
    keeper.stop();
    registry.stop();
    await store.close();
    rmSync(directory, { recursive: true, force: true });
  });

  test.each([
    ['a system namespace', namespaceKind, '', 'kube-node-lease'],
    ['the Service of the API', serviceKind, 'default', 'kubernetes'],
  ] as const)('start() makes %s again within one look', async (_what, kind, namespace, name) => {
    const find = () => registry.cacheOf(kind).get(namespace, name);
    await until(() => find() !== undefined);
    await store.delete(storeKey(kind, namespace, name), find()?.revision ?? 0);
    await until(() => find() === undefined);
    await until(() => {
      clock.advance(LOOK_INTERVAL_MS);
      return find() !== undefined;
    });
  });
});
