import type { ReplicaSet } from '../../../helper/api/apps/replica-set';
import type { Endpoints } from '../../../helper/api/core/endpoints';
import type { Node } from '../../../helper/api/core/node';
import type { Pod } from '../../../helper/api/core/pod';
import type { Service } from '../../../helper/api/core/service';
import { nodeWord, podWord, RESYNC_ANNOTATION, replicaSetWord, serviceWord } from './status-words';

const TIME = '2026-01-01T00:00:00Z';
const pod = (parts: { nodeName?: string; status?: Pod['status']; deleted?: boolean }): Pod => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'web', ...(parts.deleted ? { deletionTimestamp: TIME } : {}) },
  spec: { containers: [], ...(parts.nodeName ? { nodeName: parts.nodeName } : {}) },
  ...(parts.status ? { status: parts.status } : {}),
});
const node = (ready?: string): Node => ({
  apiVersion: 'v1',
  kind: 'Node',
  metadata: { name: 'n1' },
  status: { conditions: ready ? [{ type: 'Ready', status: ready }] : [] },
});
const unschedulable = { conditions: [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable' }] };

describe('podWord()', () => {
  it.each([
    ['Wait for Schedule', pod({ status: { phase: 'Pending' } }), undefined],
    ['Wait for Schedule', pod({}), undefined],
    ['Schedule Failed', pod({ status: { phase: 'Pending', ...unschedulable } }), undefined],
    ['Ready to Create', pod({ nodeName: 'n1', status: { phase: 'Pending' } }), node('True')],
    ['Running', pod({ nodeName: 'n1', status: { phase: 'Running' } }), node('True')],
    ['Running', pod({ nodeName: 'n1', status: { phase: 'Running' } }), undefined],
    ['Succeeded', pod({ nodeName: 'n1', status: { phase: 'Succeeded' } }), node('Unknown')],
    ['Failed', pod({ nodeName: 'n1', status: { phase: 'Failed' } }), node('True')],
    ['Removed', pod({ nodeName: 'n1', status: { phase: 'Running' }, deleted: true }), node('True')],
    ['Lost Connect', pod({ nodeName: 'n1', status: { phase: 'Running' } }), node('Unknown')],
    ['Lost Connect', pod({ nodeName: 'n1', status: { phase: 'Unknown' } }), node('True')],
  ])('says %s', (word, given, onNode) => {
    expect(podWord(given, onNode)).toBe(word);
  });
});

describe('nodeWord()', () => {
  it.each([
    ['READY TO START', undefined],
    ['Running', 'True'],
    ['Not Available', 'False'],
    ['Not Available', 'Unknown'],
  ])('says %s when Ready is %s', (word, ready) => {
    expect(nodeWord(node(ready))).toBe(word);
  });
});

describe('serviceWord()', () => {
  const service = (parts: {
    ip?: string;
    resync?: string;
    deleted?: boolean;
    selector?: Record<string, string>;
  }): Service => ({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: {
      name: 'web',
      annotations: parts.resync ? { [RESYNC_ANNOTATION]: parts.resync } : {},
      ...(parts.deleted ? { deletionTimestamp: TIME } : {}),
    },
    spec: { selector: parts.selector ?? { app: 'web' }, ...(parts.ip ? { clusterIP: parts.ip } : {}) },
  });
  const endpoints: Endpoints = { apiVersion: 'v1', kind: 'Endpoints', metadata: { name: 'web' } };
  it.each([
    ['Creating', service({}), undefined],
    ['Creating', service({ ip: '10.96.0.9' }), undefined],
    ['Running', service({ ip: '10.96.0.9' }), endpoints],
    ['Running', service({ ip: '10.96.0.9', selector: {} }), undefined],
    ['Running', service({ ip: '10.96.0.9', resync: `update ${TIME}` }), endpoints],
    ['Updating', service({ ip: '10.96.0.9', resync: `update ${TIME}` }), undefined],
    ['Restarting', service({ ip: '10.96.0.9', resync: `restart ${TIME}` }), undefined],
    ['Removing', service({ ip: '10.96.0.9', deleted: true }), endpoints],
  ])('says %s', (word, given, known) => {
    expect(serviceWord(given, known)).toBe(word);
  });
});

describe('replicaSetWord()', () => {
  const set = (status: ReplicaSet['status'], generation = 2): ReplicaSet => ({
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: { name: 'web', generation },
    spec: { replicas: 3, selector: {} },
    ...(status ? { status } : {}),
  });
  it.each([
    ['Creating', set(undefined)],
    ['Updating', set({ replicas: 3, readyReplicas: 2, observedGeneration: 2 })],
    ['Updating', set({ replicas: 3, readyReplicas: 3, observedGeneration: 1 })],
    ['Running', set({ replicas: 3, readyReplicas: 3, observedGeneration: 2 })],
  ])('says %s', (word, given) => {
    expect(replicaSetWord(given)).toBe(word);
  });
});
