/**
 * `describe`: one object and what surrounds it, for people: its fields, its relations, its events.
 *
 * A kind with a description of its own has a row in {@link DESCRIBERS}; all others get the generic one.
 * https://kubernetes.io/docs/reference/kubectl/generated/kubectl_describe/
 */
import type { Deployment } from '../../../helper/api/apps/deployment';
import { type ReplicaSet, replicaSetResource } from '../../../helper/api/apps/replica-set';
import { leaseResource } from '../../../helper/api/coordination/lease';
import type { ConfigMap } from '../../../helper/api/core/config-map';
import { endpointsResource } from '../../../helper/api/core/endpoints';
import { eventResource } from '../../../helper/api/core/event';
import { limitRangeResource } from '../../../helper/api/core/limit-range';
import type { Namespace } from '../../../helper/api/core/namespace';
import type { Node } from '../../../helper/api/core/node';
import { type Pod, podResource } from '../../../helper/api/core/pod';
import { resourceQuotaResource } from '../../../helper/api/core/resource-quota';
import { type Secret, secretResource } from '../../../helper/api/core/secret';
import type { Service } from '../../../helper/api/core/service';
import { isNotFound } from '../../../helper/api/status-error';
import { CommandError, throwCollected } from '../command-error';
import {
  describeConfigMap,
  describeGeneric,
  describeNamespace,
  describeNode,
  describeSecret,
  describeService,
} from '../describe/describe-others';
import { describePod } from '../describe/describe-pod';
import { describeBinding, describeEndpoints, describeRole, describeServiceAccount } from '../describe/describe-rights';
import { type DescribedEvent, DescribeText, describeEvents } from '../describe/describe-text';
import { describeDeployment, describeReplicaSet } from '../describe/describe-workload';
import { addFileFlags, addSelectorFlags } from '../flags';
import { typeLabel } from '../resources/discovery';
import {
  completeTarget,
  type FoundObject,
  findObjects,
  type SelectorFlags,
  type Target,
  validateTarget,
} from '../resources/find-objects';
import type { AnyObject } from '../resources/get-object';
import type { FileFlags } from '../resources/manifests';
import { type AddVerb, type Context, defineVerb, type Verb } from '../verb';

type Describe = (text: DescribeText, object: AnyObject, context: Context) => Promise<void> | void;

const namespaceOf = (object: AnyObject) => object.metadata.namespace ?? '';

/** Where kubelets show that they live. */
const NODE_LEASES = 'kube-node-lease';

const DESCRIBERS: Readonly<Record<string, Describe>> = {
  pod: (text, object) => describePod(text, object as Pod),
  'deployment.apps': async (text, object, { client }) => {
    const sets = await client.list(replicaSetResource, { namespace: namespaceOf(object) });
    describeDeployment(text, object as Deployment, sets.items);
  },
  'replicaset.apps': async (text, object, { client }) => {
    const pods = await client.list(podResource, { namespace: namespaceOf(object) });
    describeReplicaSet(text, object as ReplicaSet, pods.items);
  },
  service: async (text, object, { client }) => {
    const endpoints = await client.get(endpointsResource, namespaceOf(object), object.metadata.name).catch((error) => {
      if (isNotFound(error)) return undefined;
      throw error;
    });
    describeService(text, object as Service, endpoints);
  },
  node: async (text, object, { client }) => {
    const fieldSelector = `spec.nodeName=${object.metadata.name},status.phase!=Failed,status.phase!=Succeeded`;
    const pods = await client.list(podResource, { fieldSelector });
    const lease = await client.get(leaseResource, NODE_LEASES, object.metadata.name).catch((error) => {
      if (isNotFound(error)) return undefined;
      throw error;
    });
    describeNode(text, object as Node, pods.items, lease, new Date());
  },
  namespace: async (text, object, { client }) => {
    const query = { namespace: object.metadata.name };
    const [quotas, limits] = await Promise.all([
      client.list(resourceQuotaResource, query),
      client.list(limitRangeResource, query),
    ]);
    describeNamespace(text, object as Namespace, quotas.items, limits.items);
  },
  configmap: (text, object) => describeConfigMap(text, object as ConfigMap),
  secret: (text, object) => describeSecret(text, object as Secret),
  serviceaccount: async (text, object, { client }) => {
    const secrets = await client.list(secretResource, { namespace: namespaceOf(object) });
    const isItsToken = ({ metadata, type }: Secret) =>
      type === 'kubernetes.io/service-account-token' &&
      metadata.annotations?.['kubernetes.io/service-account.name'] === object.metadata.name;
    describeServiceAccount(
      text,
      object,
      secrets.items.filter(isItsToken).map(({ metadata }) => metadata.name),
    );
  },
  endpoints: describeEndpoints,
  'role.rbac.authorization.k8s.io': describeRole,
  'clusterrole.rbac.authorization.k8s.io': describeRole,
  'rolebinding.rbac.authorization.k8s.io': describeBinding,
  'clusterrolebinding.rbac.authorization.k8s.io': describeBinding,
};

