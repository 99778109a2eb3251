/**
 * `get`: objects as the server's tables, or in the formats of `-o`; `-w` goes on with every change.
 * https://kubernetes.io/docs/reference/kubectl/generated/kubectl_get/
 */
import { CommandError, throwCollected, WordsOnly } from '../command-error';
import { addFileFlags, addOutputFlag, addSelectorFlags, integer, type OutputFlags } from '../flags';
import { type OutputFormat, parseOutputFormat, renderObjects } from '../print/print-objects';
import { sortByPath } from '../print/server-table';
import { completeTarget, findObjects, type SelectorFlags } from '../resources/find-objects';
import type { FileFlags } from '../resources/manifests';
import { type AddVerb, type Context, defineVerb, type Verb } from '../verb';
import type { GetRequest } from './get-request';
import { PAGE_SIZE, printTables } from './get-tables';
import { watchTables } from './get-watch';

interface GetFlags extends FileFlags, SelectorFlags, OutputFlags {
  readonly raw?: string;
  readonly chunkSize?: number;
  readonly watch?: boolean;
  readonly watchOnly?: boolean;
  readonly headers: boolean;
  readonly showLabels?: boolean;
  readonly labelColumns?: readonly string[];
  readonly sortBy?: string;
  readonly showKind?: boolean;
  readonly serverPrint: boolean;
  readonly ignoreNotFound?: boolean;
}

const NO_TYPE = `You must specify the type of resource to get. Use "kubectl api-resources" for a complete list of supported resources.

error: Required resource not specified.
Use "kubectl explain <resource>" for a detailed description of that resource (e.g. kubectl explain pods).
See 'kubectl get -h' for help and examples`;

const verb: Verb<GetFlags, GetRequest> = {
  async complete(invocation, context) {
    const { flags } = invocation;
    const format = parseOutputFormat(flags.output);
    return {
      target: await completeTarget(invocation, context),
      format: format?.name === 'wide' ? undefined : format,
      view: {
        wide: format?.name === 'wide',
        showLabels: flags.showLabels ?? false,
        labelColumns: flags.labelColumns ?? [],
      },
      showHeaders: flags.headers,
      showManagedFields: flags.showManagedFields ?? false,
      sortBy: flags.sortBy,
      showKind: flags.showKind ?? false,
      serverPrint: flags.serverPrint,
      watch: flags.watchOnly ? 'only' : flags.watch ? 'after-list' : 'no',
      ignoreNotFound: flags.ignoreNotFound ?? false,
      ...(flags.raw ? { raw: flags.raw } : {}),
      pageSize: flags.chunkSize ?? PAGE_SIZE,
    };
  },

  validate({ target, watch, view, format, raw }) {
    if (raw) return;
    const { selections, manifests, selectors } = target;
    if (selections.length === 0 && manifests.length === 0) throw new WordsOnly(NO_TYPE);
    if (selections.length > 0 && manifests.length > 0)
      throw new CommandError('when paths are provided as input, you may not specify resource arguments as well');
    const isNamed = selections.some(({ names }) => names.length > 0);
    if (isNamed && selectors.allNamespaces)
      throw new CommandError('a resource cannot be retrieved by name across all namespaces');
    if (isNamed && selectors.selector) throw new CommandError('name cannot be provided when a selector is specified');
    if (watch !== 'no' && selections.length !== 1)
      throw new CommandError('you may only specify a single resource type');
    if (view.showLabels && format) throw new CommandError('--show-labels option cannot be used with this printer');
  },

  async run(request, context) {
    if (request.raw) return printRaw(request.raw, context);
    if (request.watch !== 'no') return watchTables(request, context);
    if (request.format || request.target.manifests.length > 0) return printObjects(request, request.format, context);
    return printTables(request, context);
  },
};

/** Any path of the server, byte for byte. */
async function printRaw(path: string, { client, signal, output }: Context): Promise<void> {
  const answer = await client.stream('GET', path, signal, { accept: '*/*' });
  for await (const chunk of answer.setEncoding('utf8')) output.out(String(chunk));
}

async function printObjects(request: GetRequest, format: OutputFormat | undefined, context: Context): Promise<void> {
  const errors: unknown[] = [];
  const { target } = request;
  const unsorted = await findObjects(target, context, errors);
  const found = request.sortBy ? sortByPath(unsorted, request.sortBy, ({ object }) => object) : unsorted;
  const names = target.selections.flatMap(({ names }) => names);
  const isSingle = names.length + target.manifests.length === 1 && target.selections.length <= 1;
  if (!format) {
    // Tables of files: the objects they name, by type.
    const selections = found.map(({ resource, object }) => ({ resource, names: [object.metadata.name] }));
    await printTables({ ...request, target: { ...target, selections, manifests: [] } }, context);
  } else if (found.length > 0 || !isSingle) {
    context.output.out(
      renderObjects(found, format, {
        asList: !isSingle,
        showManagedFields: request.showManagedFields,
        noHeaders: !request.showHeaders,
      }),
    );
  }
  const { isNotFound } = await import('../../../helper/api/status-error');
  throwCollected(request.ignoreNotFound ? errors.filter((error) => !isNotFound(error)) : errors);
}

export const addGet: AddVerb = (program, host) => {
  const command = addOutputFlag(
    addSelectorFlags(addFileFlags(program.command('get').description('show objects: get pods, get pod/web, get all'))),
  )
    .option('-w, --watch', 'after listing, go on with every change')
    .option('--watch-only', 'only changes')
    .option('--no-headers', 'no line of column names')
    .option('--show-labels', 'labels as the last column')
    .option('-L, --label-columns <labels>', 'labels as columns of their own', (value, previous: string[] = []) => [
      ...previous,
      ...value.split(','),
    ])
    .option('--show-kind', 'the type before each name')
    .option('--no-server-print', 'name and age only, whatever columns the server would show')
    .option('--raw <path>', 'what the server answers to this path')
    .option('--chunk-size <n>', 'objects per request; 0: all', integer)
    .option('--sort-by <path>', 'sort by a JSONPath: .metadata.creationTimestamp')
    .option('--ignore-not-found', 'an object that does not exist is no error');
  defineVerb(command, host, verb);
};
