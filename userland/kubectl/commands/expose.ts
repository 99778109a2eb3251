/**
 * `expose TYPE/NAME --port=80`: a Service in front of what a workload selects.
 * https://kubernetes.io/docs/reference/kubectl/generated/kubectl_expose/
 */
import { withOverrides } from '../apply/overrides';
import { CommandError } from '../command-error';
import { addDryRunFlag, addFileFlags, addManagerFlag, addOutputFlag, integer } from '../flags';
import { type CreateFlags, createObject } from '../resources/create-object';
import { completeTarget, type FoundObject, findObjects, type Target, validateTarget } from '../resources/find-objects';
import type { AnyObject } from '../resources/get-object';
import type { FileFlags } from '../resources/manifests';
import { type AddVerb, defineVerb, type Verb } from '../verb';

interface ExposeFlags {
  readonly port?: number;
  readonly targetPort?: string;
  readonly type?: string;
  readonly name?: string;
  readonly selector?: string;
  readonly protocol?: string;
  readonly clusterIp?: string;
  readonly labels?: string;
  readonly externalIp?: string;
  readonly loadBalancerIp?: string;
  readonly sessionAffinity?: string;
  readonly overrides?: string;
}

interface ExposeRequest {
  readonly target: Target;
  readonly flags: ExposeFlags & CreateFlags;
}

interface Exposable {
  readonly spec?: {
    readonly selector?: { readonly matchLabels?: Readonly<Record<string, string>> } & Readonly<Record<string, unknown>>;
    readonly containers?: readonly { readonly ports?: readonly { readonly containerPort: number }[] }[];
    readonly template?: Exposable;
  };
}

const pairsOf = (text: string) => Object.fromEntries(text.split(',').map((pair) => pair.split('=', 2)));

function selectorOf({ resource, object }: FoundObject, given: string | undefined): unknown {
  if (given) return pairsOf(given);
  if (resource.kind === 'Pod') return object.metadata.labels;
  const selector = (object as Exposable).spec?.selector;
  return resource.kind === 'Service' ? selector : selector?.matchLabels;
}

/** The Service; throws when there is nothing to select by or no port. */
function buildExposure(found: FoundObject, flags: ExposeFlags): AnyObject {
  const { resource, object } = found;
  const selector = selectorOf(found, flags.selector);
  if (!selector || Object.keys(selector).length === 0)
    throw new CommandError(
      `couldn't retrieve selectors via --selector flag or introspection: ${resource.plural} has no labels to select by`,
    );
  const { spec } = object as Exposable;
  const containers = spec?.template?.spec?.containers ?? spec?.containers ?? [];
  const declared = containers.flatMap(({ ports = [] }) => ports.map(({ containerPort }) => containerPort));
  const wanted = flags.port ? [flags.port] : declared;
  if (wanted.length === 0) throw new CommandError("couldn't find port via --port flag or introspection");
  const target = flags.targetPort;
  const ports = wanted.map((port, index) => ({
    ...(wanted.length > 1 ? { name: `port-${index + 1}` } : {}),
    port,
    protocol: flags.protocol ?? 'TCP',
    targetPort: target === undefined ? port : /^\d+$/.test(target) ? Number(target) : target,
  }));
  const labels = flags.labels ? pairsOf(flags.labels) : object.metadata.labels;
  const service = {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: flags.name ?? object.metadata.name, ...(labels ? { labels } : {}) },
    spec: {
      selector,
      ports,
      ...(flags.type ? { type: flags.type } : {}),
      ...(flags.clusterIp ? { clusterIP: flags.clusterIp } : {}),
      ...(flags.externalIp ? { externalIPs: [flags.externalIp] } : {}),
      ...(flags.loadBalancerIp ? { loadBalancerIP: flags.loadBalancerIp } : {}),
      ...(flags.sessionAffinity ? { sessionAffinity: flags.sessionAffinity } : {}),
    },
  };
  return withOverrides(service as AnyObject, flags.overrides);
}

const verb: Verb<ExposeFlags & CreateFlags & FileFlags, ExposeRequest> = {
  async complete({ args, flags }, context) {
    // --selector is of the new Service, not a search for objects.
    const { selector: _, ...rest } = flags;
    return { target: await completeTarget({ args, flags: rest }, context), flags };
  },
  validate({ target }) {
    validateTarget(target, 'expose');
    if (target.selections.some(({ names }) => names.length === 0))
      throw new CommandError('resource(s) were provided, but no name was specified');
  },
  async run({ target, flags }, context) {
    const errors: unknown[] = [];
    const [found] = await findObjects(target, context, errors);
    if (!found) throw errors[0];
    await createObject(buildExposure(found, flags), flags, context, { done: 'exposed', manager: 'kubectl-expose' });
  },
};

export const addExpose: AddVerb = (program, host) => {
  const described = program.command('expose').description('a Service for a workload: expose deploy/web --port=80');
  const command = addManagerFlag(addDryRunFlag(addOutputFlag(addFileFlags(described))))
    .option('--port <port>', 'port of the Service', integer)
    .option('--target-port <port>', 'port of the container')
    .option('--type <type>', 'ClusterIP, NodePort, LoadBalancer or ExternalName')
    .option('--name <name>', 'name of the Service')
    .option('--selector <labels>', 'selector of the Service')
    .option('--protocol <protocol>', 'TCP, UDP or SCTP')
    .option('--cluster-ip <address>', 'address, or None')
    .option('-l, --labels <labels>', 'labels of the Service')
    .option('--external-ip <address>', 'an address outside that leads to it, too')
    .option('--load-balancer-ip <address>', 'address of a Service of type LoadBalancer')
    .option('--session-affinity <affinity>', 'None or ClientIP')
    .option('--overrides <json>', 'JSON merged over the Service')
    .option('--save-config', 'remember the configuration for a later apply');
  defineVerb(command, host, verb);
};
