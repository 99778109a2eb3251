/**
 * `top pods|nodes`: use of cpu and memory, where the cluster measures it (metrics.k8s.io).
 * https://kubernetes.io/docs/reference/kubectl/generated/kubectl_top/
 */
import { humanDuration } from '../../../helper/api/age';
import { type Node, nodeResource } from '../../../helper/api/core/node';
import { podResource } from '../../../helper/api/core/pod';
import { bytesOf, milliValue } from '../../../helper/api/quantity';
import { CommandError } from '../command-error';
import { addSelectorFlags } from '../flags';
import { TableWriter } from '../print/tab-writer';
import type { SelectorFlags } from '../resources/find-objects';
import { type AddVerb, type Context, defineVerb, type Verb } from '../verb';
import { tablePath } from './get-tables';

const METRICS = '/apis/metrics.k8s.io/v1beta1';
const MEBIBYTE = 1024 * 1024;
/** A pod this old should have been measured. */
const LONGEST_WITHOUT_FIGURES_MS = 120_000;
const UNKNOWN = '<unknown>';
const POD_COLUMNS = ['CPU(cores)', 'MEMORY(bytes)'];
const NODE_COLUMNS = ['CPU(cores)', 'CPU(%)', 'MEMORY(bytes)', 'MEMORY(%)'];

interface Usage {
  readonly cpu?: string;
  readonly memory?: string;
}

interface Measured {
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly usage?: Usage;
  readonly containers?: readonly { readonly name: string; readonly usage: Usage }[];
}

interface TopFlags extends SelectorFlags {
  readonly headers: boolean;
  readonly sortBy?: string;
  readonly containers?: boolean;
  readonly sum?: boolean;
  readonly showCapacity?: boolean;
}

interface TopRequest {
  readonly names: readonly string[];
  readonly flags: TopFlags;
}

interface Line {
  readonly cells: readonly string[];
  readonly milli: number;
  readonly bytes: number;
}

function lineOf(cells: readonly string[], usages: readonly Usage[]): Line {
  const milli = usages.reduce((sum, { cpu }) => sum + milliValue(cpu), 0);
  const bytes = usages.reduce((sum, { memory }) => sum + bytesOf(memory), 0);
  return { cells, milli, bytes };
}

function linesOf({ metadata, usage, containers = [] }: Measured, flags: TopFlags): Line[] {
  const place = flags.allNamespaces && metadata.namespace ? [metadata.namespace] : [];
  if (usage) return [lineOf([...place, metadata.name], [usage])];
  if (!flags.containers)
    return [
      lineOf(
        [...place, metadata.name],
        containers.map((container) => container.usage),
      ),
    ];
  return containers.map((container) => lineOf([...place, metadata.name, container.name], [container.usage]));
}

async function measured(type: string, { names, flags }: TopRequest, context: Context): Promise<Measured[]> {
  const served = (await context.client.raw('GET', '/apis')) as { groups?: readonly { name: string }[] };
  if (!served.groups?.some(({ name }) => name === 'metrics.k8s.io'))
    throw new CommandError('Metrics API not available');
  const scope = type === 'nodes' || flags.allNamespaces ? '' : `/namespaces/${context.namespace}`;
  const path = `${METRICS}${scope}/${type}`;
  if (names.length)
    return Promise.all(names.map((name) => context.client.raw('GET', `${path}/${name}`) as Promise<Measured>));
  const query = tablePath(path, { labelSelector: flags.selector, fieldSelector: flags.fieldSelector });
  return ((await context.client.raw('GET', query)) as { items: Measured[] }).items;
}

const percent = (used: number, of: number) => (of > 0 ? `${Math.floor((used / of) * 100)}%` : UNKNOWN);

/** Amounts of a line; of a node also the share of what it has to give, or of all it has. */
function amounts({ cells, milli, bytes }: Line, nodes: ReadonlyMap<string, Node> | undefined, whole = false): string[] {
  const [cpu, memory] = [`${milli}m`, `${Math.floor(bytes / MEBIBYTE)}Mi`];
  if (!nodes) return [cpu, memory];
  const status = nodes.get(cells[0] ?? '')?.status;
  const available = (whole ? status?.capacity : status?.allocatable) as Usage | undefined;
  return [cpu, percent(milli, milliValue(available?.cpu)), memory, percent(bytes, bytesOf(available?.memory))];
}

