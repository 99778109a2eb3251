/**
 * A small table of kinds for the tests of discovery: one of every sort.
 */
import type { Kind } from '../../../helper/api/kind';

const base = {
  version: 'v1',
  shortNames: [],
  categories: [],
  namespaced: true,
  strategy: { hasGeneration: false, validate: () => [] },
  columns: [],
  fieldSelectors: {},
  hasStatus: false,
  subresources: [],
} as const;

export const POD: Kind = {
  ...base,
  group: '',
  kind: 'Pod',
  plural: 'pods',
  singular: 'pod',
  shortNames: ['po'],
  categories: ['all'],
  schema: 'io.k8s.api.core.v1.Pod',
  hasStatus: true,
  subresources: [
    { name: 'log', kind: 'Pod', verbs: ['get'] },
    { name: 'eviction', kind: 'Eviction', group: 'policy', version: 'v1', verbs: ['create'] },
  ],
};

const NAMESPACE: Kind = {
  ...base,
  group: '',
  kind: 'Namespace',
  plural: 'namespaces',
  singular: 'namespace',
  namespaced: false,
  schema: 'io.k8s.api.core.v1.Namespace',
};

const DEPLOYMENT: Kind = {
  ...base,
  group: 'apps',
  kind: 'Deployment',
  plural: 'deployments',
  singular: 'deployment',
  schema: 'io.k8s.api.apps.v1.Deployment',
  scale: { specReplicas: 'spec.replicas', statusReplicas: 'status.replicas', selector: () => '' },
};

const REVIEW: Kind = {
  ...base,
  group: 'authorization.k8s.io',
  kind: 'SelfSubjectAccessReview',
  plural: 'selfsubjectaccessreviews',
  singular: 'selfsubjectaccessreview',
  namespaced: false,
  schema: 'io.k8s.api.authorization.v1.SelfSubjectAccessReview',
  stored: false,
};

export const FIXTURE_KINDS: readonly Kind[] = [REVIEW, DEPLOYMENT, POD, NAMESPACE];
