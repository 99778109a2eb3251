/**
 * The listing half of `get`: one table per type, in pages, with kubectl's words when there is nothing.
 */
import { resourcePath } from '../../../helper/api/resource';
import { isNotFound, StatusError } from '../../../helper/api/status-error';
import { throwCollected, withContext } from '../command-error';
import {
  asTable,
  headerOf,
  rowOf,
  type ServerTable,
  sortByPath,
  TABLE_ACCEPT,
  type TableRow,
  type TableView,
} from '../print/server-table';
import { TableWriter } from '../print/tab-writer';
import { typeLabel } from '../resources/discovery';
import { scopeOf } from '../resources/find-objects';
import { withNameFallback } from '../resources/get-object';
import type { Selection } from '../resources/resource-args';
import type { Context } from '../verb';
import type { GetRequest } from './get-request';

/** Objects per request: bounds what server and client hold at once. */
export const PAGE_SIZE = 500;

/** Path and query of a table request. */
export function tablePath(path: string, query: Readonly<Record<string, string | undefined>>): string {
  const pairs = Object.entries(query).flatMap(([key, value]) => (value ? [`${key}=${encodeURIComponent(value)}`] : []));
  return pairs.length > 0 ? `${path}?${pairs.join('&')}` : path;
}

/** What to ask for: tables, or plain objects. */
export const acceptOf = ({ serverPrint }: GetRequest): string => (serverPrint ? TABLE_ACCEPT : 'application/json');

async function fetchTable(context: Context, path: string, request: GetRequest): Promise<ServerTable> {
  return asTable(await context.client.raw('GET', path, undefined, { accept: acceptOf(request) }));
}

async function fetchAll(selection: Selection, request: GetRequest, context: Context): Promise<ServerTable> {
  const { selectors } = request.target;
  const path = resourcePath(selection.resource, scopeOf(selection.resource, context, selectors));
  let next: string | undefined;
  let whole: ServerTable | undefined;
  do {
    const page: ServerTable = await fetchTable(
      context,
      tablePath(path, {
        labelSelector: selectors.selector,
        fieldSelector: selectors.fieldSelector,
        limit: request.pageSize > 0 ? String(request.pageSize) : undefined,
        continue: next,
        includeObject: request.sortBy ? 'Object' : undefined,
      }),
      request,
    );
    whole = whole ? { ...whole, rows: [...whole.rows, ...page.rows] } : page;
    next = page.metadata?.continue;
  } while (next);
  return whole;
}

async function fetchNamed(selection: Selection, request: GetRequest, context: Context, errors: unknown[]) {
  const { resource, names } = selection;
  let whole: ServerTable | undefined;
  for (const name of names) {
    const fetch = (tried: string) =>
      fetchTable(
        context,
        tablePath(resourcePath(resource, scopeOf(resource, context), tried), {
          includeObject: request.sortBy ? 'Object' : undefined,
        }),
        request,
      );
    try {
      const table = await withNameFallback(name, fetch);
      whole = whole ? { ...whole, rows: [...whole.rows, ...table.rows] } : table;
    } catch (error) {
      errors.push(error);
    }
  }
  return whole;
}

/** The lines of one type; '' when there is nothing. */
function renderTable(table: ServerTable, request: GetRequest, view: TableView): string {
  const rows: readonly TableRow[] = request.sortBy
    ? sortByPath(table.rows, request.sortBy, ({ object }) => object)
    : table.rows;
  const lines = rows.map((row) => rowOf(table.columnDefinitions, row, view));
  return new TableWriter().render(request.showHeaders ? [headerOf(table.columnDefinitions, view), ...lines] : lines);
}

/** The words for an empty result. */
function nothingFound(selections: readonly Selection[], request: GetRequest, context: Context): string {
  const isNamespaced = selections.some(({ resource }) => resource.namespaced);
  return isNamespaced && !request.target.selectors.allNamespaces
    ? `No resources found in ${context.namespace} namespace.\n`
    : 'No resources found\n';
}

/** What was looked for, when the server does not take the selectors. */
function withSelectors(error: unknown, { resource }: Selection, { target: { selectors } }: GetRequest): unknown {
  const { selector = '', fieldSelector = '' } = selectors;
  if (!(error instanceof StatusError) || error.reason !== 'BadRequest' || !(selector || fieldSelector)) return error;
  const type = `${resource.group}/${resource.version}, Resource=${resource.plural}`;
  return withContext(
    error,
    `Unable to find ${JSON.stringify(type)} that match label selector ${JSON.stringify(selector)}, field selector ${JSON.stringify(fieldSelector)}: `,
  );
}

export async function printTables(request: GetRequest, context: Context): Promise<void> {
  const { selections, selectors } = request.target;
  const errors: unknown[] = [];
  let printed = 0;
  for (const selection of selections) {
    const fetched =
      selection.names.length > 0
        ? fetchNamed(selection, request, context, errors)
        : fetchAll(selection, request, context);
    const table = await fetched.catch((error: unknown) => {
      errors.push(withSelectors(error, selection, request));
      return undefined;
    });
    if (!table || table.rows.length === 0) continue;
    const view: TableView = {
      ...request.view,
      withNamespace: (selectors.allNamespaces ?? false) && selection.resource.namespaced,
      ...(selections.length > 1 || request.showKind ? { namePrefix: typeLabel(selection.resource) } : {}),
    };
    context.output.out(`${printed > 0 ? '\n' : ''}${renderTable(table, request, view)}`);
    printed += 1;
  }
  const failed = request.ignoreNotFound ? errors.filter((error) => !isNotFound(error)) : errors;
  if (printed === 0 && errors.length === 0 && !request.ignoreNotFound)
    context.output.err(nothingFound(selections, request, context));
  throwCollected(failed);
}
