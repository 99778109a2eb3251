/**
 * The watching half of `get -w`: the list first, then every change from that moment on, as rows of the same table.
 *
 * A watch that the server ends is taken up again from the last revision seen; when that is too old (410) the list is read
 * anew without printing it twice.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { KubeObject } from '../../../helper/api/meta';
import { resourcePath } from '../../../helper/api/resource';
import { isExpired } from '../../../helper/api/status-error';
import { isUnreachable } from '../../../helper/client/connection-error';
import { watchEvents } from '../../../helper/client/watch-stream';
import { CommandError } from '../command-error';
import { renderObjects } from '../print/print-objects';
import { asTable, headerOf, rowOf, type ServerTable, type TableColumn, type TableView } from '../print/server-table';
import { TableWriter } from '../print/tab-writer';
import { typeLabel } from '../resources/discovery';
import { scopeOf } from '../resources/find-objects';
import { type AnyObject, getObject } from '../resources/get-object';
import type { Selection } from '../resources/resource-args';
import type { Context } from '../verb';
import type { GetRequest } from './get-request';
import { acceptOf, tablePath } from './get-tables';

const RETRY_MS = 500;

/** A watch needs one type: where the listing stands and how its rows are written. */
class TableWatch {
  private readonly writer = new TableWriter();
  private columns: readonly TableColumn[] = [];
  private hasHeader = false;
  private readonly view: TableView;
  private readonly path: string;

  constructor(
    private readonly selection: Selection,
    private readonly request: GetRequest,
    private readonly context: Context,
    private readonly name: string | undefined,
  ) {
    const { selectors } = request.target;
    const { resource } = selection;
    this.view = {
      ...request.view,
      withNamespace: (selectors.allNamespaces ?? false) && resource.namespaced,
      ...(request.showKind ? { namePrefix: typeLabel(resource) } : {}),
    };
    this.path = resourcePath(resource, scopeOf(resource, context, selectors));
  }

  private query(extra: Readonly<Record<string, string>>): string {
    const { selector, fieldSelector } = this.request.target.selectors;
    const named = this.name ? `metadata.name=${this.name}` : undefined;
    return tablePath(this.path, {
      labelSelector: selector,
      fieldSelector: [fieldSelector, named].filter(Boolean).join(','),
      ...(this.request.format ? { includeObject: 'Object' } : {}),
      ...extra,
    });
  }

  private print(table: ServerTable): void {
    if (table.columnDefinitions?.length > 0) this.columns = table.columnDefinitions;
    const { format } = this.request;
    if (format) {
      for (const row of table.rows) {
        const item = { resource: this.selection.resource, object: row.object as unknown as AnyObject };
        this.context.output.out(renderObjects([item], format, { asList: false, noHeaders: true }));
      }
      return;
    }
    const rows = table.rows.map((row) => rowOf(this.columns, row, this.view));
    const header = !this.hasHeader && this.request.showHeaders && rows.length > 0;
    if (header) rows.unshift(headerOf(this.columns, this.view));
    this.hasHeader ||= rows.length > 0;
    this.context.output.out(this.writer.render(rows));
  }

  /** Lists; returns the revision to watch from. */
  async list(mayPrint: boolean): Promise<string> {
    const answer = await this.context.client.raw('GET', this.query({}), undefined, { accept: acceptOf(this.request) });
    const table = asTable(answer);
    if (table.columnDefinitions.length > 0) this.columns = table.columnDefinitions;
    if (mayPrint) this.print(table);
    return table.metadata?.resourceVersion ?? '0';
  }

  /** Prints events until the stream ends; returns the revision reached. */
  async follow(from: string): Promise<string> {
    let revision = from;
    const { client, signal } = this.context;
    const path = this.query({ watch: 'true', resourceVersion: from, allowWatchBookmarks: 'true' });
    const response = await client.stream('GET', path, signal, { accept: acceptOf(this.request) });
    for await (const event of watchEvents<KubeObject>(response)) {
      const table = asTable(event.object as unknown);
      const metadata = table.rows[0]?.object?.metadata as { resourceVersion?: string } | undefined;
      revision = table.metadata?.resourceVersion ?? metadata?.resourceVersion ?? revision;
      if (metadata?.resourceVersion) revision = metadata.resourceVersion;
      if (event.type !== 'BOOKMARK') this.print(table);
    }
    return revision;
  }
}

/** Until Ctrl-C. */
export async function watchTables(request: GetRequest, context: Context): Promise<void> {
  const [selection] = request.target.selections;
  if (!selection || selection.names.length > 1)
    throw new CommandError(
      'watch is only supported on individual resources and resource collections - one name at most',
    );
  const [wanted] = selection.names;
  const { resource } = selection;
  const name = wanted
    ? (await getObject(context.client, resource, scopeOf(resource, context), wanted)).metadata.name
    : undefined;
  const watch = new TableWatch(selection, request, context, name);
  let revision = await watch.list(request.watch === 'after-list');
  while (!context.signal.aborted) {
    try {
      revision = await watch.follow(revision);
    } catch (error) {
      if (context.signal.aborted) return;
      if (isExpired(error)) revision = await watch.list(false);
      else if (!isUnreachable(error) && error instanceof Error && error.name === 'StatusError') throw error;
      else await sleep(RETRY_MS, undefined, { signal: context.signal }).catch(() => undefined);
    }
  }
}
