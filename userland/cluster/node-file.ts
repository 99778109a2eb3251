/**
 * A node file as the options it stands for: `up -f FILE` on a master, `join -f FILE` on a worker. What is said by a flag wins.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { loadNodeFile } from '../../helper/dialect/load-node-file';
import { ManifestError } from '../../helper/dialect/manifest-error';
import type { NodeFile } from '../../helper/dialect/node';
import { variableOf } from '../../helper/process/setting-options';
import type { Settings } from '../../helper/process/settings';
import type { UpFlags } from './choose-settings';
import type { JoinFlags } from './commands/join';
import { UserError } from './run-command';

type NamedFile = NodeFile & { readonly nodeName?: string };
type Variables = Readonly<Record<string, string | undefined>>;
const HTTPS_PORT = 6443;

function read(path: string, role: NodeFile['role'], { projectRoot }: Settings): NamedFile {
  let file: NamedFile;
  try {
    file = loadNodeFile(path, { projectRoot, workingDirectory: process.cwd(), env: process.env });
  } catch (error) {
    throw error instanceof ManifestError ? new UserError(error.message, '') : error;
  }
  if (file.role === role || !(file.etcd || file.workerPort || file.masterEtcdClientUrl)) return file;
  const [verb, other] = role === 'master' ? ['up', 'join'] : ['join', 'up'];
  throw new UserError(
    `${path} is the file of a ${file.role}, and 'run.sh ${verb}' starts a ${role}`,
    `./run.sh ${other} -f ${path}`,
  );
}

const variables = (values: { readonly [K in keyof Settings]?: string | number | undefined }): Variables =>
  Object.fromEntries(Object.entries(values).map(([key, value]) => [variableOf(key), value?.toString()]));

/** Flags and variables of `up` on a master. A port of plain HTTP is the classroom alias, on this host only. */
export function masterOptions(
  path: string,
  flags: UpFlags,
  base: Settings,
): { readonly flags: UpFlags; readonly env: Variables } {
  const { nodeName, ipAddress: nodeIp, apiServerUrl, etcd } = read(path, 'master', base);
  if (etcd && flags.store === 'embedded')
    throw new UserError(`${path} names an etcd, and --store embedded asks for none`, 'Leave one of them out.');
  if (etcd?.state === 'existing' && !existsSync(join(base.home, 'store', 'etcd')))
    throw new UserError(
      `${path}: ETCD_INITIAL_CLUSTER_STATE: "existing", but ${base.home} has no etcd data; expected new`,
      '',
    );
  const port = apiServerUrl ? Number(apiServerUrl.port) || undefined : undefined;
  const ofUrl = apiServerUrl?.protocol === 'http:' ? { insecurePort: port } : { portBase: port };
  const ofEtcd = etcd ? { etcdName: etcd.name, etcdPeerUrl: etcd.peerUrl } : {};
  return {
    flags: { ...flags, ...(etcd && !flags.etcdEndpoints ? { store: 'etcd' } : {}) },
    env: variables({ nodeName, nodeIp, ...ofUrl, ...ofEtcd }),
  };
}

/** Flags and variables of `join` on a worker; the lab's `http://MASTER:5050` means that machine's API over TLS. */
export function workerOptions(
  path: string,
  flags: Partial<JoinFlags>,
  base: Settings,
): { readonly flags: Partial<JoinFlags>; readonly env: Variables } {
  const { nodeName, ipAddress, apiServerUrl, workerPort, masterEtcdClientUrl } = read(path, 'worker', base);
  const server = apiServerUrl?.protocol === 'http:' ? `https://${apiServerUrl.hostname}:${HTTPS_PORT}` : apiServerUrl;
  return {
    flags: {
      ...(server ? { server: String(server).replace(/\/$/, '') } : {}),
      ...(nodeName ? { nodeName } : {}),
      ...(ipAddress ? { nodeIp: ipAddress } : {}),
      ...(workerPort ? { kubeletPort: workerPort } : {}),
      ...flags,
    },
    env: variables({ etcdEndpoints: masterEtcdClientUrl }),
  };
}
