/**
 * Tables the server made, as lines: which columns are shown, what is put before and behind them, in which order.
 * https://kubernetes.io/docs/reference/using-api/api-concepts/#receiving-resources-as-tables
 */
import { humanDuration } from '../../../helper/api/age';
import { evaluatePath } from './jsonpath';
import { parseRelaxedPath } from './jsonpath-syntax';

/** Asks for a table, and takes JSON where the server makes none. */
export const TABLE_ACCEPT =
  'application/json;as=Table;v=v1;g=meta.k8s.io,application/json;as=Table;v=v1beta1;g=meta.k8s.io,application/json';

export interface TableColumn {
  readonly name: string;
  readonly type: string;
  readonly format?: string;
  readonly priority: number;
}

interface RowMetadata {
  readonly name?: string;
  readonly namespace?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly creationTimestamp?: string;
}

export interface TableRow {
  readonly cells: readonly (string | number | boolean | null)[];
  readonly object?: { readonly metadata?: RowMetadata };
}

export interface ServerTable {
  readonly kind: 'Table';
  readonly metadata?: { readonly continue?: string; readonly resourceVersion?: string };
  readonly columnDefinitions: readonly TableColumn[];
  readonly rows: readonly TableRow[];
}

export interface TableView {
  readonly wide: boolean;
  readonly withNamespace: boolean;
  readonly showLabels: boolean;
  /** labels that get columns of their own */
  readonly labelColumns: readonly string[];
  /** `pod` of `pod/web`, when tables of several types are shown */
  readonly namePrefix?: string;
}

const COLUMNS: readonly TableColumn[] = [
  { name: 'Name', type: 'string', format: 'name', priority: 0 },
  { name: 'Age', type: 'string', priority: 0 },
];

function ageOf({ creationTimestamp }: RowMetadata): string {
  return creationTimestamp ? humanDuration(Date.now() - Date.parse(creationTimestamp)) : '<unknown>';
}

/** An answer that is no table, because the server makes none or was not asked to: name and age. */
export function asTable(answer: unknown): ServerTable {
  const table = answer as ServerTable;
  if (table.kind === 'Table') return table;
  const { items, ...object } = answer as { items?: readonly { metadata: RowMetadata }[]; metadata: RowMetadata };
  const objects = items ?? [object];
  return {
    kind: 'Table',
    // Of a list this is where the next page begins.
    ...(items ? { metadata: object.metadata as NonNullable<ServerTable['metadata']> } : {}),
    columnDefinitions: COLUMNS,
    rows: objects.map((item) => ({ cells: [item.metadata.name ?? '', ageOf(item.metadata)], object: item })),
  };
}

const isShown = (view: TableView) => (column: TableColumn) => view.wide || column.priority === 0;

export function headerOf(columns: readonly TableColumn[], view: TableView): string[] {
  return [
    ...(view.withNamespace ? ['NAMESPACE'] : []),
    ...columns.filter(isShown(view)).map(({ name }) => name.toUpperCase()),
    ...view.labelColumns.map((label) => (label.split('/').at(-1) ?? label).toUpperCase()),
    ...(view.showLabels ? ['LABELS'] : []),
  ];
}

const showLabels = (labels: Readonly<Record<string, string>> = {}) =>
  Object.entries(labels)
    .map(([key, value]) => `${key}=${value}`)
    .sort()
    .join(',') || '<none>';

/** Line breaks would break the table. */
const showCell = (cell: unknown) =>
  cell === null || cell === undefined ? '<none>' : (String(cell).split('\n')[0] ?? '');

export function rowOf(columns: readonly TableColumn[], row: TableRow, view: TableView): string[] {
  const metadata = row.object?.metadata ?? {};
  const cells = columns.flatMap((column, index) => {
    if (!isShown(view)(column)) return [];
    const cell = showCell(row.cells[index]);
    return [view.namePrefix && index === 0 ? `${view.namePrefix}/${cell}` : cell];
  });
  return [
    ...(view.withNamespace ? [metadata.namespace ?? ''] : []),
    ...cells,
    ...view.labelColumns.map((label) => metadata.labels?.[label] ?? ''),
    ...(view.showLabels ? [showLabels(metadata.labels)] : []),
  ];
}

/** Numbers by size, everything else as text; what has no value comes first. */
function compareValues(left: unknown, right: unknown): number {
  if (left === undefined || right === undefined) return Number(left !== undefined) - Number(right !== undefined);
  if (typeof left === 'number' && typeof right === 'number') return left - right;
  return String(left) < String(right) ? -1 : Number(String(left) > String(right));
}

/** Sorted by a path into the object of each item; the sort is stable. */
export function sortByPath<T>(items: readonly T[], path: string, objectOf: (item: T) => unknown): T[] {
  const steps = parseRelaxedPath(path);
  const keyed = items.map((item) => ({ item, key: evaluatePath(steps, objectOf(item))[0] }));
  return keyed.sort((a, b) => compareValues(a.key, b.key)).map(({ item }) => item);
}
