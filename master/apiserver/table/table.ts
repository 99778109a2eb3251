/**
 * Table output: the server says which columns a kind has and fills them, so `kubectl get` needs to know no kind.
 *
 * Asked for with `Accept: application/json;as=Table;v=v1;g=meta.k8s.io`. Columns come from the kind's row in the table
 * of kinds; each row also carries the object, its metadata, or nothing, as `includeObject` says.
 * https://kubernetes.io/docs/reference/using-api/api-concepts/#receiving-resources-as-tables
 */
import { ageColumn, nameColumn } from '../../../helper/api/columns';
import type { Column, Kind } from '../../../helper/api/kind';
import type { KubeList, KubeObject, WatchEvent } from '../../../helper/api/meta';
import { type PartialObjectMetadata, toPartialObjectMetadata } from './partial-object-metadata';

/** How much of the object a row carries. */
export type IncludeObject = 'None' | 'Metadata' | 'Object';

export interface TableColumnDefinition {
  name: string;
  type: string;
  format: string;
  description: string;
  priority: number;
}

export interface TableRow {
  cells: (string | number | boolean | null)[];
  object: PartialObjectMetadata | KubeObject | null;
}

/** meta.k8s.io/v1 Table. */
export interface Table {
  kind: 'Table';
  apiVersion: 'meta.k8s.io/v1' | 'meta.k8s.io/v1beta1';
  metadata: KubeList['metadata'];
  columnDefinitions: TableColumnDefinition[];
  rows: TableRow[];
}

export interface TableOptions {
  /** Time the ages are counted to */
  readonly now: Date;
  /** `Metadata` when left out, as in Kubernetes */
  readonly includeObject?: IncludeObject;
  /** metadata of the list: resourceVersion, continue, remainingItemCount */
  readonly listMetadata?: KubeList['metadata'];
  readonly apiVersion?: Table['apiVersion'];
  /** Watch events after the first leave the definitions out. */
  readonly withoutDefinitions?: boolean;
}

/** Kinds that name no columns (custom resources) show name and age. */
const FALLBACK_COLUMNS: readonly Column[] = [nameColumn, ageColumn];

const columnsOf = (kind: Pick<Kind, 'columns'>) => (kind.columns.length ? kind.columns : FALLBACK_COLUMNS);

const definitionOf = ({ name, type, format, description, priority }: Column): TableColumnDefinition => ({
  name,
  type,
  format: format ?? '',
  description,
  priority,
});

function rowOf(columns: readonly Column[], object: KubeObject, options: TableOptions): TableRow {
  const cells = columns.map((column) => column.value(object, options.now));
  switch (options.includeObject ?? 'Metadata') {
    case 'None':
      return { cells, object: null };
    case 'Object':
      return { cells, object };
    default:
      return { cells, object: toPartialObjectMetadata(object, options.apiVersion) };
  }
}

/**
 * Objects of one kind as a Table, in the order given: a list, or a single object as a list of one. All columns are
 * sent, the wide ones with priority 1; the client chooses.
 */
export function toTable(kind: Pick<Kind, 'columns'>, objects: readonly KubeObject[], options: TableOptions): Table {
  const columns = columnsOf(kind);
  return {
    kind: 'Table',
    apiVersion: options.apiVersion ?? 'meta.k8s.io/v1',
    metadata: options.listMetadata ?? {},
    columnDefinitions: options.withoutDefinitions ? [] : columns.map(definitionOf),
    rows: objects.map((object) => rowOf(columns, object, options)),
  };
}

/** One object as a Table; the table carries the object's resourceVersion. */
export function objectToTable(kind: Pick<Kind, 'columns'>, object: KubeObject, options: TableOptions): Table {
  const { resourceVersion } = object.metadata;
  return toTable(kind, [object], { ...options, listMetadata: resourceVersion ? { resourceVersion } : {} });
}

/**
 * A watch event whose object is a Table of one row. Errors pass as they are; a bookmark is a Table without rows that
 * carries its resourceVersion. Column definitions come with the first event only: pass `withoutDefinitions` after it.
 */
export function watchEventToTable(
  kind: Pick<Kind, 'columns'>,
  event: WatchEvent,
  options: TableOptions,
): { type: WatchEvent['type']; object: Table | KubeObject } {
  if (event.type === 'ERROR') return event;
  if (event.type !== 'BOOKMARK') return { type: event.type, object: objectToTable(kind, event.object, options) };
  const { resourceVersion, annotations } = event.object.metadata;
  const table = toTable(kind, [], options);
  const metadata = { ...(resourceVersion ? { resourceVersion } : {}), ...(annotations ? { annotations } : {}) };
  return { type: event.type, object: { ...table, metadata } };
}
