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
  /** its `runtime_handler`s, as far as it tells */
  readonly handlers: readonly string[];
}

type Status = CriCalls['Status'][1];

interface ContainerdConfig {
  readonly defaultRuntimeName?: string;
  readonly runtimes?: Readonly<Record<string, { readonly options?: { readonly SystemdCgroup?: boolean } }>>;
}

/** What containerd's status shows of its configuration; nothing of another runtime's. */
function containerdConfigOf({ info }: Pick<Status, 'info'>): ContainerdConfig {
  try {
    return (JSON.parse(info['config'] ?? '{}') as { containerd?: ContainerdConfig }).containerd ?? {};
  } catch {
    return {};
  }
}

/** Whether containerd's configuration leaves control groups to systemd. Pure. */
export function usesSystemd(status: Pick<Status, 'info'>): boolean {
  const { runtimes, defaultRuntimeName = 'runc' } = containerdConfigOf(status);
  return runtimes?.[defaultRuntimeName]?.options?.SystemdCgroup ?? false;
}

/** Handlers a RuntimeClass may name: said by itself, or by the configuration of a containerd that is too old to. Pure. */
export function handlersOf(status: Pick<Status, 'info' | 'runtimeHandlers'>): string[] {
  const said = status.runtimeHandlers.map(({ name }) => name).filter((name) => name !== '');
  return said.length > 0 ? said : Object.keys(containerdConfigOf(status).runtimes ?? {});
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
  return { features, cgroupVersion, cgroupDriver, handlers: handlersOf(status) };
}
