/**
 * Conditions of a Deployment, and the rule when their times change.
 *
 * `lastTransitionTime` moves only when the status word changes; a condition whose status and reason stay is left as it is.
 * https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#deployment-status
 */
import type { DeploymentCondition } from 'kubernetes-types/apps/v1';

export type ConditionType = 'Available' | 'Progressing' | 'ReplicaFailure';
export type Conditions = readonly DeploymentCondition[];

export interface NewCondition {
  readonly type: ConditionType;
  readonly status: 'True' | 'False' | 'Unknown';
  readonly reason: string;
  readonly message: string;
}

/** RFC 3339 in whole seconds, as Kubernetes' Time is written. */
const timestamp = (now: Date) => now.toISOString().replace(/\.\d+Z$/, 'Z');

export function findCondition(conditions: Conditions, type: ConditionType): DeploymentCondition | undefined {
  return conditions.find((condition) => condition.type === type);
}

export function withoutCondition(conditions: Conditions, type: ConditionType): Conditions {
  return conditions.filter((condition) => condition.type !== type);
}

/** The conditions with this one; unchanged when its status and reason are there already, unless `refresh` is asked for. */
export function withCondition(conditions: Conditions, wanted: NewCondition, now: Date, refresh = false): Conditions {
  const current = findCondition(conditions, wanted.type);
  if (!refresh && current?.status === wanted.status && current.reason === wanted.reason) return conditions;
  const stays = current?.status === wanted.status ? current.lastTransitionTime : undefined;
  const condition = {
    ...wanted,
    lastUpdateTime: timestamp(now),
    lastTransitionTime: stays ?? timestamp(now),
  };
  return [...withoutCondition(conditions, wanted.type), condition];
}
