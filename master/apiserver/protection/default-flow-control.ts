/**
 * The FlowSchemas and PriorityLevelConfigurations every cluster begins with: who is served before whom.
 *
 * Administrators and health checks are never held back; nodes, leader election and the cluster's own components have seats of their own,
 * so a flood of some user's requests fills the seats of users only. Names, numbers and rules are Kubernetes' defaults; the schema for the
 * components of this cluster, which are users of their own here, is ours.
 * https://kubernetes.io/docs/concepts/cluster-administration/flow-control/#default-configuration
 */
import type {
  FlowSchema as FlowSchemaType,
  PriorityLevelConfiguration as PriorityLevelType,
  ResourcePolicyRule,
  Subject,
} from 'kubernetes-types/flowcontrol/v1';
import { FIXED_FLOW_SCHEMAS, FIXED_PRIORITY_LEVELS } from '../../../helper/api/flowcontrol/fixed-specs';
import type { KubeObject } from '../../../helper/api/meta';

export type FlowSchema = KubeObject & Pick<FlowSchemaType, 'spec'>;
export type PriorityLevel = KubeObject & Pick<PriorityLevelType, 'spec'>;

const API_VERSION = 'flowcontrol.apiserver.k8s.io/v1';
/** Objects the server keeps as they are by default, until somebody takes this annotation off. */
const AUTO_UPDATE = { 'apf.kubernetes.io/autoupdate-spec': 'true' };

interface Queues {
  readonly queues: number;
  readonly handSize: number;
  readonly queueLengthLimit: number;
}

function limited(name: string, shares: number, lendablePercent: number, queuing?: Queues): PriorityLevel {
  const limitResponse = queuing ? { type: 'Queue', queuing } : { type: 'Reject' };
  return {
    apiVersion: API_VERSION,
    kind: 'PriorityLevelConfiguration',
    metadata: { name, annotations: AUTO_UPDATE },
    spec: { type: 'Limited', limited: { nominalConcurrencyShares: shares, lendablePercent, limitResponse } },
  };
}

const fixedLevel = (name: keyof typeof FIXED_PRIORITY_LEVELS): PriorityLevel => ({
  apiVersion: API_VERSION,
  kind: 'PriorityLevelConfiguration',
  metadata: { name, annotations: AUTO_UPDATE },
  spec: FIXED_PRIORITY_LEVELS[name],
});

const WIDE: Queues = { queues: 128, handSize: 6, queueLengthLimit: 50 };

export const DEFAULT_PRIORITY_LEVELS: readonly PriorityLevel[] = [
  fixedLevel('exempt'),
  fixedLevel('catch-all'),
  limited('node-high', 40, 25, { queues: 64, handSize: 6, queueLengthLimit: 50 }),
  limited('system', 30, 33, { queues: 64, handSize: 6, queueLengthLimit: 50 }),
  limited('leader-election', 10, 0, { queues: 16, handSize: 4, queueLengthLimit: 50 }),
  limited('workload-high', 40, 50, WIDE),
  limited('workload-low', 100, 90, WIDE),
  limited('global-default', 20, 50, WIDE),
];

const group = (name: string): Subject => ({ kind: 'Group', group: { name } });
const user = (name: string): Subject => ({ kind: 'User', user: { name } });
const systemAccount = (name: string): Subject => ({
  kind: 'ServiceAccount',
  serviceAccount: { namespace: 'kube-system', name },
});

const ANY_RESOURCE: ResourcePolicyRule = {
  verbs: ['*'],
  apiGroups: ['*'],
  resources: ['*'],
  clusterScope: true,
  namespaces: ['*'],
};
const ANY_PATH = { verbs: ['*'], nonResourceURLs: ['*'] };

const fixedSchema = (name: keyof typeof FIXED_FLOW_SCHEMAS): FlowSchema => ({
  apiVersion: API_VERSION,
  kind: 'FlowSchema',
  metadata: { name, annotations: AUTO_UPDATE },
  spec: FIXED_FLOW_SCHEMAS[name],
});

interface SchemaText {
  readonly name: string;
  readonly level: string;
  readonly precedence: number;
  readonly by?: 'ByUser' | 'ByNamespace';
  readonly subjects: Subject[];
  /** absent = everything */
  readonly resourceRules?: ResourcePolicyRule[];
  readonly paths?: string[];
}

