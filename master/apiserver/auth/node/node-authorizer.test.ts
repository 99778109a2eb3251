import type { Pod } from '../../../../helper/api/core/pod';
import { type Access, resourceAccess } from '../access';
import { NodeAuthorizer } from './node-authorizer';
import { NodeGraph, type PersistentVolume } from './node-graph';

const NODE = { name: 'system:node:n1', groups: ['system:nodes', 'system:authenticated'] };

function pod(name: string, nodeName: string, spec: Partial<NonNullable<Pod['spec']>> = {}): Pod {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'ns' },
    spec: { containers: [], ...spec, nodeName },
  };
}

const web = pod('web', 'n1', {
  serviceAccountName: 'robot',
  imagePullSecrets: [{ name: 'pull' }],
  initContainers: [{ name: 'i', env: [{ name: 'A', valueFrom: { secretKeyRef: { name: 'env-secret', key: 'k' } } }] }],
  containers: [{ name: 'c', envFrom: [{ configMapRef: { name: 'env-map' } }, { secretRef: { name: 'from-secret' } }] }],
  volumes: [
    { name: 's', secret: { secretName: 'volume-secret' } },
    {
      name: 'p',
      projected: { sources: [{ configMap: { name: 'projected-map' } }, { secret: { name: 'projected-secret' } }] },
    },
    { name: 'd', persistentVolumeClaim: { claimName: 'data' } },
    { name: 'scratch', ephemeral: { volumeClaimTemplate: { spec: {} } } },
  ],
});
const volume: PersistentVolume = {
  apiVersion: 'v1',
  kind: 'PersistentVolume',
  metadata: { name: 'pv1' },
  spec: {
    claimRef: { namespace: 'ns', name: 'data' },
    csi: { driver: 'd', volumeHandle: 'h', nodeStageSecretRef: { namespace: 'storage', name: 'stage' } },
  },
};
const mirror = pod('mirror', 'n1', { volumes: [{ name: 's', secret: { secretName: 'stolen' } }] });
mirror.metadata.annotations = { 'kubernetes.io/config.mirror': 'x' };

const graph = new NodeGraph();
for (const each of [web, mirror, pod('other', 'n2', { imagePullSecrets: [{ name: 'others' }] })]) graph.putPod(each);
graph.putVolume(volume);
graph.putAttachment({
  apiVersion: 'storage.k8s.io/v1',
  kind: 'VolumeAttachment',
  metadata: { name: 'va1' },
  spec: { attacher: 'd', nodeName: 'n1', source: { persistentVolumeName: 'pv1' } },
});
const authorizer = new NodeAuthorizer(() => graph);
const on = (verb: string, resource: string, name: string, parts: Partial<Access> = {}) =>
  resourceAccess(verb, resource, { namespace: 'ns', name, ...parts });
const cluster = (verb: string, resource: string, name = '', parts: Partial<Access> = {}) =>
  resourceAccess(verb, resource, { name, ...parts });
const lease = { group: 'coordination.k8s.io', namespace: 'kube-node-lease' };
const storage = { group: 'storage.k8s.io' };

