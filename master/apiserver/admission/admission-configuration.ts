/**
 * The file `--admission-control-config-file`: what admission plugins are told about this cluster, as Kubernetes reads it
 * (AdmissionConfiguration of apiserver.config.k8s.io/v1; each plugin's part stands in it or in a file of its own).
 *
 * Read once at start; a mistake in it stops the server. PodSecurity is the plugin that can be told something. Kubernetes also
 * configures ResourceQuota, EventRateLimit, ImagePolicyWebhook, PodNodeSelector and the webhook plugins this way; their parts are refused.
 * https://kubernetes.io/docs/reference/config-api/apiserver-config.v1/#apiserver-config-k8s-io-v1-AdmissionConfiguration
 */
import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { NO_POD_SECURITY, type PodSecuritySettings, parsePodSecurity } from './pod-security/configuration';

type Fields = Readonly<Record<string, unknown>>;

interface PluginPart {
  readonly name?: string;
  readonly path?: string;
  readonly configuration?: Fields;
}

/** What the plugins are told. */
export interface AdmissionSettings {
  readonly podSecurity: PodSecuritySettings;
}

const API_VERSIONS = ['apiserver.config.k8s.io/v1', 'apiserver.k8s.io/v1alpha1'];

function readYaml(file: string): Fields {
  const { parse } = require('yaml') as typeof import('yaml');
  const document: unknown = parse(readFileSync(file, 'utf8'));
  return document !== null && typeof document === 'object' ? (document as Fields) : {};
}

function podSecurityIn(file: string): PodSecuritySettings {
  const document = readYaml(file);
  if (!API_VERSIONS.includes(String(document['apiVersion'])) || document['kind'] !== 'AdmissionConfiguration') {
    throw new Error(`expected apiVersion ${API_VERSIONS[0]} and kind AdmissionConfiguration`);
  }
  const plugins = (document['plugins'] ?? []) as readonly PluginPart[];
  let podSecurity = NO_POD_SECURITY;
  for (const { name, path, configuration } of plugins) {
    if (name !== 'PodSecurity') throw new Error(`the plugin ${JSON.stringify(name)} takes no configuration here`);
    if (configuration) podSecurity = parsePodSecurity(configuration);
    else if (path) podSecurity = parsePodSecurity(readYaml(resolve(dirname(file), path)));
  }
  return podSecurity;
}

/** The settings in a file; those of an unconfigured server when no file is named. Throws when it cannot be read or used. */
export function readAdmissionConfiguration(file: string): AdmissionSettings {
  if (!file) return { podSecurity: NO_POD_SECURITY };
  try {
    return { podSecurity: podSecurityIn(file) };
  } catch (error) {
    throw new Error(`the admission configuration ${file} cannot be used: ${(error as Error).message}`);
  }
}
