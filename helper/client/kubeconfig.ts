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

function named(file: Fields, list: string, name: string, what: string, path: string): Fields {
  const entries = Array.isArray(file[list]) ? (file[list] as unknown[]).map(fields) : [];
  const found = entries.find((entry) => entry['name'] === name);
  if (!found) throw new Error(`kubeconfig ${path}: ${what} "${name}" does not exist in "${list}"`);
  return fields(found[what]);
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

/** Reads the given context, or the current one. Throws with the path and what is missing. */
export function loadKubeconfig(path: string, contextName?: string): ClientConfig {
  const folder = dirname(path);
  const file = fields(parseYaml(readFileSync(path, 'utf8')));
  const wanted = contextName ?? text(file['current-context']);
  if (!wanted) throw new Error(`kubeconfig ${path}: "current-context" is not set`);
  const context = named(file, 'contexts', wanted, 'context', path);
  const cluster = named(file, 'clusters', String(context['cluster']), 'cluster', path);
  const user = context['user'] ? named(file, 'users', String(context['user']), 'user', path) : {};
  const server = text(cluster['server']);
  if (!server) throw new Error(`kubeconfig ${path}: the cluster of context "${wanted}" has no "server"`);
  return present<ClientConfig>({
    server: server.replace(/\/+$/, ''),
    ca: pem(cluster, 'certificate-authority', folder),
    certificate: pem(user, 'client-certificate', folder),
    key: pem(user, 'client-key', folder),
    token: bearerToken(user, folder),
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
