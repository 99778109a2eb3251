/**
 * How extension servers know who talks to them: ConfigMap `extension-apiserver-authentication` of kube-system.
 *
 * It holds the CA of client certificates, the CA of the front proxy, and the names of the headers the front proxy uses. Extension servers
 * read it at start, allowed by the role `extension-apiserver-authentication-reader`. Who changes or deletes it finds it again as
 * it was a minute later.
 * https://kubernetes.io/docs/tasks/extend-kubernetes/configure-aggregation-layer/#extension-apiserver-authenticates-the-request
 */
import { type ConfigMap, configMapResource } from '../../../helper/api/core/config-map';
import { isConflict, isNotFound } from '../../../helper/api/status-error';
import { FRONT_PROXY_CLIENT } from '../../../helper/pki/cluster-certificates';
import type { Logger } from '../../../helper/process/component';
import { createMissing } from '../bootstrap';
import { type Chore, everySoOften } from '../chore';
import type { Registry } from '../registry';
import { changeStored } from '../rest/store-write';
import { EXTRA_PREFIX, GROUP_HEADER, USER_HEADER } from './remote-user';

const NAMESPACE = 'kube-system';
const NAME = 'extension-apiserver-authentication';
const LOOK_MS = 60_000;

/** PEM texts. */
interface Authorities {
  readonly clients: string;
  readonly frontProxy: string;
}

function wantedData({ clients, frontProxy }: Authorities): Record<string, string> {
  const list = (text: string) => JSON.stringify([text]);
  return {
    'client-ca-file': clients,
    'requestheader-allowed-names': list(FRONT_PROXY_CLIENT.request.commonName),
    'requestheader-client-ca-file': frontProxy,
    'requestheader-extra-headers-prefix': list(EXTRA_PREFIX),
    'requestheader-group-headers': list(GROUP_HEADER),
    'requestheader-username-headers': list(USER_HEADER),
  };
}

/** Writes the ConfigMap at start, and again where somebody changed it. */
export function keepAuthenticationConfig(registry: Registry, authorities: Authorities, log: Logger): Chore {
  return everySoOften(LOOK_MS, () => {
    write(registry, authorities).catch((error: unknown) => {
      if (isConflict(error) || isNotFound(error)) return;
      log.warn({ err: error }, `ConfigMap ${NAME} could not be written; trying again`);
    });
  });
}

async function write(registry: Registry, authorities: Authorities): Promise<void> {
  const data = wantedData(authorities);
  const metadata = { name: NAME, namespace: NAMESPACE };
  await createMissing(registry, configMapResource, {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata,
    data,
  } as ConfigMap);
  const cache = registry.cacheOf(configMapResource);
  await changeStored({ kind: cache.kind, cache }, NAMESPACE, NAME, { dryRun: false }, (current) => {
    const next = current.copy<ConfigMap>();
    return { next: { ...next, data: { ...next.data, ...data } } };
  });
}
