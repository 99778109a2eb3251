/**
 * Puts the api-server together: registry, identity, services, application and servers. Listening is left to the caller, so that tests
 * listen on port 0 and the component on its port.
 */

import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { customResourceDefinitionResource } from '../../helper/api/apiextensions/definition';
import { type Node, nodeResource } from '../../helper/api/core/node';
import { serviceResource } from '../../helper/api/core/service';
import type { Kind } from '../../helper/api/kind';
import { KINDS } from '../../helper/api/kinds';
import type { Logger } from '../../helper/process/component';
import type { Settings } from '../../helper/process/settings';
import type { Store } from '../storage/store';
import { readAdmissionConfiguration } from './admission/admission-configuration';
import { QuotaBook } from './admission/quota/quota-book';
import { keepAuthenticationConfig } from './aggregation/authentication-config';
import { AvailabilityKeeper } from './aggregation/availability-keeper';
import { ExtensionCatalog } from './aggregation/extension-catalog';
import { ExtensionRoutes } from './aggregation/extension-routes';
import { LocalApiServices } from './aggregation/local-api-services';
import { ServedApis } from './aggregation/served-apis';
import type { AppParts } from './app';
import { readPolicy } from './audit/audit-policy';
import { Auditor } from './audit/auditor';
import { openAudit } from './audit/open-audit';
import { createAccessControl } from './auth/access-control';
import { createAuthenticator, createTokenAuthenticator } from './auth/authenticate';
import { RoleKeeper } from './auth/rbac/role-keeper';
import { ServiceAccountTokenSecrets } from './auth/service-account-token-secrets';
import { ServiceAccountTokens } from './auth/service-account-tokens';
import { readStaticTokens } from './auth/static-tokens';
import { LOOPBACK_ADMIN } from './auth/user';
import { createSystemNamespaces, createSystemPriorityClasses, publishApiServer } from './bootstrap';
import type { Chore } from './chore';
import { withRuleChecks } from './custom/check-rules';
import { DefinitionFollower } from './custom/definition-follower';
import { EventSweeper } from './event-sweeper';
import type { HealthChecks } from './health';
import { closeServer } from './listen';
import { createObserver } from './observe';
import { Policies } from './policies/policies';
import { PolicyStatus } from './policies/policy-status';
import { FlowControlKeeper } from './protection/flow-control-keeper';
import { createDefaultFlowControl, createRequestGate } from './protection/follow-flow-control';
import { KubeletConnection } from './proxy/kubelet-connection';
import { Registry } from './registry';
import { RequestMetrics } from './request-metrics';
import { askSummary } from './resource-metrics/ask-summary';
import { UsageBook } from './resource-metrics/usage-book';
import { KeyedQueue } from './rest/keyed-queue';
import { ServiceAllocator } from './rest/service-allocator';
import { type ApiServerParts, createPlainServer, createSecureServer } from './server';
import type { ServerServices } from './server-services';
import { StoreCompactor } from './store-compactor';
import { SystemObjectsKeeper } from './system-objects-keeper';
import { Webhooks } from './webhooks/webhooks';

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

/** How long a conversion webhook may take, as in Kubernetes. */
const CONVERSION_TIMEOUT_SECONDS = 30;

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
function lazyApp(parts: AppParts): ApiServerParts['app'] {
  let app: Promise<(req: IncomingMessage, res: ServerResponse) => void> | undefined;
  return (req, res) => {
    app ??= import('./app').then(({ createApp }) => createApp(parts));
    void app.then((handle) => handle(req, res));
  };
}

/** The table of kinds; definitions also have their rules compiled, which only this server can. */
function servedKinds(): Kind[] {
  const { kind: name } = customResourceDefinitionResource;
  return KINDS.map((kind) => (kind.kind === name ? withRuleChecks(kind) : kind));
}

