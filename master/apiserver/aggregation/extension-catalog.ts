/**
 * What extension servers serve, kept for discovery and OpenAPI: asked when an APIService comes, changes or becomes available, and every minute.
 *
 * A server that does not answer stays in discovery, stale and without resources, so that clients can say what they know nothing of.
 * https://kubernetes.io/docs/concepts/overview/kubernetes-api/#aggregated-discovery
 */
import { WorkQueue } from '../../../helper/controller/work-queue';
import type { Logger } from '../../../helper/process/component';
import { type ExternalVersion, openApiPathOf } from '../discovery/external-version';
import { askExtension, type ExtensionAnswer } from './ask-extension';
import type { Extension } from './extension';
import { openApiPartOf, openApiUrlIn, rowsOfGroupList, rowsOfResourceList } from './extension-documents';
import type { ExtensionRoutes } from './extension-routes';

const REFRESH_MS = 60_000;
const TIMEOUT_MS = 5_000;
const WORKERS = 2;
const AGGREGATED = ['v2', 'v2beta1'].map(
  (version) => `application/json;g=apidiscovery.k8s.io;v=${version};as=APIGroupDiscoveryList`,
);

type Documents = Pick<ExternalVersion, 'resources' | 'openApiUrl' | 'openApiV2'>;

interface Entry {
  readonly shown: ExternalVersion;
  /** another text whenever `shown` says something else */
  readonly text: string;
}

export class ExtensionCatalog {
  private readonly queue = new WorkQueue();
  private readonly entries = new Map<string, Entry>();
  private timer: NodeJS.Timeout | undefined;
  private changes = 0;
  private shown: readonly ExternalVersion[] = [];

  constructor(
    private readonly routes: ExtensionRoutes,
    private readonly log: Logger,
  ) {}

  /** Every group version with an APIService that has a service. */
  get versions(): readonly ExternalVersion[] {
    return this.shown;
  }

  /** Another number whenever {@link versions} is another list. */
  get generation(): number {
    return this.changes;
  }

  start(): void {
    this.routes.onChange((name) => {
      if (this.routes.get(name) || this.entries.has(name)) this.noticed(name);
    });
    this.refresh();
    this.timer = setInterval(() => this.refresh(), REFRESH_MS).unref();
    for (let worker = 0; worker < WORKERS; worker++) void this.work();
  }

  stop(): void {
    clearInterval(this.timer);
    this.queue.shutDown();
  }

  private refresh(): void {
    for (const { name } of this.routes.all()) this.noticed(name);
  }

  /** A new one is listed at once, one that went away is not any more. */
  private noticed(name: string): void {
    const extension = this.routes.get(name);
    if (!extension) {
      if (this.entries.delete(name)) this.arrange();
      return;
    }
    // What is known stays until there is news, also when only the priorities have changed.
    const known = this.entries.get(name)?.shown;
    this.put(extension, extension.isAvailable && known && !known.isStale ? known : undefined);
    this.queue.add(name);
  }

  private async work(): Promise<void> {
    for (;;) {
      const name = await this.queue.get();
      if (name === undefined) return;
      const extension = this.routes.get(name);
      try {
        if (extension?.isAvailable) this.put(extension, await documentsOf(extension));
        this.queue.forget(name);
      } catch (error) {
        this.log.warn({ err: error, apiService: name }, 'the discovery document of an extension server cannot be had');
        if (extension) this.put(extension, undefined);
        this.queue.addRateLimited(name);
      }
      this.queue.done(name);
    }
  }

  /** Without documents: nothing is known of it now. */
  private put(extension: Extension, documents: Documents | undefined): void {
    const { name, group, version, groupPriority, versionPriority } = extension;
    if (this.routes.get(name) !== extension) return;
    const facts = { group, version, groupPriority, versionPriority, isStale: !documents };
    const shown = { ...(documents ?? { resources: [] }), ...facts };
    const text = JSON.stringify({ ...shown, openApiV2: documents?.openApiV2?.hash });
    const isSame = this.entries.get(name)?.text === text;
    this.entries.set(name, { shown, text });
    if (!isSame) this.arrange();
  }

  private arrange(): void {
    this.changes++;
    this.shown = [...this.entries.values()].map(({ shown }) => shown);
  }
}

function parsed({ code, text }: ExtensionAnswer): unknown {
  if (code !== 200) return {};
  try {
    return JSON.parse(text) ?? {};
  } catch {
    return {};
  }
}

/** Rejects when the resources cannot be had; OpenAPI is what not every server has. */
async function documentsOf(extension: Extension): Promise<Documents> {
  const { group, version, root } = extension;
  const ask = (path: string, accept?: string) =>
    askExtension(extension.requestOptions(), { path, timeoutMs: TIMEOUT_MS, ...(accept ? { accept } : {}) });
  const list = await ask(group ? '/apis' : '/api', [...AGGREGATED, 'application/json'].join(','));
  const resources = rowsOfGroupList(parsed(list), group, version) ?? rowsOfResourceList(parsed(await ask(root)));
  if (!resources) throw new Error(`${root} is no list of resources`);
  const [v3, v2] = await Promise.all([ask('/openapi/v3'), ask('/openapi/v2')]);
  const openApiUrl = openApiUrlIn(parsed(v3), openApiPathOf(extension));
  const openApiV2 = openApiPartOf(parsed(v2), root);
  return { resources, ...(openApiUrl ? { openApiUrl } : {}), ...(openApiV2 ? { openApiV2 } : {}) };
}
