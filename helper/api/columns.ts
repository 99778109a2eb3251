/**
 * Printed columns that many kinds share, and the short way to write a column.
 *
 * Descriptions are those of the API reference; `kubectl get` shows the names in capitals.
 * https://kubernetes.io/docs/reference/using-api/api-concepts/#receiving-resources-as-tables
 */
import { ageOf } from './age';
import type { Column } from './kind';
import type { KubeObject } from './meta';

type CellType = Column['type'];
type Cell = string | number | boolean;

/** One always-shown column. */
export function column<T extends KubeObject>(
  name: string,
  type: CellType,
  description: string,
  value: (object: T, now: Date) => Cell,
): Column<T> {
  return { name, type, description, priority: 0, value };
}

/** One column of `-o wide`. */
export function wideColumn<T extends KubeObject>(
  name: string,
  type: CellType,
  description: string,
  value: (object: T, now: Date) => Cell,
): Column<T> {
  return { name, type, description, priority: 1, value };
}

/** NAME: the first column of every kind. */
export const nameColumn: Column = {
  name: 'Name',
  type: 'string',
  format: 'name',
  priority: 0,
  description:
    'Name must be unique within a namespace. Is required when creating resources, although some resources may allow a client to request the generation of an appropriate name automatically.',
  value: (object) => object.metadata.name,
};

/** NAME where it is one of the wide columns: nobody reads the names of events. */
export const wideNameColumn: Column = { ...nameColumn, priority: 1 };

/** AGE: time since creation. */
export const ageColumn: Column = {
  name: 'Age',
  type: 'string',
  priority: 0,
  description: 'CreationTimestamp is a timestamp representing the server time when this object was created.',
  value: (object, now) => ageOf(object.metadata.creationTimestamp, now),
};

/** CREATED AT: the moment itself, for kinds whose age nobody asks for. */
export const createdAtColumn: Column = {
  ...ageColumn,
  name: 'Created At',
  type: 'date',
  value: (object) => object.metadata.creationTimestamp ?? '<unknown>',
};

/** `a=b,c=d` in order of the keys; `<none>` for no labels at all. */
export function formatLabelMap(labels: Readonly<Record<string, string>> | undefined): string {
  const pairs = Object.entries(labels ?? {}).map(([key, value]) => `${key}=${value}`);
  return pairs.sort().join(',') || '<none>';
}

interface ContainerNames {
  readonly name: string;
  readonly image?: string;
}

/** CONTAINERS, IMAGES and SELECTOR: the wide columns of everything with a pod template. */
export function templateColumns<T extends KubeObject>(
  containers: (object: T) => readonly ContainerNames[] | undefined,
  selector: (object: T) => string,
): Column<T>[] {
  const listed = (object: T, key: 'name' | 'image') =>
    (containers(object) ?? []).map((container) => container[key] ?? '').join(',');
  return [
    wideColumn('Containers', 'string', 'Names of each container in the template.', (object) => listed(object, 'name')),
    wideColumn('Images', 'string', 'Images referenced by each container in the template.', (object) =>
      listed(object, 'image'),
    ),
    wideColumn('Selector', 'string', 'Label selector of the pods.', (object) => selector(object) || '<none>'),
  ];
}
