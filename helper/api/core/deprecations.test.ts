import { podDeprecations, serviceWarnings } from './deprecations';

test.each([
  ['nothing special', {}, { containers: [] }, []],
  [
    'an old node label',
    {},
    { containers: [], nodeSelector: { 'beta.kubernetes.io/os': 'linux', constructor: 'x' } },
    ['t.spec.nodeSelector[beta.kubernetes.io/os]: deprecated since v1.14; use "kubernetes.io/os" instead'],
  ],
  [
    'an old topology key and no selector',
    {},
    {
      containers: [],
      topologySpreadConstraints: [
        { maxSkew: 1, topologyKey: 'failure-domain.beta.kubernetes.io/zone', whenUnsatisfiable: 'DoNotSchedule' },
      ],
    },
    [
      't.spec.topologySpreadConstraints[0].topologyKey: failure-domain.beta.kubernetes.io/zone is deprecated since v1.17; use "topology.kubernetes.io/zone" instead',
      't.spec.topologySpreadConstraints[0].labelSelector: a null labelSelector results in matching no pod',
    ],
  ],
  [
    'annotations of old',
    { annotations: { 'scheduler.alpha.kubernetes.io/critical-pod': '' } },
    { containers: [] },
    [
      't.metadata.annotations[scheduler.alpha.kubernetes.io/critical-pod]: non-functional in v1.16+; use the "priorityClassName" field instead',
    ],
  ],
  [
    'a volume of old',
    {},
    { containers: [], volumes: [{ name: 'v', gitRepo: { repository: 'r' } }] },
    ['t.spec.volumes[0].gitRepo: deprecated in v1.11'],
  ],
])('podDeprecations() says of %s what Kubernetes says', (_, metadata, spec, warnings) => {
  expect(podDeprecations(metadata, spec, 't.')).toEqual(warnings);
});

test.each([
  ['a usual one', {}, { type: 'ClusterIP', clusterIP: '10.0.0.1', externalIPs: ['1.2.3.4'] }, []],
  [
    'a headless one',
    {},
    { type: 'ClusterIP', clusterIP: 'None', externalIPs: ['1.2.3.4'], sessionAffinity: 'ClientIP' },
    ['spec.externalIPs is ignored for headless services', 'spec.SessionAffinity is ignored for headless services'],
  ],
  [
    'one with topology hints',
    { annotations: { 'service.kubernetes.io/topology-aware-hints': 'auto' } },
    { type: 'ClusterIP', externalName: 'x' },
    [
      'annotation service.kubernetes.io/topology-aware-hints is deprecated, please use service.kubernetes.io/topology-mode instead',
      'spec.externalName is ignored when spec.type is not "ExternalName"',
    ],
  ],
])('serviceWarnings() says of %s what Kubernetes says', (_, metadata, spec, warnings) => {
  expect(serviceWarnings(metadata, spec)).toEqual(warnings);
});
