/**
 * `$MINIK8S_HOME/cluster.json`: what `up` decided, so that every component and every later command decides the same.
 *
 * A cluster keeps its store, ranges and ports for life; asking for others on an existing home is an error, not a migration.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Settings } from '../../helper/process/settings';
import { UserError } from './run-command';

/** The settings that are decided once. */
const DECIDED = [
  'portBase',
  'store',
  'etcdEndpoints',
  'etcdName',
  'etcdPeerUrl',
  'runtime',
  'criEndpoint',
  'nodeName',
  'nodeIp',
  'bridgeName',
  'podCidr',
  'serviceCidrs',
  'loadBalancerCidr',
  'chainPrefix',
  'nodePortAddresses',
  'kubeletPort',
  'overlayBackend',
  'flanneldPath',
] as const satisfies readonly (keyof Settings)[];

type DecidedKey = (typeof DECIDED)[number];
export type ClusterFile = Pick<Settings, DecidedKey> & {
  readonly allInOne: boolean;
  readonly ownEtcd: boolean;
  /** absent: the control plane's machine */
  readonly role?: 'worker';
};
/** What a machine that joined knows beside it. */
const JOINED = [...DECIDED, 'apiServerUrl', 'clusterDomain', 'nodeGraceSeconds'] as const;

const FIXED: readonly (keyof ClusterFile)[] = [
  'portBase',
  'store',
  'podCidr',
  'serviceCidrs',
  'loadBalancerCidr',
  'bridgeName',
  'chainPrefix',
];

export function readClusterFile(home: string): ClusterFile | undefined {
  const path = join(home, 'cluster.json');
  if (!existsSync(path)) return undefined;
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as ClusterFile;
  } catch (error) {
    throw new UserError(
      `${path} is not valid JSON: ${(error as Error).message}`,
      `Repair it, or remove the cluster: ./run.sh down --purge`,
    );
  }
}

export function writeClusterFile(settings: Settings, flags: { allInOne: boolean; ownEtcd: boolean }): void {
  const decided = Object.fromEntries(DECIDED.map((key) => [key, settings[key]]));
  writeFileSync(join(settings.home, 'cluster.json'), `${JSON.stringify({ ...decided, ...flags }, null, 2)}\n`);
}

/** The file of a machine that joined a cluster elsewhere. */
export function writeJoinedFile(settings: Settings): void {
  const decided = Object.fromEntries(JOINED.map((key) => [key, settings[key]]));
  const file = { ...decided, rotateCertificates: true, role: 'worker', allInOne: false, ownEtcd: false };
  writeFileSync(join(settings.home, 'cluster.json'), `${JSON.stringify(file, null, 2)}\n`);
}

/** Throws when the wanted settings differ from those the cluster was made with in a way it cannot follow. */
export function refuseChanges(existing: ClusterFile, wanted: Partial<ClusterFile>): void {
  for (const key of FIXED) {
    const asked = wanted[key];
    if (asked === undefined || JSON.stringify(asked) === JSON.stringify(existing[key])) continue;
    throw new UserError(
      `this cluster was made with ${key} ${JSON.stringify(existing[key])}; ${JSON.stringify(asked)} is not possible any more`,
      "Start it without that option, remove it with './run.sh down --purge', or make another one with a different MINIK8S_HOME.",
    );
  }
}
