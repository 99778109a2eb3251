import type { Node } from '../../../../helper/api/core/node';
import type { Pod } from '../../../../helper/api/core/pod';
import { type NodeView, type NodeWrite, nodeWriteRefusal } from './node-restriction';

const pods = [
  {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'own', namespace: 'ns', uid: 'u1' },
    spec: { containers: [], nodeName: 'n1' },
  },
  {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'foreign', namespace: 'ns', uid: 'u2' },
    spec: { containers: [], nodeName: 'n2' },
  },
] as const satisfies readonly unknown[];
const [own, foreign] = pods as unknown as [Pod, Pod];
const n1: Node = {
  apiVersion: 'v1',
  kind: 'Node',
  metadata: { name: 'n1', uid: 'node-uid', labels: { a: 'b' } },
  spec: {},
};
const view: NodeView = {
  pod: (namespace, name) =>
    (pods as unknown as Pod[]).find(({ metadata }) => metadata.namespace === namespace && metadata.name === name),
  node: (name) => (name === 'n1' ? n1 : undefined),
};
const base = { node: 'n1', operation: 'update', group: '', subresource: '', namespace: 'ns', object: {} } as const;
const refusal = (write: Partial<NodeWrite> & Pick<NodeWrite, 'resource' | 'name'>) =>
  nodeWriteRefusal({ ...base, ...write }, view);

function mirror(change: (pod: Pod) => void = () => {}): Pod {
  const pod: Pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: 'static',
      namespace: 'ns',
      annotations: { 'kubernetes.io/config.mirror': 'x' },
      ownerReferences: [{ apiVersion: 'v1', kind: 'Node', name: 'n1', uid: 'node-uid', controller: true }],
    },
    spec: { containers: [{ name: 'c' }], nodeName: 'n1' },
  };
  change(pod);
  return pod;
}
const node = (labels: Record<string, string>, spec: Node['spec'] = {}): Node => ({
  ...n1,
  metadata: { ...n1.metadata, labels },
  spec,
});

describe('nodeWriteRefusal() of pods', () => {
  const create = (change?: (pod: Pod) => void) =>
    refusal({ resource: 'pods', operation: 'create', name: 'static', object: mirror(change) });
  const spec = (pod: Pod) => pod.spec as NonNullable<Pod['spec']>;

  it.each([
    ['a mirror pod of its own', undefined, undefined],
    [
      'no other pod',
      (pod: Pod) => {
        delete pod.metadata.annotations;
      },
      'pod does not have "kubernetes.io/config.mirror" annotation, node "n1" can only create mirror pods',
    ],
    [
      'none elsewhere',
      (pod: Pod) => {
        spec(pod).nodeName = 'n2';
      },
      'node "n1" can only create pods with spec.nodeName set to itself',
    ],
    [
      'none without owner',
      (pod: Pod) => {
        delete pod.metadata.ownerReferences;
      },
      'node "n1" can only create pods with an owner reference set to itself',
    ],
    [
      'none of another owner',
      (pod: Pod) => {
        pod.metadata.ownerReferences = [{ apiVersion: 'v1', kind: 'Node', name: 'n2', uid: 'x', controller: true }];
      },
      'node "n1" can only create pods with an owner reference set to itself',
    ],
    [
      'none with a wrong uid',
      (pod: Pod) => {
        pod.metadata.ownerReferences = [{ apiVersion: 'v1', kind: 'Node', name: 'n1', uid: 'x', controller: true }];
      },
      'node n1 UID mismatch: expected x got node-uid',
    ],
    [
      'none with an account',
      (pod: Pod) => {
        spec(pod).serviceAccountName = 'admin';
      },
      'node "n1" can not create pods that reference a service account',
    ],
    [
      'none with secrets',
      (pod: Pod) => {
        spec(pod).volumes = [{ name: 's', secret: { secretName: 's' } }];
      },
      'node "n1" can not create pods that reference secrets',
    ],
    [
      'none with ConfigMaps',
      (pod: Pod) => {
        spec(pod).volumes = [{ name: 's', configMap: { name: 's' } }];
      },
      'node "n1" can not create pods that reference configmaps',
    ],
    [
      'none with claims',
      (pod: Pod) => {
        spec(pod).volumes = [{ name: 's', persistentVolumeClaim: { claimName: 's' } }];
      },
      'node "n1" can not create pods that reference persistentvolumeclaims',
    ],
  ])('lets a node create %s', (_what, change, expected) => {
    expect(create(change)).toBe(expected);
  });

  it('lets a node delete and evict its own pods only', () => {
    expect(refusal({ resource: 'pods', operation: 'delete', name: 'own' })).toBeUndefined();
    expect(refusal({ resource: 'pods', operation: 'delete', name: 'foreign' })).toBe(
      'node "n1" can only delete pods with spec.nodeName set to itself',
    );
    expect(refusal({ resource: 'pods', operation: 'create', subresource: 'eviction', name: 'foreign' })).toBe(
      'node n1 can only evict pods with spec.nodeName set to itself',
    );
    expect(() => refusal({ resource: 'pods', operation: 'delete', name: 'gone' })).toThrow('pods "gone" not found');
  });

  it('lets a node write the status of its own pods, without labels', () => {
    const status = (object: Pod, old: Pod) =>
      refusal({ resource: 'pods', subresource: 'status', name: old.metadata.name, object, old });
    expect(status(own, own)).toBeUndefined();
    expect(status(foreign, foreign)).toBe(
      'node "n1" can only update pod status for pods with spec.nodeName set to itself',
    );
    const relabelled = { ...own, metadata: { ...own.metadata, labels: { app: 'web' } } };
    expect(status(relabelled, own)).toBe('node "n1" cannot update labels through pod status');
    expect(refusal({ resource: 'pods', name: 'own' })).toContain('can only create and delete mirror pods');
    expect(refusal({ resource: 'pods', name: 'own', subresource: 'binding' })).toContain(
      "only 'status' and 'eviction' are allowed",
    );
  });
});