/** The nodes a table of nodes is about, by name. */
async function nodesOf({ names, flags }: TopRequest, { client }: Context): Promise<Map<string, Node>> {
  const nodes = names.length
    ? await Promise.all(names.map((name) => client.get(nodeResource, '', name)))
    : (await client.list(nodeResource, flags.selector ? { labelSelector: flags.selector } : {})).items;
  return new Map(nodes.map((node) => [node.metadata.name, node]));
}

/** Says why there are no figures: no pods, pods that are too young, or none measured. Throws unless there is simply nothing. */
async function explainNothing(type: 'pods' | 'nodes', { flags }: TopRequest, context: Context): Promise<void> {
  if (type === 'nodes') throw new CommandError('metrics not available yet');
  const namespace = flags.allNamespaces ? '' : context.namespace;
  const query = { namespace, ...(flags.selector ? { labelSelector: flags.selector } : {}) };
  const pods = (await context.client.list(podResource, query)).items;
  for (const { metadata } of pods) {
    const ageMs = Date.now() - Date.parse(String(metadata.creationTimestamp));
    if (ageMs <= LONGEST_WITHOUT_FIGURES_MS) continue;
    const pod = `${metadata.namespace}/${metadata.name}`;
    throw new CommandError(`Metrics not available for pod ${pod}, age: ${humanDuration(ageMs)}`);
  }
  if (pods.length > 0) throw new CommandError('metrics not available yet');
  const where = namespace ? `No resources found in ${namespace} namespace.\n` : 'No resources found\n';
  context.output.err(where);
}

function sortLines(lines: Line[], sortBy: string | undefined): void {
  if (sortBy === 'cpu') lines.sort((left, right) => right.milli - left.milli);
  if (sortBy === 'memory') lines.sort((left, right) => right.bytes - left.bytes);
}

/** A line under the amounts, and their sum. */
function sumRows(lines: readonly Line[], emptyCells: number): string[][] {
  const empty = Array<string>(emptyCells).fill('');
  const milli = lines.reduce((sum, line) => sum + line.milli, 0);
  const bytes = lines.reduce((sum, line) => sum + line.bytes, 0);
  return [
    [...empty, '________', '________'],
    [...empty, ...amounts({ cells: [], milli, bytes }, undefined)],
  ];
}

const top = (type: 'pods' | 'nodes'): Verb<TopFlags, TopRequest> => ({
  complete: ({ args, flags }) => ({ names: args, flags }),
  validate({ flags: { sortBy } }) {
    if (sortBy && sortBy !== 'cpu' && sortBy !== 'memory')
      throw new CommandError('--sort-by accepts only cpu or memory');
  },
  async run(request, context) {
    const { flags } = request;
    const found = await measured(type, request, context);
    if (found.length === 0) return await explainNothing(type, request, context);
    const lines = found.flatMap((each) => linesOf(each, flags));
    sortLines(lines, flags.sortBy);
    const nodes = type === 'nodes' ? await nodesOf(request, context) : undefined;
    const rows = lines.map((line) => [...line.cells, ...amounts(line, nodes, flags.showCapacity)]);
    // A node that does not say what it uses is still there.
    const silent = [...(nodes?.keys() ?? [])].filter((name) => !lines.some(({ cells }) => cells[0] === name));
    rows.push(...silent.map((name) => [name, UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN]));
    const place = flags.allNamespaces && type === 'pods' ? ['NAMESPACE'] : [];
    const name = flags.containers ? ['POD', 'NAME'] : ['NAME'];
    const columns = nodes ? NODE_COLUMNS : POD_COLUMNS;
    if (flags.sum) rows.push(...sumRows(lines, flags.headers ? place.length + name.length : 1));
    context.output.out(new TableWriter().render(flags.headers ? [[...place, ...name, ...columns], ...rows] : rows));
  },
});

export const addTop: AddVerb = (program, host) => {
  const parent = program.command('top').description('use of cpu and memory');
  for (const [name, type] of [
    ['pod', 'pods'],
    ['node', 'nodes'],
  ] as const) {
    const command = addSelectorFlags(parent.command(name).alias(type).description(`use by ${type}`))
      .option('--no-headers', 'no line of column names')
      .option('--sort-by <resource>', 'cpu or memory')
      .option('--containers', 'container by container');
    if (type === 'pods') command.option('--sum', 'the sum under the amounts');
    else command.option('--show-capacity', 'shares of all a node has, not of what pods may use');
    defineVerb(command, host, top(type));
  }
};
