/**
 * Requests that want to leave HTTP: which subresource takes them.
 *
 * They are authenticated and authorized before they come here. An error becomes an
 * ordinary HTTP answer on the connection.
 */
import { badRequest } from '../../../helper/api/status-error';
import type { Registry } from '../registry';
import type { ServerServices } from '../server-services';
import { kubeletVerbOf, proxyStream, type UpgradeRequest } from './exec';

/** Takes the connection over. Throws StatusErrors while an HTTP answer is still possible. */
export async function serveUpgrade(
  upgrade: UpgradeRequest,
  registry: Registry,
  services: ServerServices,
): Promise<void> {
  const { req, info } = upgrade;
  const cache = registry.find(info.group, info.version, info.resource);
  const isPod = info.group === '' && info.resource === 'pods';
  if (cache && isPod && kubeletVerbOf(info.subresource)) {
    await proxyStream(upgrade, registry, services, cache);
  } else if (cache && isPod && info.subresource === 'log' && req.headers.upgrade?.toLowerCase() === 'websocket') {
    const { serveLogSocket } = await import('./log-socket');
    await serveLogSocket(upgrade, { info, cache, registry, services });
  } else if (cache?.kind.subresources.some(({ name }) => name === 'proxy' && info.subresource === 'proxy')) {
    const { proxyUpgrade } = await import('./http-proxy');
    await proxyUpgrade(upgrade, registry, services);
  } else throw badRequest(`${JSON.stringify(info.path)} cannot be upgraded to another protocol`);
}
