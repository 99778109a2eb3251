/**
 * What has to be written so that the objects of priority and fairness are in order: defaults that are missing or were changed, and the
 * condition `Dangling` of FlowSchemas. Pure: what there is in, writes out; nothing wrong, no writes.
 *
 * The two mandatory pairs are always as they were; the other defaults as long as their annotation (or, without it, nobody's hand) says so.
 * https://kubernetes.io/docs/concepts/cluster-administration/flow-control/#maintenance-of-the-mandatory-and-suggested-configuration-objects
 */
import { isDeepStrictEqual } from 'node:util';
import type { FlowSchemaCondition } from 'kubernetes-types/flowcontrol/v1';
import type { KubeObject } from '../../../helper/api/meta';
import type { FlowSchema } from './default-flow-control';

/** Names of the FlowSchemas and levels that are there in any case. */
export const MANDATORY: ReadonlySet<string> = new Set(['exempt', 'catch-all']);
const AUTO_UPDATE = 'apf.kubernetes.io/autoupdate-spec';

type Configured = KubeObject & { spec?: object };

export type Restoration<T> = { readonly create: T } | { readonly update: T };

function isKept({ metadata: { name, annotations, generation } }: Configured): boolean {
  if (MANDATORY.has(name)) return true;
  const wish = annotations?.[AUTO_UPDATE];
  return wish === undefined ? generation === 1 : wish === 'true';
}

/** What brings the defaults back; `defaults` with every field filled in. */
export function restoreDefaults<T extends Configured>(present: readonly T[], defaults: readonly T[]): Restoration<T>[] {
  const byName = new Map(present.map((object) => [object.metadata.name, object]));
  return defaults.flatMap((wanted): Restoration<T>[] => {
    const found = byName.get(wanted.metadata.name);
    if (!found) return [{ create: wanted }];
    if (!isKept(found) || isDeepStrictEqual(found.spec, wanted.spec)) return [];
    return [{ update: { ...found, spec: wanted.spec } }];
  });
}

type WithStatus = FlowSchema & { status?: { conditions?: FlowSchemaCondition[] } };

/** The FlowSchema with its condition; the very object when that is right already. */
export function withDangling(schema: FlowSchema, levels: ReadonlySet<string>, now: Date): FlowSchema {
  const name = schema.spec?.priorityLevelConfiguration.name ?? '';
  const isFound = levels.has(name);
  const said = `This FlowSchema references the PriorityLevelConfiguration object named ${JSON.stringify(name)}`;
  const status = isFound ? 'False' : 'True';
  const reason = isFound ? 'Found' : 'NotFound';
  const message = `${said} ${isFound ? 'and it exists' : 'but there is no such object'}`;
  const conditions = (schema as WithStatus).status?.conditions ?? [];
  const before = conditions.find(({ type }) => type === 'Dangling');
  if (before?.status === status && before.reason === reason && before.message === message) return schema;
  const lastTransitionTime =
    before?.status === status && before.lastTransitionTime
      ? before.lastTransitionTime
      : now.toISOString().replace(/\.\d+Z$/, 'Z');
  const condition = { type: 'Dangling', status, lastTransitionTime, reason, message };
  const others = conditions.filter((other) => other !== before);
  return { ...schema, status: { ...(schema as WithStatus).status, conditions: [...others, condition] } } as WithStatus;
}