/** Fills the caches, makes what an empty cluster lacks, and returns servers that are ready to listen. */
export async function startApiServer({ settings, log, store, pki }: StartOptions): Promise<ApiServer> {
  const admission = readAdmissionConfiguration(settings.admissionControlConfigFile);
  const registry = new Registry(store, settings, log, servedKinds());
  const definitions = new DefinitionFollower(registry, log, async (config, review) => {
    const { callWebhook } = await import('./webhooks/call-webhook');
    return callWebhook(config, registry, review, CONVERSION_TIMEOUT_SECONDS);
  });
  const roles = new RoleKeeper(registry);
  try {
    await registry.start();
    await Promise.all([
      createSystemNamespaces(registry),
      createSystemPriorityClasses(registry),
      createDefaultFlowControl(registry),
      roles.makeDefaults(),
    ]);
    await publishApiServer(registry, settings);
    await definitions.start();
  } catch (error) {
    registry.stop();
    throw error;
  }
  const tokens = new ServiceAccountTokens(pki('sa.key').toString(), issuerOf(settings), registry);
  const tokenSecrets = new ServiceAccountTokenSecrets(registry, tokens, pki('ca.crt').toString());
  const writers = new KeyedQueue();
  const staticTokens = readStaticTokens(settings);
  const authenticateToken = createTokenAuthenticator({ registry, staticTokens, serviceAccountTokens: tokens });
  const extensions = new ExtensionRoutes(registry, {
    cert: pki('front-proxy-client.crt'),
    key: pki('front-proxy-client.key'),
  });
  const catalog = new ExtensionCatalog(extensions, log);
  const authorities = { clients: pki('ca.crt').toString(), frontProxy: pki('front-proxy-ca.crt').toString() };
  const kubelet = new KubeletConnection({
    cert: pki('apiserver-kubelet-client.crt'),
    key: pki('apiserver-kubelet-client.key'),
    ca: pki('ca.crt'),
  });
  const services: ServerServices = {
    extensions,
    authenticateToken,
    access: createAccessControl(registry),
    tokens,
    allocator: new ServiceAllocator(registry.cacheOf(serviceResource), settings),
    kubelet,
    usage: new UsageBook(async (nodeName) => {
      const node = registry.cacheOf(nodeResource).get('', nodeName)?.object as Node | undefined;
      return askSummary(kubelet.targetOf(node, nodeName));
    }),
    writers,
    quotas: new QuotaBook(registry, writers),
    webhooks: new Webhooks(registry),
    policies: new Policies(registry),
    admission,
  };
  const gate = createRequestGate(registry);
  const metrics = new RequestMetrics(gate);
  const audit = openAudit(settings, log);
  const auditor = new Auditor(audit, readPolicy(settings.auditPolicyFile));
  const chores: readonly Chore[] = [
    new EventSweeper(registry, log),
    new StoreCompactor(store, log),
    new SystemObjectsKeeper(registry, settings, log),
    new PolicyStatus(registry, log),
    new LocalApiServices(registry, log),
    new FlowControlKeeper(registry, log),
    keepAuthenticationConfig(registry, authorities, log),
    new AvailabilityKeeper(registry, extensions, log),
    catalog,
    roles,
    tokenSecrets,
  ];
  for (const chore of chores) chore.start();
  let stopping = false;
  const parts: ApiServerParts = {
    registry,
    services,
    authenticate: createAuthenticator(staticTokens, authenticateToken),
    app: lazyApp({
      registry,
      served: new ServedApis(registry, catalog),
      checks: healthChecks(registry, () => stopping),
      renderMetrics: () => metrics.render(registry),
      tokens,
    }),
    gate,
    observe: createObserver(metrics, auditor, gate),
    auditor,
  };
  const tls = { cert: pki('apiserver.crt'), key: pki('apiserver.key'), ca: pki('ca.crt') };
  const secure = createSecureServer(tls, parts);
  const asAdmin = { ...parts, authenticate: () => LOOPBACK_ADMIN };
  const plain = settings.insecurePort ? createPlainServer(asAdmin) : undefined;
  return {
    secure,
    plain,
    registry,
    async stop() {
      stopping = true;
      for (const chore of chores) chore.stop();
      definitions.stop();
      registry.stop();
      extensions.close();
      await Promise.all([secure, plain].map((server) => server && closeServer(server)));
      await audit.close();
    },
  };
}
