/**
 * The cluster a command talks to: a client with the identity of a kubeconfig, and what that cluster serves.
 *
 * Which kubeconfig: `--kubeconfig`, else `$KUBECONFIG` (first of the list), else the admin's of this installation.
 * https://kubernetes.io/docs/concepts/configuration/organize-cluster-access-kubeconfig/
 */
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { type ClientConfig, loadKubeconfig } from '../../helper/client/kubeconfig';
import { createClient, type RestClient } from '../../helper/client/rest-client';
import type { Settings } from '../../helper/process/settings';
import { CommandError } from './command-error';
import { Discovery } from './resources/discovery';

export interface ConnectionFlags {
  readonly kubeconfig?: string;
  readonly context?: string;
  readonly server?: string;
}

export interface Connection {
  readonly config: ClientConfig;
  readonly client: RestClient;
  readonly discovery: Discovery;
}

export interface ConnectionOptions {
  readonly settings: Pick<Settings, 'home'>;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly onWarning: (text: string) => void;
}

function kubeconfigPath(flags: ConnectionFlags, { settings, env }: ConnectionOptions): string {
  if (flags.kubeconfig) return flags.kubeconfig;
  const fromEnvironment = (env['KUBECONFIG'] ?? '').split(delimiter).find((path) => path && existsSync(path));
  return fromEnvironment ?? join(settings.home, 'admin.kubeconfig');
}

/** Reads the kubeconfig; connects when first used. */
export function openConnection(flags: ConnectionFlags, options: ConnectionOptions): Connection {
  const path = kubeconfigPath(flags, options);
  if (!existsSync(path))
    throw new CommandError(`there is no cluster: ${path} does not exist. Make one with './run.sh up'.`);
  const config = { ...loadKubeconfig(path, flags.context), ...(flags.server ? { server: flags.server } : {}) };
  const client = createClient(config, { userAgent: 'kubectl', onWarning: options.onWarning });
  return { config, client, discovery: new Discovery(client) };
}