describe('nodeWriteRefusal() of nodes', () => {
  const update = (object: Node, old = n1, name = 'n1') =>
    refusal({ resource: 'nodes', namespace: '', name, object, old });
  const create = (object: Node) =>
    refusal({ resource: 'nodes', namespace: '', name: 'n1', operation: 'create', object });

  it.each([
    [
      'its own labels',
      create(node({ 'kubernetes.io/hostname': 'n1', 'kubernetes.io/os': 'linux', team: 'a', 'example.com/x': 'y' })),
      undefined,
    ],
    [
      'kubelet labels',
      create(node({ 'kubelet.kubernetes.io/x': '1', 'node.kubernetes.io/x': '1', 'a.node.kubernetes.io/x': '1' })),
      undefined,
    ],
    [
      'no roles',
      create(node({ 'node-role.kubernetes.io/control-plane': '' })),
      'node "n1" is not allowed to set the following labels: node-role.kubernetes.io/control-plane',
    ],
    [
      'no restricted labels',
      create(node({ 'node-restriction.kubernetes.io/secure': 'yes', 'x.k8s.io/y': '' })),
      'node "n1" is not allowed to set the following labels: node-restriction.kubernetes.io/secure, x.k8s.io/y',
    ],
    [
      'no change of a restricted label',
      update(node({ 'a.node-restriction.kubernetes.io/b': '1' })),
      'is not allowed to modify labels: a.node-restriction.kubernetes.io/b',
    ],
    ['no removal of one', update(node({}), node({ 'k8s.io/x': '1' })), 'is not allowed to modify labels: k8s.io/x'],
    [
      'no taints',
      update(node({ a: 'b' }, { taints: [{ key: 'x', effect: 'NoSchedule' }] })),
      'node "n1" is not allowed to modify taints',
    ],
    [
      'no removal of taints',
      update(n1, node({ a: 'b' }, { taints: [{ key: 'x', effect: 'NoSchedule' }] })),
      'node "n1" is not allowed to modify taints',
    ],
    ['no other node', update(n1, n1, 'n2'), 'node "n1" is not allowed to modify node "n2"'],
    ['nothing new', update(n1), undefined],
  ])('lets a node write %s', (_what, found, expected) => {
    expect(found).toBe(expected);
  });
});

describe('nodeWriteRefusal() of the rest', () => {
  const token = (boundObjectRef: unknown) =>
    refusal({
      resource: 'serviceaccounts',
      subresource: 'token',
      operation: 'create',
      name: 'robot',
      object: { spec: { audiences: [], boundObjectRef } },
    });
  const lease = { resource: 'leases', group: 'coordination.k8s.io', namespace: 'kube-node-lease' };
  const claim = { metadata: { name: 'c', namespace: 'ns' }, spec: {}, status: { phase: 'Bound' } };

  it.each([
    ['a token of its own pod', token({ apiVersion: 'v1', kind: 'Pod', name: 'own', uid: 'u1' }), undefined],
    ['no token of nothing', token(undefined), 'node requested token not bound to a pod'],
    [
      'no token of a secret',
      token({ apiVersion: 'v1', kind: 'Secret', name: 's', uid: 'u' }),
      'node requested token not bound to a pod',
    ],
    [
      'no token without uid',
      token({ apiVersion: 'v1', kind: 'Pod', name: 'own' }),
      'node requested token with a pod binding without a uid',
    ],
    [
      'no token of an older pod',
      token({ apiVersion: 'v1', kind: 'Pod', name: 'own', uid: 'u0' }),
      'the UID in the bound object reference (u0) does not match the UID in record. The object might have been deleted and then recreated',
    ],
    [
      'no token of another node’s pod',
      token({ apiVersion: 'v1', kind: 'Pod', name: 'foreign', uid: 'u2' }),
      'node requested token bound to a pod scheduled on a different node',
    ],
    ['its lease', refusal({ ...lease, operation: 'create', name: 'n1' }), undefined],
    [
      'no other lease',
      refusal({ ...lease, operation: 'create', name: 'n2' }),
      'can only access node lease with the same name as the requesting node',
    ],
    [
      'no lease elsewhere',
      refusal({ ...lease, namespace: 'kube-system', name: 'n1' }),
      'can only access leases in the "kube-node-lease" system namespace',
    ],
    [
      'no other CSINode',
      refusal({ resource: 'csinodes', group: 'storage.k8s.io', operation: 'create', name: 'n2' }),
      'can only access CSINode with the same name as the requesting node',
    ],
    ['no claim', refusal({ resource: 'persistentvolumeclaims', name: 'c' }), 'may only update PVC status'],
    [
      'the size of a claim',
      refusal({
        resource: 'persistentvolumeclaims',
        subresource: 'status',
        name: 'c',
        object: { ...claim, status: { phase: 'Bound', capacity: { storage: '2Gi' } } },
        old: claim as never,
      }),
      undefined,
    ],
    [
      'no phase of a claim',
      refusal({
        resource: 'persistentvolumeclaims',
        subresource: 'status',
        name: 'c',
        object: { ...claim, status: { phase: 'Lost' } },
        old: claim as never,
      }),
      'node "n1" is not allowed to update fields other than status.capacity and status.conditions',
    ],
    ['events', refusal({ resource: 'events', operation: 'create', name: 'e' }), undefined],
    [
      'nothing without a name',
      refusal({ resource: 'events', name: 'e', node: '' }),
      'could not determine node from the user',
    ],
  ])('lets a node write %s', (_what, found, expected) => {
    expect(found).toBe(expected);
  });
});
