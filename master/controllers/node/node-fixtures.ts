/**
 * Nodes and pods as the tests of this folder need them.
 */
import type { Taint, Toleration } from 'kubernetes-types/core/v1';
import type { Node } from '../../../helper/api/core/node';
import type { Pod } from '../../../helper/api/core/pod';

export const NOW = new Date('2026-01-01T01:00:00Z');
/** That many seconds before NOW, as Kubernetes writes times. */
export const ago = (seconds: number) => new Date(NOW.getTime() - seconds * 1000).toISOString().replace(/\.\d+Z$/, 'Z');

export interface NodeShape {
  readonly ready?: 'True' | 'False' | 'Unknown';
  readonly zone?: string;
  readonly taints?: readonly Taint[];
  readonly labels?: Readonly<Record<string, string>>;
}

export function nodeOf(name: string, { ready = 'True', zone, taints, labels }: NodeShape = {}): Node {
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name,
      uid: `${name}-uid`,
      resourceVersion: '5',
      creationTimestamp: ago(3600),
      labels: { ...labels, ...(zone ? { 'topology.kubernetes.io/zone': zone } : {}) },
    },
    spec: taints ? { taints: [...taints] } : {},
    status: {
      conditions: [
        { type: 'MemoryPressure', status: 'False', lastHeartbeatTime: ago(60), lastTransitionTime: ago(3600) },
        { type: 'Ready', status: ready, lastHeartbeatTime: ago(60), lastTransitionTime: ago(3600) },
      ],
    },
  };
}

export interface PodShape {
  readonly tolerations?: readonly Toleration[];
  readonly created?: string;
  readonly node?: string;
  readonly phase?: string;
  readonly reason?: string;
  readonly deleted?: boolean;
}

export function podOf(name: string, shape: PodShape = {}): Pod {
  const { tolerations, created = ago(3600), node = 'n', phase = 'Running', reason, deleted } = shape;
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      namespace: 'default',
      uid: name,
      creationTimestamp: created,
      ...(deleted ? { deletionTimestamp: ago(1) } : {}),
    },
    spec: {
      containers: [],
      ...(node ? { nodeName: node } : {}),
      ...(tolerations ? { tolerations: [...tolerations] } : {}),
    },
    status: {
      phase,
      ...(reason ? { reason } : {}),
      conditions: [{ type: 'Ready', status: 'True', lastTransitionTime: ago(3000) }],
    },
  };
}
