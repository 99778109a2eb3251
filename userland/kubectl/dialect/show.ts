/**
 * `show pods|services|replicasets|nodes`: the dialect's tables.
 */
import { replicaSetResource } from '../../../helper/api/apps/replica-set';
import { endpointsResource } from '../../../helper/api/core/endpoints';
import { nodeResource } from '../../../helper/api/core/node';
import { podResource } from '../../../helper/api/core/pod';
import { serviceResource } from '../../../helper/api/core/service';
import { ingressResource } from '../../../helper/api/networking/ingress';
import { CommandError } from '../command-error';
import { TableWriter } from '../print/tab-writer';
import { type AddVerb, type Context, defineVerb, type Verb } from '../verb';
import {
  dnsTable,
  type NodeUse,
  nodeTable,
  podTable,
  replicaSetTable,
  type ShownTable,
  serviceTable,
} from './show-tables';
import { stoppedPods } from './stopped-pods';

type Load = (context: Context, namespace: string) => Promise<ShownTable>;

const TABLES: Readonly<Record<string, Load>> = {
  pods: async ({ client }, namespace) => {
    const [pods, nodes, stopped] = await Promise.all([
      client.list(podResource, { namespace }),
      client.list(nodeResource),
      stoppedPods(client, namespace),
    ]);
    return podTable(pods.items, nodes.items, stopped, new Date());
  },
  services: async ({ client }, namespace) => {
    const [services, endpoints] = await Promise.all([
      client.list(serviceResource, { namespace }),
      client.list(endpointsResource, { namespace }),
    ]);
    return serviceTable(services.items, endpoints.items, new Date());
  },
  dns: async ({ client }, namespace) => dnsTable((await client.list(ingressResource, { namespace })).items, new Date()),
  replicasets: async ({ client }, namespace) =>
    replicaSetTable((await client.list(replicaSetResource, { namespace })).items, new Date()),
  nodes: async ({ client }) => {
    // Figures are an extra: without them (or the right to see them) the nodes are shown all the same.
    const use = client.raw('GET', '/apis/metrics.k8s.io/v1beta1/nodes').catch(() => ({ items: [] }));
    const [nodes, { items }] = await Promise.all([client.list(nodeResource), use as Promise<{ items: NodeUse[] }>]);
    return nodeTable(nodes.items, items);
  },
};

/** Tables of the dialect whose kinds are not served yet. */
const NOT_YET: Readonly<Record<string, string>> = {
  hpas: 'HorizontalPodAutoscaler',
  functions: 'Function',
  dags: 'Workflow',
  jobs: 'Job',
};

/** Words of `show`, for completion. */
export const SHOWN_KINDS: readonly string[] = [...Object.keys(TABLES), ...Object.keys(NOT_YET)];

/** The table a word means: `pod`, `Pods`, `replicaset`. */
function tableName(word: string): string {
  const lower = word.toLowerCase();
  return SHOWN_KINDS.find((name) => name === lower || name === `${lower}s`) ?? lower;
}

interface ShowFlags {
  readonly allNamespaces?: boolean;
}

interface ShowRequest {
  readonly table: string;
  readonly words: readonly string[];
  readonly allNamespaces: boolean;
}

const verb: Verb<ShowFlags, ShowRequest> = {
  complete: ({ args, flags }) => ({
    table: tableName(args[0] ?? ''),
    words: args,
    allNamespaces: flags.allNamespaces ?? false,
  }),
  validate({ table, words }) {
    if (words.length !== 1) throw new CommandError(`show what? One of: ${Object.keys(TABLES).join(', ')}`);
    if (NOT_YET[table])
      throw new CommandError(`show ${table}: the kind ${NOT_YET[table]} is not served by this cluster yet`);
    if (!TABLES[table])
      throw new CommandError(`show ${table}: unknown, expected one of: ${Object.keys(TABLES).join(', ')}`);
  },
  async run({ table, allNamespaces }, context) {
    const load = TABLES[table];
    if (!load) return;
    const { header, rows } = await load(context, allNamespaces ? '' : context.namespace);
    context.output.out(new TableWriter().render([header, ...rows]));
  },
};

export const addShow: AddVerb = (program, host) => {
  const command = program
    .command('show')
    .description('tables of the classroom dialect: show pods|services|replicasets|dns|nodes')
    .option('-A, --all-namespaces', 'in all namespaces');
  defineVerb(command, host, verb);
};
