/**
 * A kubeconfig as a document: read whole, changed in one place, written whole, so that nothing a user put there gets lost.
 * https://kubernetes.io/docs/concepts/configuration/organize-cluster-access-kubeconfig/
 */
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { parse } from 'yaml';
import { toYaml } from '../print/print-objects';

export type Fields = Record<string, unknown>;

export interface NamedEntry {
  name: string;
  cluster?: Fields;
  context?: Fields;
  user?: Fields;
}

export interface KubeconfigFile {
  apiVersion: string;
  kind: string;
  preferences: Fields;
  'current-context': string;
  clusters: NamedEntry[];
  contexts: NamedEntry[];
  users: NamedEntry[];
}

const EMPTY: KubeconfigFile = {
  apiVersion: 'v1',
  kind: 'Config',
  preferences: {},
  'current-context': '',
  clusters: [],
  contexts: [],
  users: [],
};

/** The file, or an empty configuration when there is none yet. */
export function readConfigFile(path: string): KubeconfigFile {
  const content = existsSync(path) ? (parse(readFileSync(path, 'utf8')) as Partial<KubeconfigFile> | null) : null;
  return { ...structuredClone(EMPTY), ...content };
}

/** Several files as one: of entries with one name the first counts, and so does the first current context. */
export function readMerged(paths: readonly string[]): KubeconfigFile {
  const [first = '', ...others] = paths;
  const merged = readConfigFile(first);
  for (const file of others.map(readConfigFile)) {
    merged['current-context'] ||= file['current-context'];
    for (const list of ['clusters', 'contexts', 'users'] as const) {
      const taken = new Set(merged[list].map(({ name }) => name));
      merged[list].push(...file[list].filter(({ name }) => !taken.has(name)));
    }
  }
  return merged;
}

/** Whole or not at all, readable by its owner only. */
export function writeConfigFile(path: string, file: KubeconfigFile): void {
  const draft = `${path}.${process.pid}.tmp`;
  writeFileSync(draft, toYaml(file), { mode: 0o600 });
  renameSync(draft, path);
}

/** The file with only what its current context needs. */
export function minified(file: KubeconfigFile): KubeconfigFile {
  const current = file['current-context'];
  const contexts = file.contexts.filter(({ name }) => name === current);
  const { cluster, user } = contexts[0]?.context ?? {};
  return {
    ...file,
    contexts,
    clusters: file.clusters.filter(({ name }) => name === cluster),
    users: file.users.filter(({ name }) => name === user),
  };
}

const SECRET_FIELDS: Readonly<Record<string, string>> = {
  'certificate-authority-data': 'DATA+OMITTED',
  'client-certificate-data': 'DATA+OMITTED',
  'client-key-data': 'DATA+OMITTED',
  token: 'REDACTED',
  password: 'REDACTED',
};

function shownFields(fields: Fields | undefined): Fields | undefined {
  if (!fields) return undefined;
  const entries = Object.entries(fields).map(([key, value]) => [key, (value && SECRET_FIELDS[key]) ?? value]);
  return Object.fromEntries(entries);
}

/** The file with secrets covered. */
export function redacted(file: KubeconfigFile): KubeconfigFile {
  return {
    ...file,
    clusters: file.clusters.map((entry) => ({ ...entry, cluster: shownFields(entry.cluster) ?? {} })),
    users: file.users.map((entry) => ({ ...entry, user: shownFields(entry.user) ?? {} })),
  };
}
