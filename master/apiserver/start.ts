/**
 * Puts the api-server together: registry, identity, services, application and servers. Listening is left to the caller, so that tests
 * listen on port 0 and the component on its port.
 */
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Logger } from '../../helper/process/component';
import type { Settings } from '../../helper/process/settings';
import type { Store } from '../storage/store';
import { createAuthenticator } from './auth/authenticate';
import { allowAuthenticated } from './auth/authorize';
import { ServiceAccountTokens } from './auth/service-account-tokens';
import { parseTokenFile } from './auth/static-tokens';
import { LOOPBACK_ADMIN } from './auth/user';
import { createSystemNamespaces } from './bootstrap';
import type { HealthChecks } from './health';
import { KubeletConnection } from './proxy/kubelet-connection';
import { Registry } from './registry';
import { KeyedQueue } from './rest/keyed-queue';
import { ServiceAllocator } from './rest/service-allocator';
import { type ApiServerParts, createListener, createPlainServer, createSecureServer } from './server';
import type { ServerServices } from './server-services';

export interface StartOptions {
  readonly settings: Settings;
  readonly log: Logger;
  readonly store: Store;
  /** Reads a file of the cluster's pki folder. */
  readonly pki: (file: string) => Buffer;
}

/** An api-server whose servers are ready to listen. */
export interface ApiServer {
  readonly secure: Server;
  /** the plain HTTP alias; absent when it is off */
  readonly plain: Server | undefined;
  readonly registry: Registry;
  stop(): Promise<void>;
}

/** Issuer and default audience of ServiceAccount tokens. */
const issuerOf = ({ clusterDomain }: Settings) => `https://kubernetes.default.svc.${clusterDomain}`;

function healthChecks(registry: Registry, isStopping: () => boolean): HealthChecks {
  return new Map<string, () => Promise<string | undefined> | string | undefined>([
    ['ping', () => undefined],
    ['log', () => undefined],
    [
      'store',
      async () => {
        await registry.store.currentRevision();
        return undefined;
      },
    ],
    ['shutdown', () => (isStopping() ? 'the server is stopping' : undefined)],
  ]);
}

/** Express is loaded when the first request needs it. */
function lazyApp(registry: Registry, checks: HealthChecks): ApiServerParts['app'] {
  let app: ((req: IncomingMessage, res: ServerResponse) => void) | undefined;
  return (req, res) => {
    app ??= (require('./app') as typeof import('./app')).createApp(registry, checks);
    app(req, res);
  };
}

/** Fills the caches, makes what an empty cluster lacks, and returns servers that are ready to listen. */
export async function startApiServer({ settings, log, store, pki }: StartOptions): Promise<ApiServer> {
  const registry = new Registry(store, settings, log);
  await registry.start();
  await createSystemNamespaces(registry);
  const tokens = new ServiceAccountTokens(pki('sa.key').toString(), issuerOf(settings), registry);
  const services: ServerServices = {
    tokens,
    allocator: new ServiceAllocator(),
    kubelet: new KubeletConnection(),
    writers: new KeyedQueue(),
  };
  let stopping = false;
  const parts: ApiServerParts = {
    registry,
    services,
    authenticate: createAuthenticator({
      staticTokens: parseTokenFile(pki('tokens.csv').toString()),
      serviceAccountTokens: tokens,
    }),
    authorize: allowAuthenticated,
    app: lazyApp(
      registry,
      healthChecks(registry, () => stopping),
    ),
    observe: () => undefined,
  };
  const tls = { cert: pki('apiserver.crt'), key: pki('apiserver.key'), ca: pki('ca.crt') };
  const secure = createSecureServer(tls, createListener(parts));
  const asAdmin = { ...parts, authenticate: () => LOOPBACK_ADMIN };
  const plain = settings.insecurePort ? createPlainServer(createListener(asAdmin)) : undefined;
  return {
    secure,
    plain,
    registry,
    async stop() {
      stopping = true;
      registry.stop();
      await Promise.all([secure, plain].map((server) => server && closeServer(server)));
    },
  };
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
