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
import { durationMs } from './flags';
import { Discovery } from './resources/discovery';

export interface ConnectionFlags {
  readonly kubeconfig?: string;
  readonly context?: string;
  readonly server?: string;
  /** acts as this user, group and uid, if the real one may */
  readonly as?: string;
  readonly asGroup?: readonly string[];
  readonly asUid?: string;
  readonly token?: string;
  /** `30s`; 0 and nothing: what the client has */
  readonly requestTimeout?: string;
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

/** The kubeconfig these flags and this environment mean. */
export function kubeconfigPath(
  flags: Pick<ConnectionFlags, 'kubeconfig'>,
  { settings, env }: Pick<ConnectionOptions, 'settings' | 'env'>,
): string {
  if (flags.kubeconfig) return flags.kubeconfig;
  const fromEnvironment = (env['KUBECONFIG'] ?? '').split(delimiter).find((path) => path && existsSync(path));
  return fromEnvironment ?? join(settings.home, 'admin.kubeconfig');
}

function withFlags(config: ClientConfig, { server, token, as, asGroup, asUid }: ConnectionFlags): ClientConfig {
  const impersonate = {
    ...(as ? { 'impersonate-user': as } : {}),
    ...(asGroup?.length ? { 'impersonate-group': asGroup } : {}),
    ...(asUid ? { 'impersonate-uid': asUid } : {}),
  };
  return {
    ...config,
    ...(server ? { server } : {}),
    ...(token ? { token } : {}),
    ...(Object.keys(impersonate).length ? { impersonate } : {}),
  };
}

/** Reads the kubeconfig; connects when first used. */
export function openConnection(flags: ConnectionFlags, options: ConnectionOptions): Connection {
  const path = kubeconfigPath(flags, options);
  if (!existsSync(path))
    throw new CommandError(`there is no cluster: ${path} does not exist. Make one with './run.sh up'.`);
  const config = withFlags(loadKubeconfig(path, flags.context), flags);
  const timeoutMs = durationMs(flags.requestTimeout ?? '0');
  const limit = timeoutMs > 0 ? { timeoutMs } : {};
  const client = createClient(config, { userAgent: 'kubectl', onWarning: options.onWarning, ...limit });
  return { config, client, discovery: new Discovery(client) };
}
