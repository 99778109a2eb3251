/**
 * Keeps the gate in step with the FlowSchema and PriorityLevelConfiguration objects of the cluster.
 *
 * The two mandatory pairs, `exempt` and `catch-all`, count even while their objects are gone: administrators must get in to repair.
 * https://kubernetes.io/docs/concepts/cluster-administration/flow-control/#mandatory-configuration-objects
 */
import type { KubeObject } from '../../../helper/api/meta';
import { CacheFollower } from '../auth/cache-follower';
import { createMissing } from '../bootstrap';
import type { Registry } from '../registry';
import type { WatchCache } from '../watch/watch-cache';
import {
  DEFAULT_FLOW_SCHEMAS,
  DEFAULT_PRIORITY_LEVELS,
  type FlowSchema,
  type PriorityLevel,
} from './default-flow-control';
import type { ObjectCount } from './list-width';
import { RequestGate } from './request-gate';
import { MANDATORY } from './settle-flow-control';

export const GROUP = 'flowcontrol.apiserver.k8s.io';

/** The objects of a cache, and the mandatory ones it lacks. */
function presentIn<T extends KubeObject>(cache: WatchCache, defaults: readonly T[]): T[] {
  const present = cache.table.list('').map(({ object }) => object as T);
  const names = new Set(present.map(({ metadata }) => metadata.name));
  const missing = defaults.filter(({ metadata: { name } }) => MANDATORY.has(name) && !names.has(name));
  return [...present, ...missing];
}

/** Stores the default objects the cluster lacks; nothing where the kinds are not served. */
export async function createDefaultFlowControl(registry: Registry): Promise<void> {
  const schemas = registry.find(GROUP, 'v1', 'flowschemas')?.kind;
  const levels = registry.find(GROUP, 'v1', 'prioritylevelconfigurations')?.kind;
  if (!schemas || !levels) return;
  await Promise.all([
    ...DEFAULT_PRIORITY_LEVELS.map((level) => createMissing(registry, levels, structuredClone(level))),
    ...DEFAULT_FLOW_SCHEMAS.map((schema) => createMissing(registry, schemas, structuredClone(schema))),
  ]);
}

/** The gate of this server; without the kinds in the table it works by the defaults. */
export function createRequestGate(registry: Registry): RequestGate {
  const countObjects: ObjectCount = ({ group, version, resource }) =>
    registry.find(group, version, resource)?.table.size ?? 0;
  const gate = new RequestGate(DEFAULT_FLOW_SCHEMAS, DEFAULT_PRIORITY_LEVELS, countObjects);
  const schemas = registry.find(GROUP, 'v1', 'flowschemas');
  const levels = registry.find(GROUP, 'v1', 'prioritylevelconfigurations');
  if (!schemas || !levels) return gate;
  const configure = () =>
    gate.configure(
      presentIn<FlowSchema>(schemas, DEFAULT_FLOW_SCHEMAS),
      presentIn<PriorityLevel>(levels, DEFAULT_PRIORITY_LEVELS),
    );
  const followers = [schemas, levels].map(
    (cache) => new CacheFollower(cache, { startOver: configure, apply: configure }),
  );
  gate.beforeEach = () => {
    for (const follower of followers) follower.catchUp();
  };
  return gate;
}
