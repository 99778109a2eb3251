/**
 * What a machine must know to become a node: published by `up` on the control plane, read by `join`.
 *
 * `kube-public/cluster-info` says where the cluster is and by which CA to know it (signed with every token by the certificate
 * controller); `kube-system/minik8s-config` holds the settings all machines share, as kubeadm's `kubeadm-config` does.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ConfigMap, configMapResource } from '../../../helper/api/core/config-map';
import { isAlreadyExists } from '../../../helper/api/status-error';
import type { ApiClient } from '../../../helper/client/client';
import { clusterInfo } from '../../../helper/pki/cluster-info';
import { SETTING_OPTIONS } from '../../../helper/process/setting-options';
import type { Settings } from '../../../helper/process/settings';

const CONFIG = { namespace: 'kube-system', name: 'minik8s-config' } as const;
/** Settings that must be the same on every machine. */
const SHARED = [
  'nodeGraceSeconds',
  'overlayBackend',
  'flanneldPath',
  'podCidr',
  'clusterDomain',
  'bridgeName',
  'chainPrefix',
  'nodePortAddresses',
  'loadBalancerCidr',
  'kubeletPort',
  'portBase',
] as const;
export type SharedSettings = Pick<Settings, (typeof SHARED)[number] | 'serviceCidrs'>;

/** Where other machines reach this API server. */
export const advertisedUrl = ({ nodeIp, portBase }: Settings): string => `https://${nodeIp}:${portBase}`;

async function put(client: ApiClient, object: ConfigMap): Promise<void> {
  try {
    await client.create(configMapResource, object);
  } catch (error) {
    if (!isAlreadyExists(error)) throw error;
    const { namespace = '', name } = object.metadata;
    // A merge: the signatures beside the kubeconfig stay until their controller has made new ones.
    await client.patch(configMapResource, namespace, name, 'merge', { data: object.data });
  }
}

/** Writes both objects, or brings them up to date. */
export async function publishCluster(settings: Settings, client: ApiClient): Promise<void> {
  const ca = readFileSync(join(settings.home, 'pki', 'ca.crt'), 'utf8');
  const shared = SHARED.map((key) => [key, String(settings[key])] as const);
  const data = { ...Object.fromEntries(shared), serviceCidrs: settings.serviceCidrs.join(',') };
  await Promise.all([
    put(client, clusterInfo(advertisedUrl(settings), ca)),
    put(client, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { ...CONFIG }, data }),
  ]);
}

function readOne<K extends keyof SharedSettings>(key: K, data: Readonly<Record<string, string>>): Settings[K] {
  const value = SETTING_OPTIONS[key].read(data[key] ?? '');
  if (value === undefined) {
    throw new Error(`ConfigMap ${CONFIG.namespace}/${CONFIG.name}: ${key} is ${JSON.stringify(data[key])}`);
  }
  return value;
}

/** The settings this machine must share. Throws when they cannot be read. */
export async function fetchSharedSettings(client: ApiClient): Promise<SharedSettings> {
  const { data = {} } = await client.get(configMapResource, CONFIG.namespace, CONFIG.name);
  return {
    nodeGraceSeconds: readOne('nodeGraceSeconds', data),
    overlayBackend: readOne('overlayBackend', data),
    flanneldPath: readOne('flanneldPath', data),
    nodePortAddresses: readOne('nodePortAddresses', data),
    loadBalancerCidr: readOne('loadBalancerCidr', data),
    podCidr: readOne('podCidr', data),
    clusterDomain: readOne('clusterDomain', data),
    bridgeName: readOne('bridgeName', data),
    chainPrefix: readOne('chainPrefix', data),
    kubeletPort: readOne('kubeletPort', data),
    portBase: readOne('portBase', data),
    serviceCidrs: readOne('serviceCidrs', data),
  };
}