/** Kinds that nothing happens to. */
const WITHOUT_EVENTS = new Set([
  'secret',
  'event',
  'namespace',
  ...['role', 'clusterrole', 'rolebinding', 'clusterrolebinding'].map((kind) => `${kind}.rbac.authorization.k8s.io`),
]);

async function eventsOf({ object }: FoundObject, { client }: Context): Promise<readonly DescribedEvent[]> {
  const { name, namespace, uid } = object.metadata;
  // Nodes' events name the node as uid, so name and kind are what finds them.
  const about = `involvedObject.kind=${object.kind},involvedObject.name=${name}`;
  const fieldSelector = object.kind === 'Node' ? about : `${about},involvedObject.uid=${uid}`;
  const { items } = await client.list(eventResource, { namespace: namespace ?? '', fieldSelector });
  return items as readonly DescribedEvent[];
}

interface DescribeRequest {
  readonly target: Target;
  readonly showEvents: boolean;
}

interface DescribeFlags extends FileFlags, SelectorFlags {
  readonly showEvents?: string;
}

const verb: Verb<DescribeFlags, DescribeRequest> = {
  complete: async (invocation, context) => ({
    target: await completeTarget(invocation, context),
    showEvents: invocation.flags.showEvents !== 'false',
  }),
  validate({ target }) {
    if (target.selections.length === 0 && target.manifests.length === 0)
      throw new CommandError(
        'You must specify the type of resource to describe. Use "kubectl api-resources" for a complete list of supported resources.',
      );
    validateTarget(target, 'describe');
  },
  async run({ target, showEvents }, context) {
    const errors: unknown[] = [];
    const found = await findObjects(target, context, errors);
    const texts: string[] = [];
    for (const item of found) {
      const text = new DescribeText();
      const label = typeLabel(item.resource);
      await (DESCRIBERS[label] ?? describeGeneric)(text, item.object, context);
      if (showEvents && !WITHOUT_EVENTS.has(label)) describeEvents(text, await eventsOf(item, context), new Date());
      texts.push(text.render());
    }
    context.output.out(texts.join('\n\n'));
    if (found.length === 0 && errors.length === 0) {
      const isNamespaced = target.selections.some(({ resource }) => resource.namespaced);
      context.output.err(
        isNamespaced && !target.selectors.allNamespaces
          ? `No resources found in ${context.namespace} namespace.\n`
          : 'No resources found\n',
      );
    }
    throwCollected(errors);
  },
};

export const addDescribe: AddVerb = (program, host) => {
  const command = addSelectorFlags(
    addFileFlags(program.command('describe').description('one object and what surrounds it, with its events')),
  ).option('--show-events <bool>', 'true or false');
  defineVerb(command, host, verb);
};
