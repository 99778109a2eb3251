/**
 * What a CRI runtime can do and how it is set up, asked once.
 *
 * Newer runtimes say it in calls and fields of their own; of older ones it stands in the extra information of `Status` (containerd's own
 * configuration), or is what all runtimes began with. https://kubernetes.io/docs/concepts/architecture/cri/
 */
import { existsSync } from 'node:fs';
import type { CriCalls } from './cri-api';
import { type CriClient, isUnimplemented } from './cri-client';
import type { CriFeatures } from './cri-config';

export interface RuntimeFacts {
  readonly features: CriFeatures;
  readonly cgroupVersion: 1 | 2;
  readonly cgroupDriver: 'cgroupfs' | 'systemd';
}

type Status = CriCalls['Status'][1];

/** Whether containerd's configuration, as its status shows it, leaves control groups to systemd. Pure. */
export function usesSystemd({ info }: Pick<Status, 'info'>): boolean {
  interface Config {
    readonly containerd?: {
      readonly defaultRuntimeName?: string;
      readonly runtimes?: Readonly<Record<string, { readonly options?: { readonly SystemdCgroup?: boolean } }>>;
    };
  }
  try {
    const { containerd } = JSON.parse(info['config'] ?? '{}') as Config;
    return containerd?.runtimes?.[containerd.defaultRuntimeName ?? 'runc']?.options?.SystemdCgroup ?? false;
  } catch {
    return false;
  }
}

export async function readRuntimeFacts(client: CriClient): Promise<RuntimeFacts> {
  const status = await client.call('Status', { verbose: true });
  const cgroupVersion = existsSync('/sys/fs/cgroup/cgroup.controllers') ? 2 : 1;
  const cgroupDriver = await client.call('RuntimeConfig', {}).then(
    ({ linux }) => (linux?.cgroupDriver === 'CGROUPFS' ? 'cgroupfs' : 'systemd'),
    (error: Error) => {
      if (!isUnimplemented(error.cause)) throw error;
      return usesSystemd(status) ? 'systemd' : 'cgroupfs';
    },
  );
  const features = {
    recursiveReadOnlyMounts: status.runtimeHandlers.some(({ features }) => features?.recursiveReadOnlyMounts),
    supplementalGroupsPolicy: status.features?.supplementalGroupsPolicy ?? false,
    cgroupVersion,
  } as const;
  return { features, cgroupVersion, cgroupDriver };
}