function schema({ name, level, precedence, by, subjects, resourceRules, paths }: SchemaText): FlowSchema {
  const isAnything = !resourceRules && !paths;
  const nonResourceRules = paths ? [{ verbs: ['get'], nonResourceURLs: paths }] : isAnything ? [ANY_PATH] : undefined;
  const rules = isAnything ? [ANY_RESOURCE] : resourceRules;
  return {
    apiVersion: API_VERSION,
    kind: 'FlowSchema',
    metadata: { name, annotations: AUTO_UPDATE },
    spec: {
      matchingPrecedence: precedence,
      priorityLevelConfiguration: { name: level },
      ...(by ? { distinguisherMethod: { type: by } } : {}),
      rules: [
        {
          subjects,
          ...(rules ? { resourceRules: rules } : {}),
          ...(nonResourceRules ? { nonResourceRules } : {}),
        },
      ],
    },
  };
}

const LEASES: ResourcePolicyRule = {
  verbs: ['get', 'create', 'update'],
  apiGroups: ['coordination.k8s.io'],
  resources: ['leases'],
  namespaces: ['*'],
};
const NODE_HEARTBEATS: ResourcePolicyRule[] = [
  { verbs: ['*'], apiGroups: [''], resources: ['nodes', 'nodes/status'], clusterScope: true, namespaces: ['*'] },
  { verbs: ['*'], apiGroups: ['coordination.k8s.io'], resources: ['leases'], namespaces: ['*'] },
];
const ENDPOINTS: ResourcePolicyRule = {
  verbs: ['get', 'create', 'update'],
  apiGroups: [''],
  resources: ['endpoints'],
  namespaces: ['*'],
};
const EVERYBODY = [group('system:unauthenticated'), group('system:authenticated')];
const CONTROLLERS = user('system:kube-controller-manager');
const SCHEDULER = user('system:kube-scheduler');
const COMPONENTS = group('system:minik8s:components');

export const DEFAULT_FLOW_SCHEMAS: readonly FlowSchema[] = [
  fixedSchema('exempt'),
  schema({
    name: 'probes',
    level: 'exempt',
    precedence: 2,
    subjects: EVERYBODY,
    paths: ['/healthz', '/readyz', '/livez'],
  }),
  schema({
    name: 'system-leader-election',
    level: 'leader-election',
    precedence: 100,
    by: 'ByUser',
    subjects: [CONTROLLERS, SCHEDULER, COMPONENTS, systemAccount('*')],
    resourceRules: [LEASES],
  }),
  schema({
    name: 'endpoint-controller',
    level: 'workload-high',
    precedence: 150,
    by: 'ByUser',
    subjects: [CONTROLLERS, systemAccount('endpoint-controller'), systemAccount('endpointslicemirroring-controller')],
    resourceRules: [ENDPOINTS],
  }),
  schema({
    name: 'workload-leader-election',
    level: 'leader-election',
    precedence: 200,
    by: 'ByUser',
    subjects: [systemAccount('*')],
    resourceRules: [LEASES],
  }),
  schema({
    name: 'system-node-high',
    level: 'node-high',
    precedence: 400,
    by: 'ByUser',
    subjects: [group('system:nodes')],
    resourceRules: NODE_HEARTBEATS,
  }),
  schema({ name: 'system-nodes', level: 'system', precedence: 500, by: 'ByUser', subjects: [group('system:nodes')] }),
  schema({
    name: 'kube-controller-manager',
    level: 'workload-high',
    precedence: 800,
    by: 'ByNamespace',
    subjects: [CONTROLLERS],
  }),
  schema({ name: 'kube-scheduler', level: 'workload-high', precedence: 800, by: 'ByNamespace', subjects: [SCHEDULER] }),
  schema({ name: 'minik8s-components', level: 'workload-high', precedence: 850, by: 'ByUser', subjects: [COMPONENTS] }),
  schema({
    name: 'kube-system-service-accounts',
    level: 'workload-high',
    precedence: 900,
    by: 'ByNamespace',
    subjects: [systemAccount('*')],
  }),
  schema({
    name: 'service-accounts',
    level: 'workload-low',
    precedence: 9000,
    by: 'ByUser',
    subjects: [group('system:serviceaccounts')],
  }),
  schema({ name: 'global-default', level: 'global-default', precedence: 9900, by: 'ByUser', subjects: EVERYBODY }),
  fixedSchema('catch-all'),
];
