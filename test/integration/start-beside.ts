/**
 * Starts a component beside a test server: with its own identity and settings, in this process.
 */
import { join } from 'node:path';
import { loadKubeconfig, writeKubeconfig } from '../../helper/client/kubeconfig';
import type { Component, RunningComponent } from '../../helper/process/component';
import { silentLogger } from '../../helper/process/log';
import type { Settings } from '../../helper/process/settings';
import { until } from '../../helper/process/until';
import type { TestServer } from './test-server';

/** Resolves when the component is ready. */
export async function startBeside(
  server: TestServer,
  component: Component,
  given: Partial<Settings> = {},
): Promise<RunningComponent> {
  const identity = loadKubeconfig(join(server.settings.home, 'kubeconfig', `${component.name}.kubeconfig`));
  const kubeconfig = join(server.settings.home, `${component.name}.beside.kubeconfig`);
  const config = { ...identity, server: `https://127.0.0.1:${server.port}` };
  writeKubeconfig(kubeconfig, config, { cluster: 'test', user: component.name });
  const checks: (() => string | undefined)[] = [];
  const running = await component.start({
    settings: { ...server.settings, ...given, kubeconfig },
    log: silentLogger(),
    addReadyCheck: (_name, check) => void checks.push(check),
  });
  await until(() => checks.every((check) => check() === undefined));
  return running;
}