describe('NodeAuthorizer', () => {
  it.each([
    ...['pull', 'env-secret', 'from-secret', 'volume-secret', 'projected-secret'].map((name) =>
      on('get', 'secrets', name),
    ),
    on('watch', 'secrets', 'pull'),
    on('list', 'configmaps', 'env-map'),
    on('get', 'configmaps', 'projected-map'),
    on('get', 'persistentvolumeclaims', 'data'),
    on('get', 'persistentvolumeclaims', 'web-scratch'),
    on('patch', 'persistentvolumeclaims', 'data', { subresource: 'status' }),
    cluster('get', 'persistentvolumes', 'pv1'),
    on('get', 'secrets', 'stage', { namespace: 'storage' }),
    on('create', 'serviceaccounts', 'robot', { subresource: 'token' }),
    cluster('get', 'volumeattachments', 'va1', storage),
    on('get', 'pods', 'web'),
    on('get', 'pods', 'mirror'),
    cluster('list', 'pods', '', { fieldSelector: 'spec.nodeName=n1' }),
    cluster('watch', 'pods', '', { fieldSelector: 'spec.nodeName=n1,status.phase!=Failed' }),
    on('update', 'pods', 'web', { subresource: 'status' }),
    on('create', 'pods', 'web', { subresource: 'eviction' }),
    on('create', 'pods', ''),
    on('delete', 'pods', 'web'),
    cluster('get', 'nodes', 'n1'),
    cluster('watch', 'nodes', 'n1'),
    cluster('create', 'nodes'),
    cluster('update', 'nodes', 'n1', { subresource: 'status' }),
    cluster('get', 'leases', 'n1', lease),
    cluster('create', 'leases', '', lease),
    cluster('update', 'csinodes', 'n1', storage),
    cluster('list', 'services'),
    cluster('list', 'runtimeclasses', '', { group: 'node.k8s.io' }),
    on('create', 'events', ''),
    on('patch', 'events', 'e'),
    cluster('create', 'subjectaccessreviews', '', { group: 'authorization.k8s.io' }),
  ])('allows $verb $resource/$subresource $namespace/$name', (access) => {
    expect(authorizer.authorize(NODE, access)).toEqual({ allowed: true, reason: '' });
  });

  const unrelated = 'no relationship found between node "n1" and this object';
  it.each([
    [on('get', 'secrets', 'others'), unrelated],
    [on('get', 'secrets', 'stolen'), unrelated],
    [on('get', 'secrets', 'pull', { namespace: 'elsewhere' }), unrelated],
    [on('list', 'secrets', ''), 'No Object name found'],
    [cluster('list', 'secrets', 'pull'), 'can only read namespaced object of this type'],
    [on('update', 'secrets', 'pull'), 'can only read resources of this type'],
    [on('delete', 'configmaps', 'env-map'), 'can only read resources of this type'],
    [on('list', 'persistentvolumeclaims', 'data'), 'can only get individual resources of this type'],
    [cluster('get', 'persistentvolumes', 'pv2'), unrelated],
    [cluster('get', 'volumeattachments', 'va2', storage), unrelated],
    [on('create', 'serviceaccounts', 'admin', { subresource: 'token' }), unrelated],
    [on('get', 'serviceaccounts', 'robot'), 'can only create tokens for individual service accounts'],
    [on('create', 'serviceaccounts', 'robot'), 'can only create token subresource of serviceaccount'],
    [on('get', 'pods', 'other'), unrelated],
    [cluster('list', 'pods'), 'can only list/watch pods with spec.nodeName field selector'],
    [
      cluster('list', 'pods', '', { fieldSelector: 'spec.nodeName=n2' }),
      'can only list/watch pods with spec.nodeName field selector',
    ],
    [
      cluster('list', 'pods', '', { fieldSelector: 'spec.nodeName!=n1' }),
      'can only list/watch pods with spec.nodeName field selector',
    ],
    [on('update', 'pods', 'web'), ''],
    [on('create', 'pods', 'web', { subresource: 'exec' }), ''],
    [on('create', 'pods', 'web', { subresource: 'binding' }), ''],
    [cluster('get', 'nodes', 'n2'), "node 'n1' cannot read 'n2', only its own Node object"],
    [cluster('list', 'nodes'), "node 'n1' cannot read all nodes, only its own Node object"],
    [cluster('delete', 'nodes', 'n1'), ''],
    [cluster('create', 'nodes', 'n1', { subresource: 'proxy' }), ''],
    [cluster('update', 'leases', 'n2', lease), 'can only access node lease with the same name as the requesting node'],
    [
      cluster('get', 'leases', 'n1', { ...lease, namespace: 'kube-system' }),
      'can only access leases in the "kube-node-lease" system namespace',
    ],
    [cluster('list', 'leases', '', lease), 'can only get, create, update, patch, or delete a node lease'],
    [cluster('get', 'csinodes', 'n2', storage), 'can only access CSINode with the same name as the requesting node'],
    [on('create', 'services', ''), ''],
    [cluster('list', 'namespaces'), ''],
    [cluster('create', 'clusterrolebindings', '', { group: 'rbac.authorization.k8s.io' }), ''],
  ])('has nothing to say for %o', (access, reason) => {
    expect(authorizer.authorize(NODE, access)).toEqual({ allowed: false, reason });
  });

  it('knows nodes by name and group together', () => {
    const get = cluster('get', 'nodes', 'n1');
    expect(authorizer.authorize({ name: 'system:node:n1', groups: [] }, get).allowed).toBe(false);
    expect(authorizer.authorize({ name: 'jane', groups: ['system:nodes'] }, get).allowed).toBe(false);
    const nameless = authorizer.authorize({ name: 'system:node:', groups: ['system:nodes'] }, get);
    expect(nameless).toEqual({ allowed: false, reason: 'unknown node for user "system:node:"' });
  });
});

describe('NodeGraph', () => {
  it('reaches() what two pods share until both are gone', () => {
    const shared = new NodeGraph();
    for (const name of ['a', 'b']) shared.putPod(pod(name, 'n1', { imagePullSecrets: [{ name: 's' }] }));
    shared.removePod('ns', 'a');
    expect(shared.reaches('n1', 'secrets', 'ns', 's')).toBe(true);
    shared.removePod('ns', 'b');
    expect(shared.reaches('n1', 'secrets', 'ns', 's')).toBe(false);
  });

  it('putPod() replaces what the pod said before', () => {
    const changing = new NodeGraph();
    changing.putPod(pod('a', 'n1', { imagePullSecrets: [{ name: 'old' }] }));
    changing.putPod(pod('a', 'n1', { imagePullSecrets: [{ name: 'new' }] }));
    expect(changing.reaches('n1', 'secrets', 'ns', 'old')).toBe(false);
    expect(changing.reaches('n1', 'secrets', 'ns', 'new')).toBe(true);
  });

  it('removeVolume() cuts off what came with it', () => {
    const linked = new NodeGraph();
    linked.putPod(web);
    linked.putVolume(volume);
    linked.putVolume({ ...volume, metadata: { name: 'pv2' } });
    linked.removeVolume('pv1');
    expect(linked.reaches('n1', 'persistentvolumes', '', 'pv1')).toBe(false);
    expect(linked.reaches('n1', 'secrets', 'storage', 'stage')).toBe(true);
    linked.removeVolume('pv2');
    expect(linked.reaches('n1', 'secrets', 'storage', 'stage')).toBe(false);
  });
});
