/**
 * `top pods|nodes`: use of cpu and memory, where the cluster measures it (metrics.k8s.io).
 * https://kubernetes.io/docs/reference/kubectl/generated/kubectl_top/
 */
import { bytesOf, milliValue } from '../../../helper/api/quantity';
import { CommandError } from '../command-error';
import { addSelectorFlags } from '../flags';
import { TableWriter } from '../print/tab-writer';
import type { SelectorFlags } from '../resources/find-objects';
import { type AddVerb, type Context, defineVerb, type Verb } from '../verb';
import { tablePath } from './get-tables';

const METRICS = '/apis/metrics.k8s.io/v1beta1';
const MEBIBYTE = 1024 * 1024;

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

const top = (type: 'pods' | 'nodes'): Verb<TopFlags, TopRequest> => ({
  complete: ({ args, flags }) => ({ names: args, flags }),
  validate({ flags: { sortBy } }) {
    if (sortBy && sortBy !== 'cpu' && sortBy !== 'memory')
      throw new CommandError('--sort-by accepts only cpu or memory');
  },
  async run(request, context) {
    const { flags } = request;
    const lines = (await measured(type, request, context)).flatMap((each) => linesOf(each, flags));
    if (flags.sortBy === 'cpu') lines.sort((left, right) => right.milli - left.milli);
    if (flags.sortBy === 'memory') lines.sort((left, right) => right.bytes - left.bytes);
    const rows = lines.map(({ cells, milli, bytes }) => [...cells, `${milli}m`, `${Math.floor(bytes / MEBIBYTE)}Mi`]);
    const place = flags.allNamespaces && type === 'pods' ? ['NAMESPACE'] : [];
    const name = flags.containers ? ['POD', 'NAME'] : ['NAME'];
    const header = [...place, ...name, 'CPU(cores)', 'MEMORY(bytes)'];
    context.output.out(new TableWriter().render(flags.headers ? [header, ...rows] : rows));
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
    defineVerb(command, host, top(type));
  }
};
