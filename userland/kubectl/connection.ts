/**
 * The cluster a command talks to: a client with the identity of a kubeconfig, and what that cluster serves.
 *
 * Which kubeconfig: `--kubeconfig`, else the files of `$KUBECONFIG` taken together, else the admin's of this installation.
 * https://kubernetes.io/docs/concepts/configuration/organize-cluster-access-kubeconfig/
 */
import { existsSync, readFileSync } from 'node:fs';
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
  /** name of a cluster of the kubeconfig, instead of the context's */
  readonly cluster?: string;
  readonly certificateAuthority?: string;
  readonly clientCertificate?: string;
  readonly clientKey?: string;
  readonly insecureSkipTlsVerify?: boolean;
  readonly tlsServerName?: string;
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

/** The kubeconfigs these flags and this environment mean, at least one; where two disagree the first counts, and it is the one that is written. */
export function kubeconfigPaths(
  flags: Pick<ConnectionFlags, 'kubeconfig'>,
  { settings, env }: Pick<ConnectionOptions, 'settings' | 'env'>,
): readonly [string, ...string[]] {
  if (flags.kubeconfig) return [flags.kubeconfig];
  const paths = (env['KUBECONFIG'] ?? '').split(delimiter).filter((path) => path && existsSync(path));
  const [first = join(settings.home, 'admin.kubeconfig'), ...others] = new Set(paths);
  return [first, ...others];
}

/** What the flags say of the server's certificate and of one's own. A server that is not checked needs no authority. */
function tlsOf(flags: ConnectionFlags, { ca, ...config }: ClientConfig): ClientConfig {
  const read = (path: string) => readFileSync(path, 'utf8');
  const authority = flags.certificateAuthority ? read(flags.certificateAuthority) : ca;
  return {
    ...config,
    ...(authority && !flags.insecureSkipTlsVerify ? { ca: authority } : {}),
    ...(flags.insecureSkipTlsVerify ? { insecureSkipTlsVerify: true } : {}),
    ...(flags.tlsServerName ? { tlsServerName: flags.tlsServerName } : {}),
    ...(flags.clientCertificate ? { certificate: read(flags.clientCertificate) } : {}),
    ...(flags.clientKey ? { key: read(flags.clientKey) } : {}),
  };
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
  const paths = kubeconfigPaths(flags, options);
  if (!existsSync(paths[0]))
    throw new CommandError(`there is no cluster: ${paths[0]} does not exist. Make one with './run.sh up'.`);
  const config = tlsOf(flags, withFlags(loadKubeconfig(paths, flags.context, flags.cluster), flags));
  const timeoutMs = durationMs(flags.requestTimeout ?? '0');
  const limit = timeoutMs > 0 ? { timeoutMs } : {};
  const client = createClient(config, { userAgent: 'kubectl', onWarning: options.onWarning, ...limit });
  return { config, client, discovery: new Discovery(client) };
}
