/**
 * Deployments and ReplicaSets as short as a test wants them.
 */
import type { DeploymentSpec, DeploymentStatus, ReplicaSetStatus } from 'kubernetes-types/apps/v1';
import type { Deployment } from '../../../helper/api/apps/deployment';
import type { ReplicaSet } from '../../../helper/api/apps/replica-set';
import type { Plan, Write } from '../../../helper/controller/controller';

export const NOW = new Date('2026-01-01T00:10:00Z');

/** The Deployment `web` of three pods with that image. */
export function deploymentOf(
  spec: Partial<DeploymentSpec> = {},
  status: DeploymentStatus = {},
  image = 'v2',
): Deployment {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web', namespace: 'default', uid: 'd', generation: 2, resourceVersion: '50' },
    spec: {
      replicas: 3,
      revisionHistoryLimit: 10,
      progressDeadlineSeconds: 600,
      selector: { matchLabels: { app: 'web' } },
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: '25%', maxUnavailable: '25%' } },
      template: { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'c', image }] } },
      ...spec,
    },
    status,
  };
}

export interface SetFacts {
  readonly image?: string;
  readonly replicas?: number;
  readonly status?: Partial<ReplicaSetStatus>;
  readonly annotations?: Record<string, string>;
  readonly created?: string;
  readonly owner?: string;
}

/** A ReplicaSet of `web`; without a status all of its pods are available. */
export function setOf(name: string, facts: SetFacts = {}): ReplicaSet {
  const { image = 'v1', replicas = 3, annotations = {}, created = '2026-01-01T00:00:00Z', owner = 'd' } = facts;
  const reference = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web', uid: owner, controller: true };
  const labels = { app: 'web', 'pod-template-hash': name };
  return {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: {
      name,
      namespace: 'default',
      uid: name,
      generation: 1,
      resourceVersion: '40',
      labels,
      creationTimestamp: created,
      annotations: {
        'deployment.kubernetes.io/desired-replicas': '3',
        'deployment.kubernetes.io/max-replicas': '4',
        ...annotations,
      },
      ...(owner ? { ownerReferences: [reference] } : {}),
    },
    spec: {
      replicas,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [{ name: 'c', image }] } },
    },
    status: {
      replicas,
      readyReplicas: replicas,
      availableReplicas: replicas,
      observedGeneration: 1,
      ...facts.status,
    },
  };
}

/** What a plan writes, one short text a write: `update old 3->2`, `create`, `patch web`. */
export function outline(plan: Plan): string[] {
  return plan.steps.flat().map((write) => `${write.verb} ${nameOf(write)}${sizeOf(write)}`);
}

const nameOf = (write: Write) => (write.verb === 'patch' ? write.name : write.object.metadata.name);

function sizeOf(write: Write): string {
  const isSet = write.resource.kind === 'ReplicaSet' && (write.verb === 'update' || write.verb === 'create');
  return isSet ? `=${(write.object as ReplicaSet).spec?.replicas}` : '';
}

/** The status a plan writes; undefined when it writes none. */
export function statusOf(plan: Plan): DeploymentStatus | undefined {
  const write = plan.steps.flat().find(({ verb }) => verb === 'updateStatus');
  return write?.verb === 'updateStatus' ? (write.object as Deployment).status : undefined;
}

/** Progressing or another condition of the status a plan writes. */
export function conditionOf(plan: Plan, type: string) {
  return statusOf(plan)?.conditions?.find((condition) => condition.type === type);
}
