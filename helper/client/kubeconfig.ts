/**
 * Kubeconfig files: where a cluster is and who asks.
 *
 * Reads what kubectl reads for one current context: server, CA, client certificate or token, inline (`…-data`) or as files
 * beside the kubeconfig. Written by `helper/pki`, read by every component and command.
 * https://kubernetes.io/docs/concepts/configuration/organize-cluster-access-kubeconfig/
 */
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

/** All that is needed to talk to an API server. Certificates and keys are PEM texts. */
export interface ClientConfig {
  /** `https://127.0.0.1:6443` */
  readonly server: string;
  readonly ca?: string;
  readonly certificate?: string;
  readonly key?: string;
  readonly token?: string;
  readonly insecureSkipTlsVerify?: boolean;
  /** name to expect in the server's certificate when it differs from the host of `server` */
  readonly tlsServerName?: string;
  /** headers that ask the server to take us for somebody else */
  readonly impersonate?: Readonly<Record<string, string | readonly string[]>>;
  /** namespace of the context; what `kubectl` uses without `-n` */
  readonly namespace?: string;
}

type Fields = Readonly<Record<string, unknown>>;

const fields = (value: unknown): Fields => (value && typeof value === 'object' ? (value as Fields) : {});
const text = (value: unknown): string | undefined => (typeof value === 'string' && value ? value : undefined);

/** A kubeconfig as it was read. */
interface Source {
  readonly content: Fields;
  /** files it names are relative to this */
  readonly folder: string;
}

/** An entry and where it stands; of several files the first that has it counts. */
function named(sources: readonly Source[], list: string, name: string, what: string, path: string) {
  for (const { content, folder } of sources) {
    const entries = Array.isArray(content[list]) ? (content[list] as unknown[]).map(fields) : [];
    const found = entries.find((entry) => entry['name'] === name);
    if (found) return { entry: fields(found[what]), folder };
  }
  throw new Error(`kubeconfig ${path}: ${what} "${name}" does not exist in "${list}"`);
}

/** PEM text of `<key>-data` (base64) or of the file named by `<key>`. */
function pem(entry: Fields, key: string, folder: string): string | undefined {
  const inline = text(entry[`${key}-data`]);
  if (inline) return Buffer.from(inline, 'base64').toString('utf8');
  const file = text(entry[key]);
  return file ? readFileSync(resolve(folder, file), 'utf8') : undefined;
}

function bearerToken(user: Fields, folder: string): string | undefined {
  const file = text(user['tokenFile']);
  return text(user['token']) ?? (file ? readFileSync(resolve(folder, file), 'utf8').trim() : undefined);
}

/** The entries that have a value. */
function present<T extends object>(entries: { [K in keyof T]: T[K] | undefined }): T {
  return Object.fromEntries(Object.entries(entries).filter(([, value]) => value !== undefined)) as T;
}

/** YAML by its library, unless it is the JSON that we write. */
function parseYaml(content: string): unknown {
  if (content.startsWith('{')) return JSON.parse(content);
  const { parse } = require('yaml') as typeof import('yaml');
  return parse(content);
}

const readSource = (path: string): Source => ({
  content: fields(parseYaml(readFileSync(path, 'utf8'))),
  folder: dirname(path),
});

/** Reads the given context, or the current one, of one file or of several that count as one. Throws with the path and what is missing. */
export function loadKubeconfig(
  paths: string | readonly string[],
  contextName?: string,
  clusterName?: string,
): ClientConfig {
  const path = typeof paths === 'string' ? paths : paths.join(', ');
  const sources = (typeof paths === 'string' ? [paths] : paths).map(readSource);
  const current = sources.map(({ content }) => text(content['current-context'])).find((name) => name !== undefined);
  const wanted = contextName ?? current;
  if (!wanted) throw new Error(`kubeconfig ${path}: "current-context" is not set`);
  const { entry: context } = named(sources, 'contexts', wanted, 'context', path);
  const { entry: cluster, folder } = named(
    sources,
    'clusters',
    clusterName ?? String(context['cluster']),
    'cluster',
    path,
  );
  const { entry: user, folder: userFolder } = context['user']
    ? named(sources, 'users', String(context['user']), 'user', path)
    : { entry: {}, folder };
  const server = text(cluster['server']);
  if (!server) throw new Error(`kubeconfig ${path}: the cluster of context "${wanted}" has no "server"`);
  return present<ClientConfig>({
    server: server.replace(/\/+$/, ''),
    ca: pem(cluster, 'certificate-authority', folder),
    certificate: pem(user, 'client-certificate', userFolder),
    key: pem(user, 'client-key', userFolder),
    token: bearerToken(user, userFolder),
    insecureSkipTlsVerify: cluster['insecure-skip-tls-verify'] === true ? true : undefined,
    tlsServerName: text(cluster['tls-server-name']),
    namespace: text(context['namespace']),
  });
}

const base64 = (value: string | undefined) => (value ? Buffer.from(value).toString('base64') : undefined);

/**
 * The text of a kubeconfig with one cluster, one user and one context, certificates inline. Written as JSON, which is YAML
 * too: every tool reads it, and our own processes read it without loading a YAML library each.
 */
function renderKubeconfig(config: ClientConfig, names: { cluster: string; user: string }): string {
  const context = `${names.user}@${names.cluster}`;
  const cluster = {
    server: config.server,
    'certificate-authority-data': base64(config.ca),
    'insecure-skip-tls-verify': config.insecureSkipTlsVerify,
    'tls-server-name': config.tlsServerName,
  };
  const user = {
    'client-certificate-data': base64(config.certificate),
    'client-key-data': base64(config.key),
    token: config.token,
  };
  const file = {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': context,
    clusters: [{ name: names.cluster, cluster }],
    users: [{ name: names.user, user }],
    contexts: [{ name: context, context: { cluster: names.cluster, user: names.user, namespace: config.namespace } }],
  };
  return `${JSON.stringify(file, null, 2)}\n`;
}

/** Writes {@link renderKubeconfig} whole or not at all, readable by its owner only. */
export function writeKubeconfig(path: string, config: ClientConfig, names: { cluster: string; user: string }): void {
  const draft = `${path}.${process.pid}.tmp`;
  writeFileSync(draft, renderKubeconfig(config, names), { mode: 0o600 });
  renameSync(draft, path);
}
